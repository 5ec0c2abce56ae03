/* resolve: the addresses of a host name, without waiting for them: c-ares in the loop. */
#ifndef KABAR_BRIDGE_RESOLVE_H
#define KABAR_BRIDGE_RESOLVE_H

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

struct bridge_resolver;

/* Is called once: n addresses, or 0 and why. */
typedef void resolve_done(void *arg, const struct resolve_address *, size_t n, const char *error);
struct bridge_lookup;

/* NULL without memory. */
struct bridge_resolver *resolve_new(void);
/* Whoever still waits is not called any more. */
void resolve_free(struct bridge_resolver *);
/*
 * Asks for a host, a name or an address in numbers. The answer may come before this returns, and
 * then it returns NULL.
 */
struct bridge_lookup *resolve(struct bridge_resolver *, const char *host, uint16_t port,
    resolve_done *, void *arg);
/* Who asked does not want to know any more. */
void resolve_cancel(struct bridge_lookup *);

/* What to wait for, and how long at most, in ms; -1: for ever. */
void resolve_polls(struct bridge_resolver *, struct polls *);
int resolve_wait_ms(struct bridge_resolver *);
/* After waiting. */
void resolve_step(struct bridge_resolver *, const struct polls *);

#endif
