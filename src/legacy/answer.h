/*
 * legacy_answer: what a legacy peer hands over when it is asked for messages, as it comes. Nothing
 * in it is trusted: not its length, not the number, the size and the nesting of its elements. Its
 * elements are read and stored while others are on the way, its files go to the disk, and each call
 * works for a short time only. The connection is left to legacy_query.
 */
#ifndef KABAR_LEGACY_ANSWER_H
#define KABAR_LEGACY_ANSWER_H

#include "chat/realm/legacy_pull.h"

/* Of one answer. What comes behind that is lost, and the log says so. */
#define LEGACY_ANSWER_ELEMENTS 16384
#define LEGACY_ANSWER_BYTES    (32 * 1024 * 1024)

struct legacy_answer;

enum legacy_answer_state {
	LEGACY_ANSWER_MORE, /* all bytes are taken, more are to come */
	LEGACY_ANSWER_BUSY, /* the time is over, and there is more to do */
	LEGACY_ANSWER_DONE, /* the question is answered, and all is stored */
	LEGACY_ANSWER_BAD   /* it is no answer */
};

/* The chat and the peer stay until it is freed. NULL without memory. */
struct legacy_answer *legacy_answer_new(struct chat *, const struct chat_peer *, const char *user,
    const struct chat_legacy_pull_until *);
/* NULL is allowed. */
void legacy_answer_free(struct legacy_answer *);
/* Goes on with the bytes at *data, and moves past those that it takes, until this tick in us. */
enum legacy_answer_state legacy_answer_take(struct legacy_answer *, const char **data, size_t *len,
    int64_t until_us);
/* How many messages were new and are stored. */
uint64_t legacy_answer_stored(const struct legacy_answer *);
/* The peer says that it does not know this realm. */
bool legacy_answer_no_realm(const struct legacy_answer *);

#endif
