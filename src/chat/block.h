/*
 * chat_block: whose messages a user does not take: users of this realm, users of other realms, and
 * whole realms. A block has a record of its own, which is looked up before anything is stored for
 * the user. It stands in the user's set, by which the list is shown, and the blocked user's set has
 * the user, so that both lists are found when either of them is removed.
 */
#ifndef KABAR_CHAT_BLOCK_H
#define KABAR_CHAT_BLOCK_H

#include "chat/chat.h"
#include "chat/key.h"
#include "chat/set.h"

#define CHAT_BLOCK_TEXT   (2 * NAME_MAX_BYTES + 2)          /* user@realm and NUL */
#define CHAT_BLOCK_MEMBER (1 + CHAT_BLOCK_TEXT)             /* bytes of a member of the set */
#define CHAT_BLOCK_KEY    (CHAT_KEY_ID + CHAT_BLOCK_MEMBER) /* bytes of the record's key */
#define CHAT_BLOCK_RECORD 16
#define CHAT_BLOCKS_MOST  100000 /* of a user, whatever blocks_max says */

/* Who sends something: a user of this realm, or one of another realm. */
struct chat_block_sender {
	uint64_t id;            /* of this realm; 0: of another */
	struct chat_text name;  /* with id 0: of the user there */
	struct chat_text realm; /* with id 0 */
};

/*
 * Whether the user takes messages from a sender: CHAT_OK, CHAT_BLOCKED or CHAT_FAILED. One look-up,
 * three for a sender of another realm if the user blocks anybody.
 */
enum chat_result chat_block_judge(struct chat *, uint64_t user, const struct chat_block_sender *);
/* How many blocks a user has. CHAT_OK or CHAT_FAILED. */
enum chat_result chat_block_count(struct chat *, uint64_t user, uint32_t *count);

/*
 * Adds one to a user's list: user, user@realm or @realm. Who stands there already stays.
 * CHAT_NO_USER, CHAT_NO_REALM, CHAT_BAD_ARGUMENT; CHAT_FORBIDDEN: the user itself, the server, or
 * all of this realm; CHAT_TOO_MANY: the list has blocks_max.
 */
enum chat_result chat_block_add(struct chat *, uint64_t user, struct chat_text who);
/* Takes one from the list. CHAT_NOT_MEMBER: not in the list; others as above. */
enum chat_result chat_block_remove(struct chat *, uint64_t user, struct chat_text who);
/*
 * The list by index from 0: CHAT_OK until there are no more, then CHAT_NOT_MEMBER. CHAT_NO_USER:
 * the one at this index has been removed. CHAT_FAILED.
 */
enum chat_result chat_block_at(struct chat *, uint64_t user, uint32_t index,
    char who[CHAT_BLOCK_TEXT]);

/* Ends all blocks by a user and of that user. CHAT_OK, CHAT_CONFLICT or a failure. */
enum chat_result chat_block_clear(struct chat *, uint64_t user);
/* The transaction conflicts if the user blocks anybody then, or is blocked by a user. */
void chat_block_tx_expect_none(struct store_tx *, uint64_t user);

/* A record, for the committer, check and repair. */
struct chat_block {
	uint64_t user;               /* whose list it is */
	uint64_t blocked;            /* a user of this realm; 0: text has it */
	struct chat_text text;       /* user@realm or @realm, folded; in the key */
	const unsigned char *member; /* of the set; in the key */
	size_t member_len;
};

/* False: it is no such key. */
bool chat_block_parse_key(struct chat_block *, const void *key, size_t len);
/* False: damaged. */
bool chat_block_parse(int64_t *since_ms, const void *value, size_t len);
size_t chat_block_pack(unsigned char data[CHAT_BLOCK_RECORD], int64_t since_ms);

#endif
