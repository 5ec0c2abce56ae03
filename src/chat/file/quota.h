/*
 * chat_quota: what files take: of the space that their owners may fill, and of the contents that
 * must be kept for them.
 */
#ifndef KABAR_CHAT_QUOTA_H
#define KABAR_CHAT_QUOTA_H

#include "chat/file/file.h"
#include "chat/user.h"

#define CHAT_QUOTA_FILES      16384 /* of one user, however small */
#define CHAT_QUOTA_PEER_FILES 65536 /* of all users of another realm */

/* The files that a user has sent and that are kept; or all users of another realm, by its id. */
struct chat_quota {
	uint64_t bytes;
	uint32_t files;
};

/* How many bytes a user may have. */
uint64_t chat_quota_limit(const struct chat *, const struct chat_user *);
enum chat_result chat_quota_get(struct chat *, uint64_t user, struct chat_quota *);
/* How many files have this content. */
enum chat_result chat_quota_references(struct chat *, const unsigned char hash[CHAT_BLOB_HASH],
    uint64_t *references);

/*
 * The steps for a file that takes the place of another, with expectations that fail where another
 * is faster; NULL: there was, or will be, none. CHAT_QUOTA: its owner may not have it.
 */
enum chat_result chat_quota_tx(struct chat *, struct store_tx *, const struct chat_file *before,
    const struct chat_file *after);

/* Takes a record apart. False: damaged. */
bool chat_quota_parse(const void *value, size_t len, struct chat_quota *);
/* And makes one, empty where there are no files. */
#define CHAT_QUOTA_RECORD 16
size_t chat_quota_pack(unsigned char data[CHAT_QUOTA_RECORD], const struct chat_quota *);

#endif
