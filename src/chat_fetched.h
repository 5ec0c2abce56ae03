/*
 * chat_fetched: what an older server hands over when it is asked for what it holds for a user here.
 * Most of that it has delivered before: such a server keeps a copy of everything that it delivers.
 */
#ifndef KABAR_CHAT_FETCHED_H
#define KABAR_CHAT_FETCHED_H

#include "chat_legacy.h"

/* One of them; the texts are the caller's. */
struct chat_fetched {
	struct chat_text from;    /* the sender, by the user name or the full name */
	struct chat_text text;    /* or the name of a file */
	struct chat_text content; /* and what is in it, in BASE64 */
	bool file;
	bool known; /* chat_fetched_take's own */
	uint64_t twin;
};

/* To be called before the other server is asked: what it delivered until now. */
enum chat_result chat_fetched_begin(struct chat *, const struct chat_peer *, struct chat_text user,
    uint64_t *delivered);
/*
 * Stores those that were not delivered before, or fetched: durable when it returns CHAT_OK, and
 * *stored counts them. What was delivered is told by the text and, unless senders are shown by
 * their full names, the sender; `by_name` says that those which look like user names are some.
 * Entries that cannot be are passed over.
 */
enum chat_result chat_fetched_take(struct chat *, const struct chat_peer *, struct chat_text user,
    bool by_name, struct chat_fetched *, size_t n, uint64_t delivered, uint64_t *stored);

#endif
