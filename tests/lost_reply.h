/*
 * lost_reply: for tests of the store's clients: connections over which a committer takes a request,
 * and no reply to it comes.
 */
#ifndef LOST_REPLY_H
#define LOST_REPLY_H

#include "store_fixture.h"

enum lost_reply {
	LOST_REPLY_SILENT, /* nothing is said, and nothing done */
	LOST_REPLY_DIES,   /* the committer dies before it does anything */
	LOST_REPLY_DONE,   /* a real one does it, and dies before it replies; its socket is gone */
	LOST_REPLY_GONE    /* there is not even a connection */
};

/*
 * From here on the store's connections are these, in their order; those after the last one are to
 * the real committer. The array and the store must last until lost_reply_end(). One answer is
 * waited for so long.
 */
void lost_reply_begin(struct store *, const enum lost_reply *, size_t n, int64_t answer_ms);
/* The first of them serves so many requests as a real committer does, before its reply is lost. */
void lost_reply_later(unsigned int requests);
/* How many of them were made; from here on, all are real ones. */
size_t lost_reply_end(void);

#endif
