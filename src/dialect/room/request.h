/*
 * dialect_room_request: takes a line of the room dialect apart. Doing what it asks for is left to
 * dialect_room_verb.
 */
#ifndef KABAR_DIALECT_ROOM_REQUEST_H
#define KABAR_DIALECT_ROOM_REQUEST_H

#include "dialect/dialect.h"

enum room_field {
	ROOM_FLAG,
	ROOM_SENDER, /* ignored: the sender is the user who is logged in */
	ROOM_RECEIVER,
	ROOM_CONTENT,
	ROOM_TYPE,
	ROOM_USERNAME, /* these two stand in CONTENT */
	ROOM_PASSWORD,
	ROOM_FIELDS /* how many there are */
};

/* Big: must not be copied or cleared as a whole. */
struct room_request {
	struct chat_text fields[ROOM_FIELDS]; /* in the line or decoded; empty: absent */
	struct chat_text name;                /* that the reply is about; set by the verb */
	struct chat_session session;          /* of verbs that need one */
	size_t used; /* bytes of decoded, which holds values with escapes */
	char decoded[FRAME_LINE_MAX];
};

/* NULL, or the reason why the line is no request. */
const char *dialect_room_request_read(struct room_request *, const struct frame_line *);
/* A field without the spaces around it, for names. */
struct chat_text dialect_room_request_name(const struct room_request *, enum room_field);

#endif
