/*
 * peering_reply: the answers of the realm that is dialled: their writers and their reader. A reply
 * that was read is within bounds, but not trusted: its numbers and texts need not make sense.
 */
#ifndef KABAR_PEERING_REPLY_H
#define KABAR_PEERING_REPLY_H

#include "chat/realm/person.h"
#include "chat/reason.h"
#include "net/frame.h"
#include "peering/peering.h"

#define PEERING_FATAL_MAX 128

/* Each of these buffers one reply. */
void peering_reply_hello(struct frame *, const struct config *);
void peering_reply_resume(struct frame *, uint64_t epoch, uint64_t have);
void peering_reply_have(struct frame *, uint64_t number);
void peering_reply_refused(struct frame *, uint64_t number, enum chat_reason);
void peering_reply_want(struct frame *, uint64_t number, uint64_t offset);
/* The public data of a user; NULL: the user does not exist. */
void peering_reply_info(struct frame *, uint64_t id, const struct chat_person *);
void peering_reply_pong(struct frame *, uint64_t id);
/* The link is over; `retry`: it is worth coming again soon. */
void peering_reply_fatal(struct frame *, const char *why, bool retry);
/* The same for a realm whose key is not known. It is told which realm this is. */
void peering_reply_unknown(struct frame *, const struct config *);

enum peering_reply_kind {
	PEERING_REPLY_UNKNOWN, /* of no kind that we know */
	PEERING_REPLY_HELLO,
	PEERING_REPLY_RESUMED,
	PEERING_REPLY_HAVE,
	PEERING_REPLY_REFUSED,
	PEERING_REPLY_WANT,
	PEERING_REPLY_INFO,
	PEERING_REPLY_PONG,
	PEERING_REPLY_FATAL
};

/* A reply that was read. */
struct peering_reply {
	enum peering_reply_kind kind;
	bool ok;         /* of an unknown one: its status */
	uint64_t number; /* version, have, refused or wanted number, or an id */
	uint64_t epoch;
	uint64_t offset;
	struct peering_window window;   /* of a greeting */
	char realm[NAME_MAX_BYTES + 1]; /* of a greeting; of an end, "" if it does not say */
	enum chat_reason reason;
	bool found; /* of an answer about a user: there is one */
	bool retry; /* of an end: it is worth coming again */
	struct chat_person person;
	char fatal[PEERING_FATAL_MAX];
};

/* 0, or -1 when it is no reply. The end of a reply is not part of it. */
int peering_reply_read(struct peering_reply *, const char *data, size_t len);

#endif
