/*
 * relay: for tests and benchmarks: a process between those who connect and a server on the
 * loopback, which hands on bytes as a network would: later, slowly, not at all, or up to a point.
 * A change takes effect at once, also for connections that are open.
 */
#ifndef RELAY_H
#define RELAY_H

#include <stdint.h>
#include <sys/types.h>

struct relay {
	pid_t pid;
	uint16_t port; /* of 127.0.0.1, where it listens */
	int wake_fd;
	struct relay_control *control;
};

/* Begins, for the server on this port of 127.0.0.1. 0, or -1 with errno. */
int relay_begin(struct relay *, uint16_t server_port);
void relay_end(struct relay *);

/* Everything takes so long each way; how much is under way does not matter. */
void relay_delay(struct relay *, unsigned int ms);
/* One byte each way in so many milliseconds; 0: as they come. */
void relay_trickle(struct relay *, unsigned int ms);
/* Passes no byte on any more and closes nothing; new connections are accepted. */
void relay_freeze(struct relay *);
/* Every connection is reset, and so is whoever connects. */
void relay_cut(struct relay *);
/* Back to handing on. */
void relay_mend(struct relay *);
/* Open connections stay open, but nothing comes over them any more, not even their end. */
void relay_strand(struct relay *);
/* Open connections are reset; later ones are handed on. */
void relay_break(struct relay *);
/*
 * Each connection from here on breaks when so many bytes of the server's have come, drawn anew
 * each time between least and most; what was said to the server arrives there, all or, every
 * second time, as far as it did. 0 and 0: none does.
 */
void relay_break_answers(struct relay *, uint64_t least, uint64_t most, uint64_t seed);
/* Each breaks when so many bytes were said to the server; 0: none does. */
void relay_break_requests(struct relay *, uint64_t bytes);

/* How many connections there have been, and how many of them the relay has broken. */
unsigned int relay_connections(const struct relay *);
unsigned int relay_breaks(const struct relay *);
/* Bytes to the server, and from it, that were handed on. */
uint64_t relay_said(const struct relay *);
uint64_t relay_answered(const struct relay *);

#endif
