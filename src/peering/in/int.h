/* What the files of peer share among themselves. */
#ifndef KABAR_PEER_INT_H
#define KABAR_PEER_INT_H

#include "chat/file/partial.h"
#include "chat/realm/receive.h"
#include "net/frame.h"
#include "peering/peering.h"
#include "peering/reply.h"
#include "peering/request.h"

enum peering_state {
	PEERING_UNPROVEN, /* whose key it is must still be seen */
	PEERING_PROVEN,   /* and greets */
	PEERING_GREETED,
	PEERING_RESUMED,
	PEERING_OVER
};

/* A link. */
struct peering_worker {
	const struct config *config;
	struct frame frame;
	enum peering_state state;
	bool said_why; /* the other side was told why it is over: let it read that */
	struct chat chat;
	bool chat_open;
	struct chat_receive receive; /* its peer is who this is */
	int64_t paused_us;           /* nothing is served before this tick */
	/* Messages that were read, but not taken yet. */
	size_t n;
	struct chat_inbound inbounds[CHAT_RECEIVE_MAX];
	struct peering_request requests[CHAT_RECEIVE_MAX]; /* in which their texts lie */
	/* The file that is coming. */
	uint64_t file_number; /* 0: none */
	struct peering_request file;
	struct chat_partial part;
	int64_t busy_ms; /* ticks; when the other side heard last that we are at work */
};

/* peering_protocol_line.c: what is asked for, and answered. */
void peering_protocol_line(struct peering_worker *, const char *line, size_t len);
/* Delivers what waits, and answers. */
void peering_deliver(struct peering_worker *);
/* The same for a file, or for one that is refused. */
void peering_deliver_file(struct peering_worker *, struct chat_inbound *);
/* Tells the other side that it is over, and why; `retry`: to come again soon. */
void peering_fatal(struct peering_worker *, const char *why, bool retry);
/* The same for what went wrong on our side. */
void peering_fail(struct peering_worker *, enum chat_result);

/* peering_file.c: files, of which everything before was taken. */
void peering_file_offer(struct peering_worker *, struct peering_request *);
void peering_file_chunk(struct peering_worker *, const struct peering_request *);
/* There is none coming any more; what has come of one stays for the next link. */
void peering_file_end(struct peering_worker *);

#endif
