/*
 * chat_conversation: in which files are exchanged: that of two users, in either order, of a user
 * with itself, or of a group; or that of one outbound message, which carries one file to another
 * realm and stands in nobody's list. One of two users may be of another realm (chat_remote_user).
 */
#ifndef KABAR_CHAT_CONVERSATION_H
#define KABAR_CHAT_CONVERSATION_H

#include "chat/chat.h"

struct chat_conversation {
	uint64_t first;  /* the lower id of two users; 0: of a group; else the message's file_id */
	uint64_t second; /* the other user, or the group; 0: of an outbound message */
};

struct chat_conversation chat_conversation_users(uint64_t a, uint64_t b);
struct chat_conversation chat_conversation_group(uint64_t group);
struct chat_conversation chat_conversation_outbound(uint64_t file_id);
bool chat_conversation_is_outbound(struct chat_conversation);

/* An order of conversations, for qsort(). */
int chat_conversation_compare(const void *, const void *);
/*
 * Whether both users or the group are there. CHAT_OK, CHAT_NO_USER: not any more; CHAT_FAILED. That
 * of an outbound message always is: chat_outbox releases its file.
 */
enum chat_result chat_conversation_exists(struct chat *, struct chat_conversation);

#endif
