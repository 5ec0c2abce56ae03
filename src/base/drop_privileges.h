/* drop_privileges: a process that root has started becomes the user of the configuration. */
#ifndef KABAR_DROP_PRIVILEGES_H
#define KABAR_DROP_PRIVILEGES_H

#include <pwd.h>
#include <stddef.h>

/*
 * Looks up the user that root is to become. NULL with a sentence in error: there is no such user,
 * or it is root by another name. The result is that of getpwnam().
 */
const struct passwd *drop_privileges_find(const char *name, char *error, size_t size);
/*
 * Started by root, this process becomes the named user for good, with that user's groups; root
 * stays root where that is the name. Started by another user, it changes nothing. The modules by
 * which the system finds users are not loaded here: a child looks the user up. 0, or -1 with a
 * sentence in error.
 */
int drop_privileges(const char *name, char *error, size_t size);
/*
 * The same for a master, whose workers are to be another user: if there is a user of this name, the
 * process keeps the few capabilities for making them that (base/capabilities.h), *worker_uid is
 * that user's id. Else *worker_uid is 0, as where the name is "" or the master is root. A process
 * of another user that has the few capabilities, as after an upgrade, goes on with them.
 */
int drop_privileges_serve(const char *name, const char *worker, uid_t *worker_uid, char *error,
    size_t size);

#endif
