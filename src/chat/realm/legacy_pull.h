/*
 * chat_legacy_pull: stores the messages that a legacy peer keeps for a user here and hands over
 * when it is asked. The peer keeps a copy of every message that it delivered before, and of every
 * message from here to its own user of the same name; neither is stored again.
 */
#ifndef KABAR_CHAT_LEGACY_PULL_H
#define KABAR_CHAT_LEGACY_PULL_H

#include "chat/realm/legacy.h"

/* A message that the peer handed over. Its texts are the caller's. */
struct chat_legacy_pull {
	struct chat_text from;    /* the sender, by the user name or the full name */
	struct chat_text text;    /* or the name of a file */
	struct chat_text content; /* and what is in it, in BASE64 */
	bool file;
	/* Set by chat_legacy_pull_store: the sum, whether it is known, and then the sender. */
	uint64_t sum;
	bool known;
	char user[NAME_MAX_BYTES];
	size_t user_len;
};

/* The newest numbers in the logs of known messages when the peer is asked. */
struct chat_legacy_pull_until {
	uint64_t delivered; /* by that server, to the user here */
	uint64_t sent;      /* to its own user of that name */
};

/*
 * To be called before the peer is asked. `sending`: a message is on its way to the peer, which need
 * not hand over a copy of it.
 */
enum chat_result chat_legacy_pull_begin(struct chat *, const struct chat_peer *,
    struct chat_text user, bool sending, struct chat_legacy_pull_until *);
/*
 * Stores the messages that were neither delivered before, nor pulled, nor sent from here: durable
 * when it returns CHAT_OK, and *stored counts them. A known message has the same text and, unless
 * the peer shows senders by full names, the same sender; `by_name`: a sender that looks like a user
 * name is one. Entries that are not valid are passed over.
 */
enum chat_result chat_legacy_pull_store(struct chat *, const struct chat_peer *,
    struct chat_text user, bool by_name, struct chat_legacy_pull *, size_t n,
    const struct chat_legacy_pull_until *, uint64_t *stored);

#endif
