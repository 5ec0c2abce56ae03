/* state_directory: whether a directory that holds all data is this user's alone. */
#ifndef KABAR_STATE_DIRECTORY_H
#define KABAR_STATE_DIRECTORY_H

#include <dirent.h>
#include <stddef.h>

/*
 * Looks at a directory's owner and mode: it has to belong to the user of this process, and nobody
 * but that user and its group may write to it. A directory that cannot be looked at is left to
 * those who open it. 0, or -1 with a sentence in error.
 */
int state_directory_check(const char *path, char *error, size_t size);

/*
 * What a file or socket is that workers of another user may write to: they have the group of the
 * user who owns the directory. Only with such workers may anybody but the owner reach these files.
 */
#define STATE_DIRECTORY_SHARED 0660
/* Makes a directory of that kind, if it is missing. 0, or -1 with errno. */
int state_directory_make(const char *path);
/* Makes an open file that was just made one of that kind. Keeps errno. */
void state_directory_share_file(int fd);

/*
 * Opens a directory to be read, and follows no link in its place: workers may put one there. The
 * caller closes it. NULL with errno.
 */
DIR *state_directory_read(const char *path);

/*
 * Lets the group of the directory's owner reach what workers need, and makes it if it is missing:
 * they can make nothing in the directory itself. Everything else stays the owner's. 0, or -1 with a
 * sentence in error.
 */
int state_directory_share(const char *path, char *error, size_t size);

#endif
