/*
 * chat_legacy_pull: what an older server hands over when it is asked for what it holds for a user
 * here. Most of that it has delivered before: such a server keeps a copy of everything that it
 * delivers. And much may be from here: it keeps what it was sent for its own user of the same name,
 * too.
 */
#ifndef KABAR_CHAT_FETCHED_H
#define KABAR_CHAT_FETCHED_H

#include "chat/realm/legacy.h"

/* One of them; the texts are the caller's. */
struct chat_legacy_pull {
	struct chat_text from;    /* the sender, by the user name or the full name */
	struct chat_text text;    /* or the name of a file */
	struct chat_text content; /* and what is in it, in BASE64 */
	bool file;
	/* chat_legacy_pull_take's own: by what it would be known, whether it is, and then by whom.
	 */
	uint64_t sum;
	bool known;
	char user[NAME_MAX_BYTES];
	size_t user_len;
};

/* What is known of before the other server is asked: numbers in the logs that tell of it. */
struct chat_legacy_pull_until {
	uint64_t delivered; /* by that server, to the user here */
	uint64_t sent;      /* to its own user of that name */
};

/*
 * To be called before the other server is asked. `sending`: a letter is on its way there, whose
 * copy need not be among what is handed over.
 */
enum chat_result chat_legacy_pull_begin(struct chat *, const struct chat_peer *,
    struct chat_text user, bool sending, struct chat_legacy_pull_until *);
/*
 * Stores those that were neither delivered before, nor fetched, nor sent from here: durable when it
 * returns CHAT_OK, and *stored counts them. What is known is told by the text and, unless senders
 * are shown by their full names, the sender; `by_name` says that those which look like user names
 * are some. Entries that cannot be are passed over.
 */
enum chat_result chat_legacy_pull_take(struct chat *, const struct chat_peer *,
    struct chat_text user, bool by_name, struct chat_legacy_pull *, size_t n,
    const struct chat_legacy_pull_until *, uint64_t *stored);

#endif
