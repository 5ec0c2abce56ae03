/*
 * bench_realm: two realms, of which one has messages for the other; what its bridge says goes
 * through a relay, so that the link can be cut and made slow. The other direction carries nothing.
 */
#ifndef BENCH_REALM_H
#define BENCH_REALM_H

#include "bench_run.h"
#include "relay.h"

#define REALM_FAR      "far" /* as FIXTURE_NEAR knows FIXTURE_FAR */
#define REALM_ACCOUNTS 1000  /* in each of the two */

struct realm_side {
	struct server *server;
	struct config config;
	struct chat chat; /* open for reading */
	bool open;
	uint64_t peer; /* the other one, in this one's store */
};

struct realm_pair {
	struct realm_side near;
	struct realm_side far;
	struct relay relay;
};

/*
 * Both, running, linked and with nothing queued; made when they are first asked for. NULL with a
 * sentence printed. Of the functions below those that return int do so with 0 or -1 and a sentence.
 */
struct realm_pair *realm_pair(struct bench *);
void realm_pair_end(struct bench *);

/* Cuts the link, and returns when the bridge knows. */
int realm_cut(struct realm_pair *);
/* Lets it be made anew, with so long a way each way, and returns when it is. */
int realm_join(struct realm_pair *, unsigned int delay_ms);
/* Returns when the far realm has all and the bridge knows that. */
int realm_drained(struct realm_pair *);
/* Since when the link is up, in ms since 1970; 0: it is not. */
int64_t realm_up_since(struct realm_pair *);
/* How many messages the accounts of the far realm have ever got. */
uint64_t realm_arrived(struct realm_pair *);
/* Ends the near realm's bridge; returns when there is another one. */
int realm_renew_bridge(struct realm_pair *);
/* Returns the process id of that bridge, or -1. */
pid_t realm_bridge(const struct realm_pair *);

#endif
