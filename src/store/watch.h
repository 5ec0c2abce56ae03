/*
 * store_watch: whether the committer of a store still answers. A stopped one would hang its
 * whole realm in silence. For the master, which has no store open.
 */
#ifndef KABAR_STORE_WATCH_H
#define KABAR_STORE_WATCH_H

#include <stdbool.h>

#include "store/store.h"

#define STORE_WATCH_MS 2000 /* how often store_watch_tick wants to be called */

struct store_watch;

/* Starts the committer if there is none, and keeps it. NULL: no memory. */
struct store_watch *store_watch_open(const struct store_options *);
/* Asks the committer to end when its last client has gone, and waits a moment for that. */
void store_watch_close(struct store_watch *);
/* In a child of fork(): gives up the connection without a word, and leaves the memory as it is. */
void store_watch_abandon(const struct store_watch *);
/* Asks, and logs when there was no answer for some seconds or there is one again. */
void store_watch_tick(struct store_watch *);
/* False after a tick that found no answer to the question of some seconds ago. */
bool store_watch_well(const struct store_watch *);

#endif
