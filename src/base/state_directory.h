/* state_directory: whether a directory that holds all data is this user's alone. */
#ifndef KABAR_STATE_DIRECTORY_H
#define KABAR_STATE_DIRECTORY_H

#include <stddef.h>

/*
 * Looks at a directory's owner and mode: it has to belong to the user of this process, and nobody
 * but that user and its group may write to it. A directory that cannot be looked at is left to
 * those who open it. 0, or -1 with a sentence in error.
 */
int state_directory_check(const char *path, char *error, size_t size);

#endif
