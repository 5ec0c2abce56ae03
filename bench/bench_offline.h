/*
 * bench_offline: messages to users who are offline, to any server that stores them: sent, waited
 * for, and counted afterwards.
 */
#ifndef BENCH_OFFLINE_H
#define BENCH_OFFLINE_H

#include "bench_run.h"

/* The accounts that are offline, of any server: none of them sends. */
#define OFFLINE_FIRST 1000
#define OFFLINE_COUNT 100

/* One kind of server for these rows, and its clients. */
struct offline {
	const struct bench_row *row;
	const struct server *server; /* kabar's; or NULL, and */
	pid_t pid;                   /* that of the other one */
	int port;
	struct load load;
	struct load_plan plan; /* request, ok_head, reply_end */
	/* Connects row->n clients as accounts 0, 1, ..., and logs them in. 0 or -1. */
	int (*open)(struct offline *);
	/*
	 * Lets the accounts from OFFLINE_FIRST on come, counts their messages, which are read
	 * then, and logs them out; `expected` tells when no more need be waited for. 0 or -1.
	 */
	int (*count)(struct offline *, uint64_t expected, uint64_t *stored);
};

/* What is looked for in a stream of bytes: no part of the text may begin as the text does. */
struct needle {
	const char *text;
	size_t matched;
	uint64_t found;
};
void offline_look(struct needle *, const char *data, size_t len);

/*
 * Sends the request and reads until `end` was found once, and looks for the other needle (may be
 * NULL) meanwhile. 0, or -1 with a sentence when the connection ends or is silent for 20 s.
 */
int offline_ask(int fd, const char *request, const char *end, struct needle *other);

/* Prepares kabar's part; bench_xmpp.c prepares that of row->other. 0, -1 or BENCH_SKIPPED. */
int offline_kabar(struct bench *, const struct bench_row *, struct offline *);
int offline_xmpp(struct bench *, const struct bench_row *, struct offline *);

/* Closes the clients and fails unless as many messages are stored as were acknowledged. */
int offline_verify(struct offline *, uint64_t acknowledged);

/* The rows: messages each second, */
bench_measure offline_send_kabar, offline_send_xmpp;
/* and, in bench_syncs.c, how often the server syncs for a thousand of them. */
bench_measure syncs_kabar, syncs_xmpp;

#endif
