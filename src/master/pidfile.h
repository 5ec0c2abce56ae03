/*
 * master_pidfile: one master for one state directory: a file with the master's pid, locked while
 * it runs. The kernel lets go of the lock however the master ends, so a stale file does no harm.
 */
#ifndef KABAR_MASTER_PIDFILE_H
#define KABAR_MASTER_PIDFILE_H

#include <sys/types.h>

#include <stddef.h>

#define MASTER_PIDFILE_NAME "kabard.pid"

/*
 * Takes the file in a state directory for this process (not for its children). Its descriptor, or
 * -1 with a sentence in error, which names the process that has it.
 */
int master_pidfile_take(const char *state, char *error, size_t size);
/* Signals the master of a state directory; not for the master itself. 0, or -1: there is none. */
int master_pidfile_signal(const char *state, int number);

enum master_pidfile_found {
	MASTER_PIDFILE_LOCKED,  /* a master is running, or just starting */
	MASTER_PIDFILE_LEFT,    /* there is the file of one that was killed */
	MASTER_PIDFILE_NONE,    /* there is none */
	MASTER_PIDFILE_UNKNOWN, /* it cannot be seen, errno says why */
};

/* Whether a state directory has a master, and its process id if it is locked. */
enum master_pidfile_found master_pidfile_look(const char *state, pid_t *);
/* Signals the master of a state directory and waits for its end. 0; -1 with errno: ESRCH there is
 * none, ETIMEDOUT it goes on. */
int master_pidfile_end(const char *state, int number, int timeout_ms);
/* Removes it; call when everything else has ended. */
void master_pidfile_drop(const char *state, int fd);

#endif
