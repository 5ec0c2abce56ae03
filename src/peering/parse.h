/*
 * peering_parse: what another realm asks for, a line at a time: taken apart and checked as if it
 * came from somebody hostile. A pure function of the line and of who says it.
 */
#ifndef KABAR_PEER_PARSE_H
#define KABAR_PEER_PARSE_H

#include <jansson.h>

#include "chat/realm/inbound.h"

#define PEERING_CHUNK_MAX (48 * 1024) /* bytes of a file in one line */

enum peering_command {
	PEERING_HELLO,
	PEERING_RESUME,
	PEERING_MESSAGE, /* or a file: the arrival says which */
	PEERING_VOID,
	PEERING_CHUNK,
	PEERING_SETTLED,
	PEERING_ASK,
	PEERING_PING
};

/* Texts are the line's, unless said otherwise. Numbers are at most INT64_MAX, as JSON has them. */
struct peering_request_read {
	enum peering_command command;
	uint64_t
	    number;    /* of a message or chunk; first of a void; what is settled; an id; version */
	uint64_t last; /* of a void */
	uint64_t epoch;
	uint64_t offset;
	struct chat_text own;  /* of a greeting: who they say they are */
	struct chat_text peer; /* and who they think we are */
	struct chat_text user; /* of a question */
	struct chat_text base64;
	/* Of a message; `refused` where it cannot be one. Its texts are the request's. */
	struct chat_inbound inbound;
	json_t *object;
	char *list;
};

/*
 * Takes a line without its end apart; `realm` is the only one for whose users it may speak. 0, and
 * the request is to be freed; or -1 with a sentence for the one who said it.
 */
int peering_parse(struct peering_request_read *, const char *line, size_t len, const char *realm,
    const char **error);
void peering_parse_free(struct peering_request_read *);

#endif
