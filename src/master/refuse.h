/* master_refuse: tells clients that there is no room, and lets them read it. */
#ifndef KABAR_MASTER_REFUSE_H
#define KABAR_MASTER_REFUSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MASTER_REFUSED 64 /* clients who are given time at the same time */

struct master_refused {
	int fd;
	bool reset;       /* how it is to end */
	int64_t until_ms; /* ticks; when it is looked at next */
	int64_t last_ms;  /* and when it ends in any case */
};

/* In the order of their turns; all zero: none. */
struct master_refuse {
	struct master_refused clients[MASTER_REFUSED];
	size_t first;
	size_t n;
};

/*
 * Says a text (NULL: nothing) without waiting for the client to listen. The descriptor becomes
 * ours: it is closed when there was time to read. With `reset` that is done by a reset as soon as
 * the client's kernel has the text, unless the client has ended the connection; else the client is
 * told at once that nothing more will come.
 */
void master_refuse(struct master_refuse *, int fd, const char *text, bool reset);
/* Milliseconds until there is something to close; the same as `most` if it would be later. */
int64_t master_refuse_wait_ms(const struct master_refuse *, int64_t most);
/* Closes those that have had their time. */
void master_refuse_run(struct master_refuse *);
/* Ends all, now. */
void master_refuse_end(struct master_refuse *);
/* Closes all as a child does: only its copies. */
void master_refuse_close(const struct master_refuse *);

#endif
