/*
 * peering_response: what a peer answers, taken apart. Nothing in it is trusted: who gets a reply
 * here knows that its numbers and texts are within bounds, not that they make sense.
 */
#ifndef KABAR_BRIDGE_REPLY_H
#define KABAR_BRIDGE_REPLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "chat/reason.h"

#define PEERING_FATAL_MAX 128
#define PEERING_SINCE_MAX 40

enum peering_response_kind {
	PEERING_RESPONSE_UNKNOWN, /* of no kind that we know */
	PEERING_RESPONSE_HELLO,
	PEERING_RESPONSE_RESUMED,
	PEERING_RESPONSE_HAVE,
	PEERING_RESPONSE_REFUSED,
	PEERING_RESPONSE_WANT,
	PEERING_RESPONSE_INFO,
	PEERING_RESPONSE_PONG,
	PEERING_RESPONSE_FATAL
};

/* What is public of a user elsewhere. */
struct peering_person {
	char username[NAME_MAX_BYTES + 1];
	char name[CHAT_FULLNAME_MAX + 1];
	char country[CHAT_COUNTRY_MAX + 1];
	char since[PEERING_SINCE_MAX + 1]; /* "": not online */
	bool online;
};

struct peering_response {
	enum peering_response_kind kind;
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
	struct peering_person person;
	char fatal[PEERING_FATAL_MAX];
};

/* 0, or -1 when it is no reply. */
int peering_response_read(struct peering_response *, const char *data, size_t len);

#endif
