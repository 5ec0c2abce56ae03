/* resolve: the addresses of a host name, without waiting for them: c-ares in the loop. */
#ifndef KABAR_RESOLVE_H
#define KABAR_RESOLVE_H

#include <sys/socket.h>

#include <stdint.h>

#include "net/polls.h"

#define RESOLVE_ADDRESSES 8 /* of one host that are tried */

struct resolve_address {
	union {
		struct sockaddr any;
		struct sockaddr_storage storage;
	} name;
	socklen_t len;
};

struct resolver;

/* Is called once, with n addresses, or with 0 and an error. */
typedef void resolve_done(void *arg, const struct resolve_address *, size_t n, const char *error);
struct resolve_lookup;

/* NULL without memory. */
struct resolver *resolve_new(void);
/* Lookups under way end without an answer. */
void resolve_free(struct resolver *);
/*
 * Looks up a host, a name or an address in numbers. NULL: the answer came before this returned.
 */
struct resolve_lookup *resolve(struct resolver *, const char *host, uint16_t port, resolve_done *,
    void *arg);
/* The answer is not wanted any more. */
void resolve_cancel(struct resolve_lookup *);

/* Events to wait for, and the longest wait in ms; -1: for ever. */
void resolve_polls(struct resolver *, struct polls *);
int resolve_wait_ms(struct resolver *);
/* After the wait: answers come from here. */
void resolve_step(struct resolver *, const struct polls *);

#endif
