/*
 * chat_blob: the contents of files on the disk, each stored once under the SHA-256 of what it
 * holds. What they are called and who may have them is left to chat_file.
 */
#ifndef KABAR_CHAT_BODY_H
#define KABAR_CHAT_BODY_H

#include <sha2.h>

#include "chat/chat.h"

#define CHAT_BLOB_HASH SHA256_DIGEST_LENGTH
#define CHAT_BLOB_PATH 1152 /* a path below the state directory */

/* One that is being written. */
struct chat_blob {
	int fd;     /* of the temporary file, which is locked as long as its writer lives */
	int pin_fd; /* -1, or the lock that keeps the janitor from a body without references */
	bool sync;
	uint64_t size;
	SHA2_CTX sha;
	unsigned char hash[CHAT_BLOB_HASH]; /* valid from chat_blob_keep on */
	char path[CHAT_BLOB_PATH];
};

/* CHAT_OK, CHAT_NO_SPACE or CHAT_FAILED; then there is nothing to end. */
enum chat_result chat_blob_begin(const struct config *, struct chat_blob *);
/*
 * The same under a path of the caller's, which nothing has yet, in a directory of the state
 * directory's file system. What chat_blob_leave leaves there can be taken up by another.
 */
enum chat_result chat_blob_begin_at(const struct config *, struct chat_blob *, const char *path);
enum chat_result chat_blob_write(struct chat_blob *, const void *data, size_t len);
/*
 * Gives it its place, durably if the configuration says so. Until chat_blob_end it is safe there
 * from the janitor, so that a reference to it can be stored.
 */
enum chat_result chat_blob_keep(const struct config *, struct chat_blob *);
/* To be called whatever happened since chat_blob_begin: what was not kept leaves no trace. */
void chat_blob_end(struct chat_blob *);
/* The same, but what was written stays where it is. */
void chat_blob_leave(struct chat_blob *);
/*
 * Finds one that is there already, as after chat_blob_keep. CHAT_OK, CHAT_NO_FILE (none of this
 * size) or CHAT_FAILED; only after CHAT_OK there is something to end.
 */
enum chat_result chat_blob_find(const struct config *, struct chat_blob *,
    const unsigned char hash[CHAT_BLOB_HASH], uint64_t size);

/*
 * Keeps all of them from the janitor until the descriptor is closed: what is referred to now can be
 * read until then. -1 with errno.
 */
int chat_blob_hold(const struct config *);

/* Opens one for reading: a descriptor, or -1 with errno. */
int chat_blob_open(const struct config *, const unsigned char hash[CHAT_BLOB_HASH]);
/* The size of one, or -1 with errno. */
int64_t chat_blob_size(const struct config *, const unsigned char hash[CHAT_BLOB_HASH]);

/* Calls visit for each body, in no order, until it returns non-zero. 0 or -1. */
typedef int chat_blob_visit(void *arg, const unsigned char hash[CHAT_BLOB_HASH]);
int chat_blob_each(const struct config *, chat_blob_visit *, void *arg);

/*
 * Removes a body if it is older than this and if `referred`, asked while nobody can store a new
 * reference, says 0. 1 removed, 0 not, -1 with errno.
 */
int chat_blob_remove(const struct config *, const unsigned char hash[CHAT_BLOB_HASH],
    int64_t older_than_s, chat_blob_visit *referred, void *arg);
/* Removes what uploads left whose writers were killed. Returns how many, or -1 with errno. */
int chat_blob_sweep(const struct config *);

#endif
