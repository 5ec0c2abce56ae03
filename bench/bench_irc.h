/*
 * bench_irc: the same work with ngIRCd, to compare. It stores nothing and acknowledges nothing:
 * a message counts when it has reached its receiver.
 */
#ifndef BENCH_IRC_H
#define BENCH_IRC_H

#include "bench_run.h"

struct irc_client;

/* Clients of an IRC server. */
struct irc {
	struct irc_client *clients;
	size_t n_clients;
};

/* Connects n clients and logs them in. 0 or -1. */
int irc_open(struct irc *, int port, size_t n);
void irc_close(struct irc *);
/*
 * The first `senders` clients send private messages to each other, or to the second if there is
 * one alone; each sends the next when the last has arrived. 0 or -1.
 */
int irc_run(struct irc *, size_t senders, double warm_s, double run_s, struct load_result *);

#endif
