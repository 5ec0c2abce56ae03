/*
 * peer_parse: what another realm asks for, a line at a time: taken apart and checked as if it came
 * from somebody hostile. A pure function of the line and of who says it.
 */
#ifndef KABAR_PEER_PARSE_H
#define KABAR_PEER_PARSE_H

#include <jansson.h>

#include "chat/realm/inbound.h"

#define PEER_CHUNK_MAX (48 * 1024) /* bytes of a file in one line */

enum peer_command {
	PEER_HELLO,
	PEER_RESUME,
	PEER_MESSAGE, /* or a file: the arrival says which */
	PEER_VOID,
	PEER_CHUNK,
	PEER_SETTLED,
	PEER_ASK,
	PEER_PING
};

/* Texts are the line's, unless said otherwise. Numbers are at most INT64_MAX, as JSON has them. */
struct peer_request {
	enum peer_command command;
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
	struct chat_arrival arrival;
	json_t *object;
	char *list;
};

/*
 * Takes a line without its end apart; `realm` is the only one for whose users it may speak. 0, and
 * the request is to be freed; or -1 with a sentence for the one who said it.
 */
int peer_parse(struct peer_request *, const char *line, size_t len, const char *realm,
    const char **error);
void peer_parse_free(struct peer_request *);

#endif
