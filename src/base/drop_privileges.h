/* become: leaving root for the user of the configuration. */
#ifndef KABAR_BECOME_H
#define KABAR_BECOME_H

#include <pwd.h>
#include <stddef.h>

/*
 * Looks up the user whom root is to become. NULL with a sentence in error: there is no such user,
 * or it is root by another name. The result is that of getpwnam().
 */
const struct passwd *drop_privileges_find(const char *name, char *error, size_t size);
/*
 * Started by root, this process becomes the named user for good, with that user's groups; root
 * stays root where that is the name. Not started by root, it stays who it is. 0, or -1 with a
 * sentence in error.
 */
int drop_privileges(const char *name, char *error, size_t size);

#endif
