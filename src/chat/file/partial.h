/*
 * chat_partial: the content of a file from another realm, which comes in pieces. What came before a
 * link was cut stays for a while, and the next one goes on from there.
 */
#ifndef KABAR_CHAT_PART_H
#define KABAR_CHAT_PART_H

#include "chat/file/blob.h"

#define CHAT_PARTIAL_FILES 16 /* of one peer that are kept, besides the one that is coming */

/* The fields are chat_partial.c's own. */
struct chat_partial {
	uint64_t size; /* that it is to have */
	unsigned char hash[CHAT_BLOB_HASH];
	bool whole;   /* it is here, in its place */
	bool resumed; /* some of it came over an earlier link */
	struct chat_blob body;
};

/*
 * Begins with a content of this hash and size; chat_partial_have() says how much of it is here.
 * busy is called now and then while what came before is read again. CHAT_OK, CHAT_NO_SPACE or
 * CHAT_FAILED; only after CHAT_OK there is something to end.
 */
enum chat_result chat_partial_begin(const struct config *, struct chat_partial *, uint64_t peer,
    const unsigned char hash[CHAT_BLOB_HASH], uint64_t size, void (*busy)(void *arg), void *arg);
uint64_t chat_partial_have(const struct chat_partial *);
/* The next bytes. CHAT_BAD_ARGUMENT: more than it is to have. */
enum chat_result chat_partial_write(struct chat_partial *, const void *data, size_t len);
/*
 * All is here: gives it its place, where it is safe from the janitor until the end, so that a
 * reference to it can be stored. CHAT_BAD_ARGUMENT: it is not the content of this hash, and none of
 * it is kept; if it was resumed, it may be the next time, when it comes from its beginning.
 */
enum chat_result chat_partial_finish(const struct config *, struct chat_partial *);
/* To be called whatever happened since chat_partial_begin. What has come of it stays. */
void chat_partial_end(struct chat_partial *);

/* Removes what nobody has gone on with for some days. Returns how many, or -1 with errno. */
int chat_partial_sweep(const struct config *);

#endif
