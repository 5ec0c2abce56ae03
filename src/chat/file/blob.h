/*
 * chat_blob: the contents of files on the disk. Each content is stored once, under its SHA-256. The
 * names of files, and who may read them, are left to chat_file.
 */
#ifndef KABAR_CHAT_BLOB_H
#define KABAR_CHAT_BLOB_H

#include <sha2.h>

#include "chat/chat.h"

#define CHAT_BLOB_HASH SHA256_DIGEST_LENGTH
#define CHAT_BLOB_PATH 1152 /* a path below the state directory */

/* A blob that is being written. */
struct chat_blob {
	int fd;     /* of the temporary file, which is locked as long as its writer lives */
	int pin_fd; /* holds the lock that keeps the janitor from removing it; -1: none */
	bool sync;
	uint64_t size;
	SHA2_CTX sha;
	unsigned char hash[CHAT_BLOB_HASH]; /* valid from chat_blob_keep on */
	char path[CHAT_BLOB_PATH];
};

/* Makes the directory file/NAME if it is missing. CHAT_OK, CHAT_NO_SPACE or CHAT_FAILED. */
enum chat_result chat_blob_directory(const struct config *, const char *name,
    char path[CHAT_BLOB_PATH]);

/* Begins a blob, whatever min_free says. CHAT_OK; CHAT_NO_SPACE or CHAT_FAILED: there is nothing to
 * end. */
enum chat_result chat_blob_begin(const struct config *, struct chat_blob *);
/*
 * The same for a user, who begins none below min_free, CHAT_NO_SPACE, and has at most uploads_max
 * of them at a time: CHAT_TOO_MANY. The place of one whose writer was killed is free a minute
 * later.
 */
enum chat_result chat_blob_begin_owned(const struct config *, struct chat_blob *, uint64_t owner);
/* The bytes of all those that are not kept yet. */
uint64_t chat_blob_unfinished(const struct config *, uint64_t owner);
/*
 * False when the file system would have less than min_free bytes left after so many more. Nothing
 * is begun then.
 */
bool chat_blob_space(const struct config *, uint64_t more);
/*
 * The same in a file of the caller's, whose path must be free and in the file system of the state
 * directory. After chat_blob_leave another process can go on with that file.
 */
enum chat_result chat_blob_begin_at(const struct config *, struct chat_blob *, const char *path);
enum chat_result chat_blob_write(struct chat_blob *, const void *data, size_t len);
/*
 * Gives the blob its final name, durably if the configuration says so. Until chat_blob_end the
 * janitor does not remove it, so that a reference to it can be stored.
 */
enum chat_result chat_blob_keep(const struct config *, struct chat_blob *);
/* Ends a blob that was begun; removes it if it was not kept. */
void chat_blob_end(struct chat_blob *);
/* The same, but what was written stays in its file. */
void chat_blob_leave(struct chat_blob *);
/*
 * Finds a blob that is kept already; then it is as after chat_blob_keep. CHAT_OK; CHAT_NO_FILE:
 * none of this size, or CHAT_FAILED: there is nothing to end.
 */
enum chat_result chat_blob_find(const struct config *, struct chat_blob *,
    const unsigned char hash[CHAT_BLOB_HASH], uint64_t size);

/*
 * Keeps the janitor from removing any blob until the descriptor is closed, so that all blobs with
 * references can be read until then. -1 with errno.
 */
int chat_blob_hold(const struct config *);

/* Opens a blob for reading: a descriptor, or -1 with errno. */
int chat_blob_open(const struct config *, const unsigned char hash[CHAT_BLOB_HASH]);
/* The size of a blob in bytes, or -1 with errno. */
int64_t chat_blob_size(const struct config *, const unsigned char hash[CHAT_BLOB_HASH]);

/* Calls visit for each blob, in no order, until it returns non-zero. 0 or -1. */
typedef int chat_blob_visit(void *arg, const unsigned char hash[CHAT_BLOB_HASH]);
int chat_blob_each(const struct config *, chat_blob_visit *, void *arg);

/*
 * Removes a blob if it is older than this and `referred` returns 0, which is called while nobody
 * can store a new reference. 1 removed, 0 not, -1 with errno.
 */
int chat_blob_remove(const struct config *, const unsigned char hash[CHAT_BLOB_HASH],
    int64_t older_than_s, chat_blob_visit *referred, void *arg);
/* Removes temporary files whose writers were killed. Returns how many, or -1 with errno. */
int chat_blob_sweep(const struct config *);

#endif
