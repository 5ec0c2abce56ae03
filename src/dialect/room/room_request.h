/*
 * dialect_room_request: a line of the room dialect taken apart. What is then done is left to
 * dialect_room_verb.
 */
#ifndef KABAR_DIALECT_ROOM_REQUEST_H
#define KABAR_DIALECT_ROOM_REQUEST_H

#include "dialect/dialect.h"

enum room_field {
	ROOM_FLAG,
	ROOM_SENDER, /* is who is logged in, whatever it says */
	ROOM_RECEIVER,
	ROOM_CONTENT,
	ROOM_TYPE,
	ROOM_USERNAME, /* these two stand in CONTENT */
	ROOM_PASSWORD,
	ROOM_FIELDS /* how many there are */
};

/* Big: not to be copied or cleared as a whole. */
struct room_request {
	struct chat_text fields[ROOM_FIELDS]; /* the line's or decoded; empty: not there */
	struct chat_text name;                /* what the reply is about; set by the verb */
	struct chat_session session;          /* of verbs that need one */
	size_t used;                          /* of decoded, where values with escapes are put */
	char decoded[FRAME_LINE_MAX];
};

/* NULL, or the reason why the line is no request. */
const char *dialect_room_request_read(struct room_request *, const struct frame_line *);
/* A field without the spaces around it, as names are meant. */
struct chat_text dialect_room_request_name(const struct room_request *, enum room_field);

#endif
