/* master_housekeeping: watches the committer and sends the janitor, by the clock. */
#ifndef KABAR_MASTER_HOUSEKEEPING_H
#define KABAR_MASTER_HOUSEKEEPING_H

#include <sys/types.h>

#include <stdbool.h>
#include <stdint.h>

#include "config/config.h"
#include "store/store_admin.h"

struct master_housekeeping {
	struct store_watch *watch;
	int64_t watch_ms; /* ticks at which each is due */
	int64_t janitor_ms;
	pid_t janitor; /* 0: not running */
};

/* Starts the committer. 0, or -1 with errno set. */
int master_housekeeping_start(struct master_housekeeping *, const struct config *);
/* Milliseconds until something is due. */
int64_t master_housekeeping_wait_ms(const struct master_housekeeping *);
/* Does what is due. In the janitor, which is a child, leave() is called first. */
void master_housekeeping_run(struct master_housekeeping *, const struct config *,
    void (*leave)(void *arg), void *arg);
/* What the janitor does first: confines this process for good. 0, or -1 with a sentence in error.
 */
int master_housekeeping_confine(const struct config *, char *error, size_t size);
/* Whether messages can be stored: the committer answers. */
bool master_housekeeping_well(const struct master_housekeeping *);
/* Whether this child was the janitor. */
bool master_housekeeping_reaped(struct master_housekeeping *, pid_t, int status);
/* In a child: lets go of what is the master's. */
void master_housekeeping_abandon(const struct master_housekeeping *);
/* When all workers have gone: ends the janitor, and the committer if nobody else uses it. */
void master_housekeeping_stop(struct master_housekeeping *);

#endif
