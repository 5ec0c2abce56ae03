/*
 * chat_partial: the content of a file that another realm sends in pieces. When the link is cut the
 * partial file stays for some days, and the next link goes on from there.
 */
#ifndef KABAR_CHAT_PARTIAL_H
#define KABAR_CHAT_PARTIAL_H

#include "chat/file/blob.h"

#define CHAT_PARTIAL_FILES 16 /* of one peer that are kept, besides the current one */

/* The fields are partial.c's own. */
struct chat_partial {
	uint64_t size; /* of the whole content */
	unsigned char hash[CHAT_BLOB_HASH];
	bool whole;   /* the content is kept as a blob */
	bool resumed; /* a beginning came over an earlier link */
	struct chat_blob blob;
};

/*
 * Begins to receive a content of this hash and size; chat_partial_have() says how much of it is
 * here already. busy() is called now and then while an earlier partial file is copied. CHAT_OK;
 * CHAT_NO_SPACE or CHAT_FAILED: there is nothing to end.
 */
enum chat_result chat_partial_begin(const struct config *, struct chat_partial *, uint64_t peer,
    const unsigned char hash[CHAT_BLOB_HASH], uint64_t size, void (*busy)(void *arg), void *arg);
uint64_t chat_partial_have(const struct chat_partial *);
/* Adds the next bytes. CHAT_BAD_ARGUMENT: more than the size; CHAT_NO_SPACE, CHAT_FAILED. */
enum chat_result chat_partial_write(struct chat_partial *, const void *data, size_t len);
/*
 * Keeps the whole content as a blob, which the janitor does not remove until chat_partial_end, so
 * that a reference to it can be stored. CHAT_BAD_ARGUMENT: it does not have this hash, and the
 * partial file is removed; a resumed content may have it when it is sent from its beginning again.
 */
enum chat_result chat_partial_finish(const struct config *, struct chat_partial *);
/* Ends what was begun. A partial file stays for the next link. */
void chat_partial_end(struct chat_partial *);

/* Removes partial files that are some days old. Returns how many, or -1 with errno. */
int chat_partial_sweep(const struct config *);

#endif
