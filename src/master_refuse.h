/* master_refuse: clients for whom there is no room: telling them, and letting them read it. */
#ifndef KABAR_MASTER_REFUSE_H
#define KABAR_MASTER_REFUSE_H

#include <stddef.h>
#include <stdint.h>

#define MASTER_REFUSED 64 /* clients who are given time at the same time */

/* In the order of their coming; all zero: none. */
struct master_refuse {
	struct {
		int fd;
		int64_t until_ms; /* ticks */
	} clients[MASTER_REFUSED];
	size_t first;
	size_t n;
};

/*
 * Says a text (NULL: nothing) and that nothing more will come, without waiting for the client to
 * listen. The descriptor becomes ours: it is closed when there was time to read.
 */
void master_refuse(struct master_refuse *, int fd, const char *text);
/* Milliseconds until there is something to close; the same as `most` if it would be later. */
int64_t master_refuse_wait_ms(const struct master_refuse *, int64_t most);
/* Closes those that have had their time. */
void master_refuse_run(struct master_refuse *);
/* Closes all, as in a child. */
void master_refuse_close(struct master_refuse *);

#endif
