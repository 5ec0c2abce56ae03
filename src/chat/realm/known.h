/*
 * chat_known: messages between this realm and an older server, of which that server keeps copies:
 * what it delivered here, and what it was sent. They are known again by sums of their texts. How
 * far all is known stands in a number beside each log, which has to go on with what is made of it.
 */
#ifndef KABAR_CHAT_KNOWN_H
#define KABAR_CHAT_KNOWN_H

#include "chat/realm/legacy_spool.h"

/* One message. */
struct chat_known {
	uint64_t number; /* in the log */
	uint64_t text;   /* sums, as those of chat_legacy_spool */
	uint64_t full_name;
	char from[NAME_MAX_BYTES];
	size_t from_len;
	bool taken;    /* it has answered for a copy, or is none */
	bool answered; /* it has, just now */
};

/* Those of a log; the caller sets the first three and frees the list. */
struct chat_known_source {
	uint64_t log;   /* 0: there is none */
	uint64_t until; /* the number of the last one that was there before the question */
	bool sent;      /* from here; else they were delivered here */
	uint64_t since; /* the number up to which all had its say before */
	struct chat_known *list;
	size_t n;
};

/* Reads what is in the log since the last time. CHAT_OK or CHAT_FAILED. */
enum chat_result chat_known_find(struct chat *, struct chat_known_source *);
/*
 * The first one with this sum that has not answered for a copy yet, and has from now on; NULL:
 * there is none. Where `from` is not NULL it is also the user name or full name of the sender.
 */
const struct chat_known *chat_known_answer(struct chat_known_source *, uint64_t text,
    const struct chat_text *from);
/* The step by which all up to `until`, and what was taken right behind it, has had its say. */
void chat_known_tx(struct store_tx *, const struct chat_known_source *);

#endif
