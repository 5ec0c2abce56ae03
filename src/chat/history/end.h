/*
 * chat_history_end: what becomes of conversations and logs of activity when a user or group is
 * removed, or when everything in them has expired. Over a connection that is bound to a user this
 * is forbidden, and left to the janitor.
 */
#ifndef KABAR_CHAT_HISTORY_END_H
#define KABAR_CHAT_HISTORY_END_H

#include "chat/chat.h"

/*
 * Ends all conversations of a user, or none of a group, and its log of activity, after its record
 * is gone. Can be done again after a crash. CHAT_OK, also when it is forbidden; or a failure.
 */
enum chat_result chat_history_clear(struct chat *, uint64_t owner);

/*
 * The janitor's pass: trims all these logs, ends conversations of which nothing is kept, and those
 * of users who are gone. The conversation with the server stays while its user does.
 */
enum chat_result chat_history_expire(struct chat *);

#endif
