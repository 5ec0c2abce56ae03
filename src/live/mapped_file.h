/*
 * mapped_file: a file of a state directory that processes share by mapping it. What lies in it is
 * left to its owners, and who may write what.
 */
#ifndef KABAR_MAPPED_FILE_H
#define KABAR_MAPPED_FILE_H

#include <stddef.h>

/* Opens a file, made if missing, as state_directory_share_file() has it. The descriptor, or -1 with
 * errno. */
int mapped_file_open(const char *directory, const char *name);
/*
 * Maps `size` bytes of an open file, of which the first `blocks` bytes are on the disk from here
 * on: writing to a hole on a full disk would be a SIGBUS. NULL with errno.
 */
void *mapped_file_map(int fd, size_t blocks, size_t size);
/* Both, for a file all of which is used; the descriptor is closed. NULL with errno. */
void *mapped_file_whole(const char *directory, const char *name, size_t size);
/* NULL is allowed. Keeps errno. */
void mapped_file_unmap(void *, size_t size);

#endif
