/*
 * bench_irc: clients of IRC, of kabard and of others. Most of these store nothing, and none
 * acknowledges a message without being asked: it counts when it has reached its receivers.
 */
#ifndef BENCH_IRC_H
#define BENCH_IRC_H

#include "bench_run.h"

/* The accounts of FIXTURE_IRC and FIXTURE_IRC_NOSYNC: from each of these indices on. */
#define IRC_SENDERS 0    /* who send to each other */
#define IRC_MEMORY  1000 /* who are there, and to whom nobody writes */
#define IRC_MEMBERS 2000 /* of the channels */

struct irc_client;

/* Clients of an IRC server. */
struct irc {
	struct irc_client *clients;
	size_t n_clients;
	unsigned int first;    /* the nick of the first has this number: see bench_fill.h */
	unsigned int channels; /* in which they are in turn; 0: in none */
};

/*
 * Connects n clients, logs them in, with FILL_PASSWORD, and waits until all have had what was left
 * for them. 0, or -1 with a sentence printed; irc_close() in either case.
 */
int irc_open(struct irc *, int port, unsigned int first, size_t n);
/* Each joins one of so many channels; waits until all have. 0 or -1. */
int irc_join(struct irc *, unsigned int channels);
void irc_close(struct irc *);
/*
 * The first `senders` clients send private messages to each other, or to the second if there is
 * one alone; or, where they are in channels, each to its own. Each sends the next when the last has
 * arrived, at all receivers. The result's `replies` are all arrivals, whenever. 0 or -1.
 */
int irc_run(struct irc *, size_t senders, double warm_s, double run_s, struct load_result *);

/* bench_irc_rows.c: messages each second, CPU time and memory, of kabard's IRC or of row->other. */
bench_measure irc_send, irc_cpu, irc_memory;

#endif
