/*
 * chat_legacy_pull: stores the messages that a legacy peer keeps for a user here and hands over
 * when it is asked. The peer keeps a copy of every message that it delivered before, and of every
 * message from here to its own user of the same name; neither is stored again. The caller adds
 * messages until it is full, has it work on them for as long as it likes, and goes on.
 */
#ifndef KABAR_CHAT_LEGACY_PULL_H
#define KABAR_CHAT_LEGACY_PULL_H

#include "chat/file/blob.h"
#include "chat/realm/legacy.h"

#define CHAT_LEGACY_PULL_ITEMS 1024          /* messages that it works on together */
#define CHAT_LEGACY_PULL_BYTES (1024 * 1024) /* of their texts */
#define CHAT_LEGACY_PULL_FILES 4

/* A message that the peer handed over. Its texts are the caller's. */
struct chat_legacy_item {
	struct chat_text from;  /* the sender, by the user name or the full name */
	struct chat_text text;  /* or the name of a file */
	struct chat_blob *file; /* its content, begun and not kept; from malloc(). NULL: no file */
};

/* The newest numbers in the logs of known messages when the peer is asked. */
struct chat_legacy_pull_until {
	uint64_t delivered; /* by that server, to the user here */
	uint64_t sent;      /* to its own user of that name */
};

struct chat_legacy_pull;

/*
 * Whether there is room for what the peer hands over, and the peer may store more: it keeps no copy
 * of that, so it is not asked for what could not be stored.
 */
bool chat_legacy_pull_may(struct chat *, const struct chat_peer *);

/*
 * To be called before the peer is asked. `sending`: a message is on its way to the peer, which need
 * not hand over a copy of it.
 */
enum chat_result chat_legacy_pull_begin(struct chat *, const struct chat_peer *,
    struct chat_text user, bool sending, struct chat_legacy_pull_until *);

/* An answer begins to come. The chat and the peer stay until it is freed. NULL without memory. */
struct chat_legacy_pull *chat_legacy_pull_new(struct chat *, const struct chat_peer *,
    struct chat_text user, const struct chat_legacy_pull_until *);
/* Forgets what it has not stored. NULL is allowed. */
void chat_legacy_pull_free(struct chat_legacy_pull *);

/* Whether it must work before more is added. */
bool chat_legacy_pull_full(const struct chat_legacy_pull *);
/*
 * Adds a message, and takes the file over in any case. `by_name`: the peer shows senders by their
 * user names, so that one that looks like a user name is one. Without memory it is not stored.
 */
void chat_legacy_pull_add(struct chat_legacy_pull *, const struct chat_legacy_item *, bool by_name);
/* A message came that cannot be added, for this reason. */
void chat_legacy_pull_lose(struct chat_legacy_pull *, enum chat_result why);
/*
 * Stores the messages that were neither delivered before, nor pulled, nor sent from here: durable
 * when they are counted. A known message has the same text and, unless the peer shows senders by
 * full names, the same sender. Messages that are not valid, or have no room, are passed over.
 * Works until the tick is past, in microseconds; each piece of work is short. *more: there is more
 * to do. CHAT_OK; CHAT_NO_USER, CHAT_NO_SPACE or CHAT_FAILED: nothing more can be stored.
 */
enum chat_result chat_legacy_pull_step(struct chat_legacy_pull *, int64_t until_us, bool *more);
/*
 * Ends it, and logs what could not be stored. `whole`: the peer has handed over all that it keeps.
 * Results as above.
 */
enum chat_result chat_legacy_pull_end(struct chat_legacy_pull *, bool whole);
/* The number of messages that it has stored. */
uint64_t chat_legacy_pull_stored(const struct chat_legacy_pull *);

#endif
