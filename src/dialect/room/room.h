/*
 * dialect_room: dictionaries as requests, and rooms to whose people messages are pushed. This is
 * what the worker's other parts see of it.
 */
#ifndef KABAR_DIALECT_ROOM_H
#define KABAR_DIALECT_ROOM_H

#include <stdbool.h>
#include <stdint.h>

#include "base/name.h"
#include "chat/tail.h"

struct dialog;
struct frame_line;

enum room_list { ROOM_LIST_ROOMS, ROOM_LIST_ONLINE, ROOM_LIST_USERS, ROOM_LISTS };

/* What a connection is in this dialect; a part of struct dialog. All zero: nothing. */
struct room_state {
	bool here;                     /* logged in through LOGIN: is shown as such, gets lists */
	uint64_t group;                /* in whose room it is; 0: in none */
	struct chat_tail tail;         /* which of its messages were looked at */
	char name[NAME_MAX_BYTES + 1]; /* of the room */
	struct {
		uint64_t user;   /* in whose own log they are looked for; 0: not yet */
		uint64_t number; /* the last that was looked at */
	} notices;
	struct {
		uint64_t changes; /* how many there had been when it was looked at; 0: never */
		uint64_t hash;    /* of what was sent last; 0: nothing was */
	} lists[ROOM_LISTS];
	int64_t lists_ms; /* ticks; lists are not looked at before then; 0: there is no pause */
};

/* A struct dialect's line() and wake(), for dialects that understand this one, too. */
void dialect_room_line(struct dialog *, const struct frame_line *);
void dialect_room_wake(struct dialog *);

/* The session over which it was here ends: so does its being in a room. */
void dialect_room_reset(struct dialog *);
/* Says to the bell what this connection listens for; to be called when that has changed. */
void dialect_room_listen(struct dialog *);

#endif
