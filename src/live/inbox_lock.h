/*
 * inbox_lock: of the processes that serve one user, one at a time shows the inbox: the one
 * that holds the lock on a byte of a file. The system gives it up when its owner dies, in whatever
 * way.
 */
#ifndef KABAR_CHAT_INBOX_LOCK_H
#define KABAR_CHAT_INBOX_LOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "config/config.h"

/* Zeroes: nothing is held. A process has one of these at a time. */
struct inbox_lock {
	bool held;
	int fd; /* open while something is held */
};

/*
 * Holds the lock of this user's inbox, beside those it holds already; waits that many ms at most,
 * and no longer than until the process is to end. False: another process holds it. True without
 * the lock where there can be none: the log says why, and two may be shown the same.
 */
bool inbox_lock_take(struct inbox_lock *, const struct config *, uint64_t user, int ms);
/* Gives up all that it holds. */
void inbox_lock_release(struct inbox_lock *);

#endif
