/* dialect_room: what a connection is in the room dialect; a part of struct dialog. */
#ifndef KABAR_DIALECT_ROOM_STATE_H
#define KABAR_DIALECT_ROOM_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/name.h"
#include "chat/tail.h"

enum room_list { ROOM_LIST_ROOMS, ROOM_LIST_ONLINE, ROOM_LIST_USERS, ROOM_LISTS };

/* All zero: the connection has not logged in through LOGIN and is in no room. */
struct room_state {
	bool active;                   /* logged in through LOGIN: is shown as such, gets lists */
	uint64_t group;                /* the group of the room that it is in; 0: none */
	struct chat_tail tail;         /* which messages of the room were looked at */
	char name[NAME_MAX_BYTES + 1]; /* of the room */
	struct {
		uint64_t user;   /* in whose own log notices are looked for; 0: not yet */
		uint64_t number; /* of the last entry that was looked at */
	} notices;
	struct {
		uint64_t changes; /* how many there had been when it was looked at; 0: never */
		uint64_t hash;    /* of what was sent last; 0: nothing was sent */
	} lists[ROOM_LISTS];
	int64_t lists_ms; /* monotonic; lists are not looked at before then; 0: no pause */
};

#endif
