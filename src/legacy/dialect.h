/*
 * legacy_dialect: what an older server says on a listener of the dialect `realm`. Only the peers
 * that the configuration calls legacy are understood, and only from their addresses: for all others
 * there are no such commands.
 */
#ifndef KABAR_DIALECT_LEGACY_H
#define KABAR_DIALECT_LEGACY_H

#include <stdbool.h>
#include <stdint.h>

#include "chat/realm/peer.h"

struct dialog;
struct frame_line;

/* What a connection is to this; a part of struct dialog. All zero: nothing. */
struct legacy_state {
	bool here; /* an older server has spoken on it */
	/* Whether there may be one at the other end. Ticks say until when an answer is good. */
	bool expected;
	int64_t expected_ms;
	char host[CHAT_PEER_ADDRESS]; /* the name that was looked up last; "": none */
	bool is_host;                 /* and whether the connection comes from there */
	int64_t host_ms;
};

/* A struct dialect's line() and head(); false: it is for somebody else. */
bool legacy_dialect_line(struct dialog *, const struct frame_line *);
bool legacy_dialect_head(struct dialog *, const struct frame_line *);

#endif
