/*
 * bench_load: clients of a line dialect, or of the same in messages of a WebSocket, all of them in
 * this one process, so that making the load costs little of the machine that serves it. Each
 * sends, waits for the reply, and sends again (a closed loop).
 */
#ifndef BENCH_LOAD_H
#define BENCH_LOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bench_stat.h"

#define LOAD_WINDOW  16  /* requests in flight per client, at most */
#define LOAD_REQUEST 512 /* bytes of a request, at most */
#define LOAD_HEAD    96  /* bytes of a reply that are kept for an error message */

struct load_client;

struct load {
	struct load_client *clients;
	size_t n_clients;
	size_t size;
	uint32_t from; /* client i comes from this IPv4 address plus i; 0: from any */
	bool web;      /* those that connect from now on speak WebSocket, as an open page does */
};

/* Connects n clients to a port of 127.0.0.1, in addition to those there are. 0 or -1. */
int load_open(struct load *, int port, size_t n);
void load_close(struct load *);
/* A client's socket, for those who do more with it than load_run() can. */
int load_fd(const struct load *, size_t client);

/* Writes the request that is the client's turn'th, its CRLF included; its length. */
typedef size_t load_request(void *arg, size_t client, uint64_t turn, char *out);

struct load_plan {
	load_request *request;
	void *arg;
	size_t first; /* the clients first ... first + count - 1 take part */
	size_t count;
	unsigned int window;    /* requests in flight per client; 0 is taken as 1 */
	uint64_t requests_each; /* 0: until the time is over */
	double warm_s;          /* not counted */
	double run_s;
	const char *ok_head;   /* what a good reply begins with; NULL: {"status":"OK" */
	const char *reply_end; /* what no reply has but at its end; NULL: CR LF CR LF */
	bool lossy;            /* lost connections and replies are counted and end nothing */
};

struct load_result {
	uint64_t done;    /* replies within the time that counts */
	uint64_t replies; /* all */
	uint64_t failed;  /* of all replies, those that do not begin as good ones do */
	uint64_t lost;    /* of a lossy plan: requests without a reply; their time so far counts */
	double seconds;
	char failure[LOAD_HEAD + 1]; /* the first of the failed */
	struct stat_hist hist;
};

/* 0, or -1 with a sentence on standard error: a connection was lost or replies stay out. */
int load_run(struct load *, const struct load_plan *, struct load_result *);

/*
 * Connects n clients and logs them in with `auth`: client i as account
 * first_user + i % users (see bench_fill). A few at a time. 0 or -1.
 */
int load_login(struct load *, int port, size_t n, unsigned int first_user, unsigned int users);

/*
 * Connects, sends the request, reads a reply that ends in CRLF CRLF, closes, and again, with so
 * many at once. 0 or -1.
 */
int load_churn(int port, const char *request, unsigned int at_once, double warm_s, double run_s,
    struct load_result *);

/* A blocking connection to 127.0.0.1, or -1 with errno set. */
int load_connect(int port);
/* The same from this IPv4 address, in the host's byte order; 0: from any. */
int load_connect_from(uint32_t from, int port);
/* Set by SIGINT and SIGTERM: everything ends early. */
bool load_stopped(void);
void load_stop_on_signals(void);

#endif
