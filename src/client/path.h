/*
 * client_path: where the files of the user lie: settings in $XDG_CONFIG_HOME/kabar, what the
 * program keeps by itself in $XDG_STATE_HOME/kabar.
 */
#ifndef KABAR_CLIENT_PATH_H
#define KABAR_CLIENT_PATH_H

#include <stddef.h>

#define CLIENT_PATH_MAX 1024 /* with its NUL */

/* Write the path of a name there. 0, or -1 with errno: ENOENT, no home is known; ENAMETOOLONG. */
int client_path_config(const char *name, char path[CLIENT_PATH_MAX]);
int client_path_state(const char *name, char path[CLIENT_PATH_MAX]);

/* Makes the directories (0700) above the path's last part. 0, or -1 with errno. */
int client_path_make_parents(const char *path);
/*
 * Reads a whole file of max bytes at most. A text of *len bytes with a NUL behind it, which the
 * caller frees; NULL with errno set, EFBIG: it is longer.
 */
char *client_path_read(const char *path, size_t max, size_t *len);
/*
 * Puts a file of mode 0600 in place of what is there, as a whole or not at all, and makes its
 * directories (0700). 0, or -1 with errno.
 */
int client_path_write(const char *path, const char *data, size_t len);

#endif
