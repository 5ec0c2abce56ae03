/*
 * dialect_irc_reference: how clients name a point of a conversation: msgid=123 or
 * timestamp=2026-01-31T23:59:59.123Z. A pure function of the text.
 */
#ifndef KABAR_DIALECT_IRC_REFERENCE_H
#define KABAR_DIALECT_IRC_REFERENCE_H

#include "chat/chat.h"

struct irc_reference {
	bool by_time;
	uint64_t id;     /* of a message */
	int64_t time_ms; /* since 1970 */
};

/* Reads a reference; 123-1 is a part of the message 123, and names that. False: it is none. */
bool dialect_irc_reference_read(struct chat_text, struct irc_reference *);

#endif
