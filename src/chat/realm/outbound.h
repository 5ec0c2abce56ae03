/*
 * chat_letter: messages and files for other realms, as they wait in an outbox, the log with the
 * peer's id: writing them there, and reading them.
 */
#ifndef KABAR_CHAT_LETTER_H
#define KABAR_CHAT_LETTER_H

#include "chat/chat.h"
#include "chat/file/blob.h"
#include "chat/realm/peer.h"
#include "chat/session.h"

#define CHAT_LETTER_USERS 64 /* in a list */

enum chat_letter_kind {
	CHAT_LETTER_USER = 1, /* `to` is a user */
	CHAT_LETTER_LIST,     /* users divided by commas: all get it or none */
	CHAT_LETTER_GROUP
};

struct chat_letter {
	enum chat_letter_kind kind;
	uint64_t epoch; /* of the outbox when it was queued, never 0 */
	/* A worker that waits for the verdict (links.h); ticket 0: none. */
	unsigned int slot;
	uint64_t ticket;
	uint64_t from_id;
	struct chat_text from; /* user name, bare */
	struct chat_text from_name;
	struct chat_text to;
	struct chat_text text; /* or the file's name */
	bool file;
	/* Of a file: under which the outbox refers to the content (chat_place_letter), and that. */
	uint64_t file_id;
	uint64_t size;
	unsigned char hash[CHAT_BODY_HASH];
};

/* 0, or -1 when the entry is not a letter of a known version. The texts are the entry's. */
int chat_letter_read(struct chat_letter *, const void *entry, size_t len);

/* Whether a group is addressed, whose prefix group: is taken off, or users divided by commas. */
enum chat_letter_kind chat_letter_kind_of(struct chat_text *to);
/*
 * Whether there can be such a user, group, or users: CHAT_OK, CHAT_NO_USER, CHAT_NO_GROUP, or
 * CHAT_BAD_ARGUMENT for too many of them.
 */
enum chat_result chat_letter_address(enum chat_letter_kind, struct chat_text to);

/*
 * Puts a letter into a peer's outbox; epoch is filled in. CHAT_OK: it is on the disk and the bridge
 * was woken. CHAT_QUEUE_FULL; CHAT_BAD_ARGUMENT: too long. *number is the letter's.
 */
enum chat_result chat_letter_put(struct chat *, const struct chat_peer *, struct chat_letter *,
    uint64_t *number);

/* The current epoch of a peer's outbox, 0: nothing was ever queued. */
enum chat_result chat_letter_epoch(struct chat *, uint64_t peer, uint64_t *epoch);
/*
 * Begins a new one: what is queued from here on is told from all that another copy of this realm
 * may ever have sent. For who brought back an older state.
 */
enum chat_result chat_letter_renew(struct chat *, uint64_t peer);

#endif
