/* What the files of peer share among themselves. */
#ifndef KABAR_PEER_INT_H
#define KABAR_PEER_INT_H

#include "chat/file/partial.h"
#include "chat/realm/receive.h"
#include "peering/in/line.h"
#include "peering/in/worker.h"
#include "peering/parse.h"
#include "peering/reply.h"

enum peer_state {
	PEER_UNKNOWN, /* whose key it is must still be seen */
	PEER_PROVEN,  /* and greets */
	PEER_GREETED,
	PEER_RESUMED,
	PEER_OVER
};

/* A link. */
struct peer {
	const struct config *config;
	struct peer_line line;
	enum peer_state state;
	bool said_why; /* the other side was told why it is over: let it read that */
	struct chat chat;
	bool chat_open;
	struct chat_receive receive; /* its peer is who this is */
	int64_t paused_us;           /* nothing is served before this tick */
	/* Messages that were read, but not taken yet. */
	size_t n;
	struct chat_arrival arrivals[CHAT_RECEIVE_MAX];
	struct peer_request requests[CHAT_RECEIVE_MAX]; /* in which their texts lie */
	/* The file that is coming. */
	uint64_t file_number; /* 0: none */
	struct peer_request file;
	struct chat_part part;
	int64_t busy_ms; /* ticks; when the other side heard last that we are at work */
};

/* peer_talk.c: what is asked for, and answered. */
void peer_talk(struct peer *, const char *line, size_t len);
/* Delivers what waits, and answers. */
void peer_take(struct peer *);
/* The same for a file, or for one that is refused. */
void peer_take_file(struct peer *, struct chat_arrival *);
/* Tells the other side that it is over, and why; `retry`: to come again soon. */
void peer_fatal(struct peer *, const char *why, bool retry);
/* The same for what went wrong on our side. */
void peer_fail(struct peer *, enum chat_result);

/* peer_file.c: files, of which everything before was taken. */
void peer_file_offer(struct peer *, struct peer_request *);
void peer_file_chunk(struct peer *, const struct peer_request *);
/* There is none coming any more; what has come of one stays for the next link. */
void peer_file_end(struct peer *);

#endif
