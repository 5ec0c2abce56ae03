/*
 * bridge_reply: what a peer answers, taken apart. Nothing in it is trusted: who gets a reply here
 * knows that its numbers and texts are within bounds, not that they make sense.
 */
#ifndef KABAR_BRIDGE_REPLY_H
#define KABAR_BRIDGE_REPLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "chat/reason.h"

#define BRIDGE_FATAL_MAX 128
#define BRIDGE_SINCE_MAX 40

enum bridge_reply_kind {
	BRIDGE_REPLY_UNKNOWN, /* of no kind that we know */
	BRIDGE_REPLY_HELLO,
	BRIDGE_REPLY_RESUMED,
	BRIDGE_REPLY_HAVE,
	BRIDGE_REPLY_REFUSED,
	BRIDGE_REPLY_WANT,
	BRIDGE_REPLY_INFO,
	BRIDGE_REPLY_PONG,
	BRIDGE_REPLY_FATAL
};

/* What is public of a user elsewhere. */
struct bridge_person {
	char username[NAME_MAX_BYTES + 1];
	char name[CHAT_FULLNAME_MAX + 1];
	char country[CHAT_COUNTRY_MAX + 1];
	char since[BRIDGE_SINCE_MAX + 1]; /* "": not online */
	bool online;
};

struct bridge_reply {
	enum bridge_reply_kind kind;
	bool ok;         /* of an unknown one: its status */
	uint64_t number; /* version, have, refused or wanted number, or an id */
	uint64_t epoch;
	uint64_t offset;
	uint64_t window; /* of a greeting, as are these three */
	uint64_t bytes;
	uint64_t file_max;
	char realm[NAME_MAX_BYTES + 1]; /* of a greeting; of an end, "" if it does not say */
	enum chat_reason reason;
	bool found; /* of an answer about a user: there is one */
	bool retry; /* of an end: it is worth coming again */
	struct bridge_person person;
	char fatal[BRIDGE_FATAL_MAX];
};

/* 0, or -1 when it is no reply. */
int bridge_reply_read(struct bridge_reply *, const char *data, size_t len);

#endif
