/*
 * peering_request: the lines of the realm that dials. Its writers and its reader;
 * the reader is a pure function of the line and of the realm that says it.
 */
#ifndef KABAR_PEERING_REQUEST_H
#define KABAR_PEERING_REQUEST_H

#include <jansson.h>

#include "chat/realm/inbound.h"
#include "net/wire.h"

/* Each of these writes one line. */
void peering_request_hello(struct wire *, const char *own, const char *peer);
void peering_request_resume(struct wire *, uint64_t epoch, uint64_t settled);
/* A message or, of an outbound file, the offer of it. */
void peering_request_message(struct wire *, uint64_t number, const struct chat_outbound *,
    int64_t time_ms, const char *own);
void peering_request_void(struct wire *, uint64_t from, uint64_t to);
/* PEERING_CHUNK_MAX bytes at most. */
void peering_request_chunk(struct wire *, uint64_t number, uint64_t offset,
    const unsigned char *data, size_t len);
void peering_request_settled(struct wire *, uint64_t number);
/* The name is one that name_valid() takes. */
void peering_request_info(struct wire *, uint64_t id, const char *user);
void peering_request_ping(struct wire *, uint64_t id);

enum peering_command {
	PEERING_HELLO,
	PEERING_RESUME,
	PEERING_MESSAGE, /* or a file: inbound.outbound.file says which */
	PEERING_VOID,
	PEERING_CHUNK,
	PEERING_SETTLED,
	PEERING_ASK,
	PEERING_PING
};

/* A request that was read. Texts are the line's, unless said otherwise. */
struct peering_request {
	enum peering_command command;
	/* At most INT64_MAX. Of a message or chunk; the first of a void; the last that is settled;
	   the id of a question or ping; the version of a greeting. */
	uint64_t number;
	uint64_t last; /* of a void */
	uint64_t epoch;
	uint64_t offset;
	struct chat_text own;  /* of a greeting: the realm that says it */
	struct chat_text peer; /* and the realm that it believes to speak to */
	struct chat_text user; /* of a question */
	struct chat_text base64;
	/* Of a message; `refused` where it cannot be one. Its texts are the request's. */
	struct chat_inbound inbound;
	json_t *object;
	char *list;
	bool no_memory; /* of one that was not read: the line may be good */
};

/*
 * Reads a line without its end; `realm` is the only one for whose users it may speak. 0, and the
 * request is to be freed; or -1 with a sentence for the other side.
 */
int peering_request_read(struct peering_request *, const char *line, size_t len, const char *realm,
    const char **error);
void peering_request_free(struct peering_request *);

#endif
