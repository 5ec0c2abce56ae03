/*
 * master_pidfile: one master for one state directory: a file with the master's pid, locked while
 * it runs. The kernel lets go of the lock however the master ends, so a stale file does no harm.
 */
#ifndef KABAR_MASTER_PIDFILE_H
#define KABAR_MASTER_PIDFILE_H

#include <stddef.h>

#define MASTER_PIDFILE_NAME "kabard.pid"

/*
 * Takes the file in a state directory for this process (not for its children). Its descriptor, or
 * -1 with a sentence in error, which names the process that has it.
 */
int master_pidfile_take(const char *state, char *error, size_t size);
/* Removes it; call when everything else has ended. */
void master_pidfile_drop(const char *state, int fd);

#endif
