/*
 * whisper: what one worker tells others at once and nobody stores, as the payload of a datagram
 * that otherwise only wakes (live/wakeup.h). Receives whispers, proves who has sent each, and keeps
 * them until they are asked for. To whom a whisper goes is wakeup's, what it says its caller's.
 */
#ifndef KABAR_WHISPER_H
#define KABAR_WHISPER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/log_pause.h"

#define WHISPER_MAX  8192        /* bytes of payload */
#define WHISPER_KEPT (64 * 1024) /* bytes of memory for what has come and nobody has asked for */
#define WHISPER_HEAD 8           /* bytes before the payload */

struct scoreboard;
struct whisper;

/* Who has sent a whisper, as the scoreboard showed it when the whisper was received. */
struct whisper_sender {
	unsigned int slot;
	uint64_t user; /* 0: nobody */
	uint64_t modes;
};

/* What has come, in order. Zeros at first. */
struct whisper_queue {
	struct whisper *first, *last; /* NULL: nothing */
	size_t bytes;
	bool missed; /* one was dropped for want of memory since the last look; the caller's */
	struct log_pause forged;
};

/* Has the kernel say with each datagram for this socket which process has sent it. 0, or -1. */
int whisper_listen(int fd);
/* What goes before the payload of a whisper from the worker in this slot of the scoreboard. */
void whisper_head(unsigned char head[WHISPER_HEAD], unsigned int slot);
/*
 * Receives one datagram of a socket that whisper_listen() has prepared; false: there is none. A
 * whisper is kept if the kernel says that the process has sent it which the scoreboard shows in the
 * slot of its head, or showed there last, and that process has a number in our process namespace;
 * else it is dropped, which is logged now and then. What is no whisper is dropped. No scoreboard,
 * NULL: all are dropped.
 */
bool whisper_receive(struct whisper_queue *, int fd, struct scoreboard *);
/* Takes the oldest that has come. False: there is none. */
bool whisper_next(struct whisper_queue *, char data[WHISPER_MAX], size_t *len,
    struct whisper_sender *);
/* Drops all that has come. */
void whisper_forget(struct whisper_queue *);

#endif
