/*
 * chat_reason: why something could not be delivered, as it stands in records and between realms:
 * numbers and words that never change, unlike enum chat_result.
 */
#ifndef KABAR_CHAT_REASON_H
#define KABAR_CHAT_REASON_H

#include "chat/chat.h"

enum chat_reason {
	CHAT_REASON_NONE,
	CHAT_REASON_NO_USER,
	CHAT_REASON_NO_GROUP,
	CHAT_REASON_NOT_MEMBER,
	CHAT_REASON_INBOX_FULL,
	CHAT_REASON_TOO_BIG,
	CHAT_REASON_QUOTA,
	CHAT_REASON_BAD_MESSAGE,
	CHAT_REASON_BAD_FILE,
	CHAT_REASON_EXPIRED,   /* waited too long */
	CHAT_REASON_DROPPED,   /* by an administrator */
	CHAT_REASON_NO_REALM,  /* the peer is none any more */
	CHAT_REASON_REFUSED,   /* anything else, such as a legacy server's sentence */
	CHAT_REASON_NO_ANSWER, /* of a question: the peer cannot be reached, or says nothing */
	CHAT_REASON_BLOCKED,   /* the receiver takes no messages from the sender */
	CHAT_REASONS
};

/* The word for a reason, such as "no_user"; and back, CHAT_REASON_REFUSED for unknown words. */
const char *chat_reason_word(enum chat_reason);
enum chat_reason chat_reason_find(struct chat_text word);
/* The same for a peer's refusal, in which words that only this realm may use are unknown, too. */
enum chat_reason chat_reason_find_of_peer(struct chat_text word);
/*
 * The reason for a result that is not CHAT_OK, for which a result of our own side, such as
 * CHAT_FAILED, must not be taken: it says nothing of the message. And the result that a user is
 * told for a reason; CHAT_OK for NONE.
 */
enum chat_reason chat_reason_of(enum chat_result);
enum chat_result chat_reason_result(enum chat_reason);

#endif
