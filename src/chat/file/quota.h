/*
 * chat_quota: how many files an owner has and how many bytes they take, and how many files refer to
 * a content.
 */
#ifndef KABAR_CHAT_QUOTA_H
#define KABAR_CHAT_QUOTA_H

#include "chat/file/file.h"
#include "chat/user.h"

#define CHAT_QUOTA_FILES      16384 /* of one user, of any size */
#define CHAT_QUOTA_PEER_FILES 65536 /* of all users of another realm */

/* The kept files of one owner: a user, or another realm with all its users. */
struct chat_quota {
	uint64_t bytes;
	uint32_t files;
};

/* How many bytes the files of a user may take. */
uint64_t chat_quota_limit(const struct chat *, const struct chat_user *);
/* By the owner's id. CHAT_OK or CHAT_FAILED. */
enum chat_result chat_quota_get(struct chat *, uint64_t user, struct chat_quota *);
/* How many files have this content. CHAT_OK or CHAT_FAILED. */
enum chat_result chat_quota_references(struct chat *, const unsigned char hash[CHAT_BLOB_HASH],
    uint64_t *references);

/*
 * Adds to a transaction that one file takes the place of another (NULL: none): it conflicts if a
 * count has changed before. CHAT_OK, CHAT_QUOTA: too much for the owner of `after`; CHAT_FAILED.
 */
enum chat_result chat_quota_tx(struct chat *, struct store_tx *, const struct chat_file *before,
    const struct chat_file *after);

/* A record of CHAT_TABLE_QUOTAS, empty where there are no files; and taken apart, false: damaged.
 */
#define CHAT_QUOTA_RECORD 16
bool chat_quota_parse(const void *value, size_t len, struct chat_quota *);
size_t chat_quota_pack(unsigned char data[CHAT_QUOTA_RECORD], const struct chat_quota *);

#endif
