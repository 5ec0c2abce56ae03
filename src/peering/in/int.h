/* A link of another realm, which the files of peering/in share. */
#ifndef KABAR_PEERING_IN_INT_H
#define KABAR_PEERING_IN_INT_H

#include "chat/file/partial.h"
#include "chat/realm/receive.h"
#include "net/frame.h"
#include "peering/peering.h"
#include "peering/reply.h"
#include "peering/request.h"

enum peering_state {
	PEERING_UNPROVEN, /* its key is not known yet */
	PEERING_PROVEN,   /* its key is a peer's; a greeting comes next */
	PEERING_GREETED,
	PEERING_RESUMED,
	PEERING_OVER
};

struct peering_link {
	const struct config *config;
	struct frame frame;
	enum peering_state state;
	bool said_why; /* the other side was told why the link is over, and may read that */
	struct chat chat;
	bool chat_open;
	struct chat_receive receive; /* with the peer */
	int64_t paused_us;           /* no request is served before this tick */
	bool resumed_before;         /* on this link */
	/* Messages that were read, but not delivered yet. */
	size_t n;
	struct chat_inbound inbounds[CHAT_RECEIVE_MAX];
	struct peering_request requests[CHAT_RECEIVE_MAX]; /* that have their texts */
	/* The file that comes in chunks. */
	uint64_t file_number; /* 0: none */
	struct peering_request file;
	struct chat_partial part;
	uint64_t file_paid; /* bytes from its beginning for which the peer has paid */
	int64_t busy_ms;    /* tick at which the other side was told last that we are at work */
};

/* protocol.c: requests and their answers. */
void peering_protocol_line(struct peering_link *, const char *line, size_t len);
/* Delivers the messages that were read, and answers. */
void peering_deliver(struct peering_link *);
/* The same for a file that is whole or refused. */
void peering_deliver_file(struct peering_link *, struct chat_inbound *);
/* Ends the link, and tells the other side why; `retry`: to come again soon. */
void peering_fatal(struct peering_link *, const char *why, bool retry);
/* The same for a failure on our side. */
void peering_fail(struct peering_link *, enum chat_result);

/* file.c: files. All messages before them were delivered. */
void peering_file_offer(struct peering_link *, struct peering_request *);
void peering_file_chunk(struct peering_link *, struct peering_request *);
/* No file comes any more. The chunks that have come stay for the next link. */
void peering_file_end(struct peering_link *);

#endif
