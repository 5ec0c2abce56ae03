/* What the files of the master share among themselves. */
#ifndef KABAR_MASTER_INT_H
#define KABAR_MASTER_INT_H

#include <stdbool.h>
#include <stdint.h>

#include "board.h"
#include "config.h"
#include "master.h"
#include "master_children.h"
#include "master_chores.h"
#include "master_listen.h"

/* What is said at most once in a while, however often it happens. */
enum master_complaint {
	MASTER_CANNOT_ACCEPT,
	MASTER_CANNOT_FORK,
	MASTER_TOO_MANY,
	MASTER_TOO_MANY_OF_ONE,
	MASTER_COMPLAINTS
};

struct master {
	struct config *config;
	const struct master_options *opt;
	struct master_listen listen;
	struct master_children *children;
	struct master_chores chores;
	struct board *board; /* for burying only; workers open it themselves */
	int pidfile;
	int alive[2];         /* a pipe that nobody writes to: its end tells workers of ours */
	uint64_t connections; /* how many there ever were: the last one's number */
	int64_t paused_until_ms;
	int64_t complained_ms[MASTER_COMPLAINTS];
};

int64_t master_tick_ms(void);

/* In a child: starts with nothing of the master's but its memory. */
void master_leave(struct master *);

/* Takes the clients that wait at a listening socket, but only so many in one turn. */
void master_accept(struct master *, size_t listener);

#endif
