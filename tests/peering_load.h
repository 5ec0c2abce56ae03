/*
 * peering_load: for integration tests: users of two realms, in processes of their own, who write
 * to each other without pause, and an account of what each was told. Whatever happens to programs
 * and links meanwhile, the inboxes have to agree with it. See realms.h for the realms.
 */
#ifndef PEERING_LOAD_H
#define PEERING_LOAD_H

#include <stddef.h>
#include <stdint.h>

#define PEERING_SENDERS   3 /* in each realm */
#define PEERING_RECEIVERS 3 /* messi, henderson and lineker */

struct peering_load;

/*
 * Makes accounts for the senders of both realms, and the group kopi of the receivers. To whom a
 * message goes and how long it is depends on the seed; some go to nobody.
 */
struct peering_load *peering_load_new(uint64_t seed);
void peering_load_free(struct peering_load *);

/* Starts the senders. Who finds nobody to serve him tries again. */
void peering_load_start(struct peering_load *);
/* Returns with the n-th message more that is acknowledged, in whichever realm. */
void peering_load_await(struct peering_load *, size_t n);
/* Lets the senders end and waits for them. */
void peering_load_stop(struct peering_load *);
/* How many messages were acknowledged in all. */
size_t peering_load_count(const struct peering_load *);
/* How many messages failed for the server, which may have stored them. */
size_t peering_load_failed(const struct peering_load *);

/*
 * Reads all inboxes, while everything rests and all outboxes are empty. Fails unless the receivers
 * have had each message that was acknowledged exactly once and in its sender's order, and of the
 * others at most those of which a sender does not know; and unless of those to nobody the sender
 * was told by exactly one of a reply and a message.
 */
void peering_load_check(struct peering_load *);

#endif
