/*
 * dial: a connection to a host, without waiting for it. Its name is looked up, and its addresses
 * are tried one after the other.
 */
#ifndef KABAR_DIAL_H
#define KABAR_DIAL_H

#include <stdbool.h>

#include "net/resolve.h"

#define DIAL_ERROR 128

enum dial_state {
	DIAL_IDLE,
	DIAL_LOOKUP,
	DIAL_CONNECT,
	DIAL_DONE, /* the socket is to be taken */
	DIAL_FAILED
};

/* Stays where it is while something is under way. */
struct dial {
	enum dial_state state;
	struct resolve_lookup *lookup;
	const char *host;
	struct resolve_address addresses[RESOLVE_ADDRESSES];
	size_t n;
	size_t next;
	int fd;
	int64_t deadline; /* tick at which the present address is given up */
	char error[DIAL_ERROR];
};

void dial_init(struct dial *);
/* Begins, and may fail or be done at once: see the state. The host stays the caller's, and there.
 */
void dial_start(struct dial *, struct resolver *, const char *host, uint16_t port);
/* Goes on after a wait for POLLOUT on fd, if that is not -1, or for the deadline. */
void dial_step(struct dial *, short got, int64_t tick_ms);
/* The tick by which dial_step is to be called at the latest; INT64_MAX: not by the clock. */
int64_t dial_due(const struct dial *);
/* Returns the connected socket, which is the caller's from here on. */
int dial_take(struct dial *);
/*
 * Has the kernel notice within two minutes that the other side of a socket went without a word,
 * whether something was sent to it or not.
 */
void dial_watch(int fd);
/* Gives up whatever is under way. */
void dial_stop(struct dial *);

#endif
