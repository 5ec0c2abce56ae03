/*
 * dialect_room_reply: the codes of the room dialect and their texts.
 */
#ifndef KABAR_DIALECT_ROOM_REPLY_H
#define KABAR_DIALECT_ROOM_REPLY_H

#include "base/json_out.h"
#include "dialect/dialect.h"

enum room_code {
	ROOM_BAD_REQUEST, /* everything for which the document has no code */
	ROOM_REG_OK,
	ROOM_REG_DUPE,
	ROOM_LOGIN_OK,
	ROOM_LOGIN_DUPE,
	ROOM_BAD_PASS,
	ROOM_USER_NONEXIST,
	ROOM_MAKE_OK,
	ROOM_MAKE_DUPE,
	ROOM_DEL_OK,
	ROOM_DEL_NOT_EXIST,
	ROOM_DEL_FORBIDDEN,
	ROOM_JOIN_OK,
	ROOM_JOIN_FAILED,
	ROOM_JOIN_PRIVATE,
	ROOM_SEND_OK,
	ROOM_QUITTED,
	ROOM_LOGOUT_OK,
	ROOM_CODES /* how many there are */
};

/* A whole reply; `about` is the name in its text; of ROOM_BAD_REQUEST, all of the text. */
void dialect_room_reply(struct dialog *, enum room_code, struct chat_text about);
/* ROOM_BAD_REQUEST with a text for a result of a verb. */
void dialect_room_refuse(struct dialog *, enum chat_result);

/* An object that is pushed: {"FLAG":"DATA","CODE":code ... "TYPE":"TEXT"}; members go between. */
void dialect_room_push_begin(struct dialog *, struct json_out *, const char *code);
void dialect_room_push_end(struct dialog *, struct json_out *);

#endif
