/*
 * chat_known: messages that a legacy peer delivered to this realm, or got from it. The peer keeps
 * copies of them and hands these over later (chat_legacy_pull). A message is known again by the
 * sum of its text, and answers for one copy. A number beside each log says up to which message this
 * is over.
 */
#ifndef KABAR_CHAT_KNOWN_H
#define KABAR_CHAT_KNOWN_H

#include "chat/realm/legacy_spool.h"

struct chat_known {
	uint64_t number; /* in the log */
	uint64_t text;   /* sums, as those of chat_legacy_spool */
	uint64_t full_name;
	char from[NAME_MAX_BYTES];
	size_t from_len;
	bool taken;    /* it cannot answer for a copy: it has already, or is no message */
	bool answered; /* it has, since it was read */
};

/* The messages of a log. The caller sets log, until and sent, and frees the list. */
struct chat_known_source {
	uint64_t log;   /* 0: there is none */
	uint64_t until; /* the newest number when the peer was asked */
	bool sent;      /* true: sent to the peer; false: delivered by it */
	uint64_t since; /* the number up to which it was over before */
	struct chat_known *list;
	size_t n;
	size_t room;
};

/* Reads the messages behind `since`, the newest if they are too many. CHAT_OK or CHAT_FAILED. */
enum chat_result chat_known_read(struct chat *, struct chat_known_source *);
/*
 * The first message with this sum that has not answered for a copy yet, and does so now; NULL:
 * none. A `from` that is not NULL must be the user name or full name of its sender.
 */
const struct chat_known *chat_known_answer(struct chat_known_source *, uint64_t text,
    const struct chat_text *from);
/* The step that stores the new number: `until`, or behind it as far as messages have answered. */
void chat_known_tx(struct store_tx *, const struct chat_known_source *);

#endif
