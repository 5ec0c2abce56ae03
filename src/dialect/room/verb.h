/*
 * dialect_room_verb: does what requests of the room dialect ask for, and moves the connection into
 * rooms. The codes of the results are left to dialect_room.
 */
#ifndef KABAR_DIALECT_ROOM_VERB_H
#define KABAR_DIALECT_ROOM_VERB_H

#include "dialect/room/request.h"

/* Moves into a group's room, or with group 0 out of the present one, and tells the others. */
void dialect_room_move(struct dialog *, uint64_t group, const char *name);

/*
 * Each sets the request's name to the one that the reply is about. The results are those of the
 * verbs in chat, and those given here.
 */
enum chat_result dialect_room_register(struct dialog *, struct room_request *);
/* CHAT_USER_EXISTS: already logged in through this dialect, over this connection or another. */
enum chat_result dialect_room_login(struct dialog *, struct room_request *);
enum chat_result dialect_room_logout(struct dialog *, struct room_request *);
enum chat_result dialect_room_make(struct dialog *, struct room_request *);
/* CHAT_FORBIDDEN: the user is neither the owner nor an administrator. */
enum chat_result dialect_room_delete(struct dialog *, struct room_request *);
/* CHAT_ALREADY_MEMBER: the connection is in a room. */
enum chat_result dialect_room_join(struct dialog *, struct room_request *);
/* CHAT_NOT_MEMBER: the connection is not in the room. */
enum chat_result dialect_room_send(struct dialog *, struct room_request *);
/* Ends being in the room and being a member of the group. */
enum chat_result dialect_room_quit(struct dialog *, struct room_request *);

#endif
