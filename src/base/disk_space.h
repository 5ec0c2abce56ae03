/* disk_space: whether a file system has room left. */
#ifndef KABAR_DISK_SPACE_H
#define KABAR_DISK_SPACE_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Whether the file system of a path has at least so many bytes left for its user. True also where
 * the system does not say: the call fails, or the file system reports no size. Keeps errno.
 */
bool disk_space_left(const char *path, uint64_t bytes);

#endif
