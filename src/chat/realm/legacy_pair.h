/*
 * chat_legacy_pair: recognises, among the messages that a legacy peer handed over, the copies of
 * those that it delivered before, and of those that were sent to it from here. Storing the others
 * is left to chat_legacy_pull.
 */
#ifndef KABAR_CHAT_LEGACY_PAIR_H
#define KABAR_CHAT_LEGACY_PAIR_H

#include "chat/file/blob.h"
#include "chat/realm/known.h"
#include "chat/realm/peer.h"

#define CHAT_LEGACY_PAIR_SOURCES 2    /* logs: to the user here, and to the namesake there */
#define CHAT_LEGACY_PAIR_OTHERS  1024 /* other remote users whose messages are looked at */

/* A message that was handed over. */
struct chat_legacy_copy {
	char *bytes;            /* of both texts */
	struct chat_text from;  /* the sender, by the user name or the full name */
	struct chat_text text;  /* or the name of a file */
	struct chat_blob *file; /* NULL: no file */
	uint64_t sum;
	bool known; /* a known message has answered for it, and shows the sender's user name: */
	char user[NAME_MAX_BYTES];
	size_t user_len;
};

struct chat_legacy_pair {
	struct chat *chat;
	const struct chat_peer *peer;
	struct chat_known_source sources[CHAT_LEGACY_PAIR_SOURCES];
	/* For one list of copies. */
	struct chat_legacy_copy *list;
	size_t n_list;
	bool by_name; /* the peer shows senders by their user names */
	unsigned int pass;
	size_t at;
	/* Other remote users of the peer. */
	bool others_known;
	uint64_t *others;
	size_t n_others;
	struct chat_known_source other;
	size_t spent_at;
};

/*
 * Reads the known messages. CHAT_OK or CHAT_FAILED; then, too, it is freed by the caller. The chat,
 * the peer and the log, `until` and `sent` of each source are set.
 */
enum chat_result chat_legacy_pair_begin(struct chat_legacy_pair *);
void chat_legacy_pair_free(struct chat_legacy_pair *);
/* Turns to a list of copies, which is the caller's. */
void chat_legacy_pair_list(struct chat_legacy_pair *, struct chat_legacy_copy *, size_t n,
    bool by_name);
/* Does a small part of the work. *done: there is no more. Results as above, or CHAT_NO_SPACE. */
enum chat_result chat_legacy_pair_step(struct chat_legacy_pair *, bool *done);
/*
 * Stores up to which messages the logs are over: with `whole`, the peer has handed over all that it
 * keeps, so that nothing else is expected of it.
 */
enum chat_result chat_legacy_pair_end(struct chat_legacy_pair *, bool whole);

/* The user name behind a full name, if a known message of the list shows both; else "". */
struct chat_text chat_legacy_pair_sender(const struct chat_legacy_pair *, struct chat_text from);

#endif
