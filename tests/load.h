/*
 * load: for integration tests: clients in processes of their own who send and read without
 * pause, and an account of what each was told; whatever happens to kabard meanwhile, it has to
 * agree with the inboxes. What happens to kabard is the test's business.
 */
#ifndef LOAD_H
#define LOAD_H

#include "realm.h"

#define LOAD_SENDERS   6
#define LOAD_RECEIVERS 3 /* messi, henderson and lineker */

/* The clients do this besides sending. */
enum load_kind {
	LOAD_SEND = 0,
	LOAD_READ = 1,    /* the receivers read all the time */
	LOAD_JANITOR = 2, /* kabarctl janitor is run again and again */
};

struct load;

/*
 * Makes accounts for the senders and a group of them and the receivers. To whom a message goes
 * and how long it is depends on the seed. It lies in memory that fork() shares.
 */
struct load *load_new(const struct realm *, uint64_t seed);
void load_free(struct load *);

/* Starts the clients; kabard has to run. Who loses the connection and gets no other one, ends. */
void load_start(struct load *, unsigned int kinds);
/* Returns with the n-th message more that is acknowledged. */
void load_await(struct load *, size_t n);
/* Returns when every sender has had two more messages acknowledged. */
void load_await_all(struct load *);
/* How many connections have ended, or failed, that a client still wanted. */
unsigned int load_lost(const struct load *);
/* Lets the clients end and waits for them. */
void load_stop(struct load *);

/* Reads all inboxes until they are empty, while the clients rest. */
void load_read(struct load *);
/*
 * Fails unless, after load_read, the receivers have had each message that was acknowledged
 * exactly once and in its sender's order, and of the others at most those that a sender knows
 * nothing of; of those to the group all receivers or none.
 */
void load_check(const struct load *);

#endif
