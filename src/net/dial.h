/*
 * bridge_dial: a connection to a host, without waiting for it: its name is looked up and its
 * addresses are tried one after the other.
 */
#ifndef KABAR_BRIDGE_DIAL_H
#define KABAR_BRIDGE_DIAL_H

#include <stdbool.h>

#include "net/resolve.h"

#define BRIDGE_DIAL_ERROR 128

enum bridge_dial_state {
	BRIDGE_DIAL_IDLE,
	BRIDGE_DIAL_LOOKUP,
	BRIDGE_DIAL_CONNECT,
	BRIDGE_DIAL_DONE, /* the socket is to be taken */
	BRIDGE_DIAL_FAILED
};

/* Stays where it is while something is under way. */
struct bridge_dial {
	enum bridge_dial_state state;
	struct bridge_lookup *lookup;
	const char *host;
	struct bridge_address addresses[BRIDGE_ADDRESSES];
	size_t n;
	size_t next;
	int fd;
	int64_t deadline; /* tick at which the present address is given up */
	char error[BRIDGE_DIAL_ERROR];
};

void bridge_dial_init(struct bridge_dial *);
/* Begins, which may be the end already: see the state. The host stays the caller's, and there. */
void bridge_dial_start(struct bridge_dial *, struct bridge_resolver *, const char *host,
    uint16_t port);
/* Goes on after waiting for POLLOUT on fd, if that is not -1, or until the deadline. */
void bridge_dial_turn(struct bridge_dial *, short got, int64_t tick_ms);
/* The connected socket, which is the caller's from here on. */
int bridge_dial_take(struct bridge_dial *);
/* Gives up whatever is under way. */
void bridge_dial_stop(struct bridge_dial *);

#endif
