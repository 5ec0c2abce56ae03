/*
 * chat_pair: what joins a user to a group, as a membership or an invitation does: a record under
 * the ids of both, and two sets, a group's users and a user's groups. All three change in one
 * transaction.
 */
#ifndef KABAR_CHAT_PAIR_H
#define KABAR_CHAT_PAIR_H

#include "chat/chat.h"
#include "chat/set.h"

#define CHAT_PAIR_RECORD 16 /* bytes of a record */

struct chat_pair {
	int table;                 /* of the records */
	enum chat_set_kind users;  /* of a group */
	enum chat_set_kind groups; /* of a user */
	enum chat_result absent;   /* the result where there is none */
};

/* The record as it is stored. CHAT_OK, pair->absent or CHAT_FAILED. */
enum chat_result chat_pair_get(struct chat *, const struct chat_pair *, uint64_t group,
    uint64_t user, unsigned char data[CHAT_PAIR_RECORD], size_t *len);
/*
 * A group's users, or a user's groups, by index from 0: CHAT_OK until there are no more, then
 * pair->absent. CHAT_FAILED.
 */
enum chat_result chat_pair_user(struct chat *, const struct chat_pair *, uint64_t group,
    uint32_t index, uint64_t *user);
enum chat_result chat_pair_group(struct chat *, const struct chat_pair *, uint64_t user,
    uint32_t index, uint64_t *group);

/* How many others a set has, besides the one that comes or goes. */
struct chat_pair_others {
	uint32_t users;
	uint32_t groups;
};

/*
 * The steps that add a record where there is none, and list it. CHAT_OK; CHAT_CONFLICT: another was
 * faster, or the lists are damaged; CHAT_FAILED.
 */
enum chat_result chat_pair_tx_add(struct chat *, struct store_tx *, const struct chat_pair *,
    uint64_t group, uint64_t user, const unsigned char *data, size_t len,
    struct chat_pair_others *);
/*
 * The steps that remove it; of a damaged one, that a list has and no record, what is left. CHAT_OK,
 * pair->absent: nothing is left, and there are no steps; CHAT_CONFLICT and CHAT_FAILED as above.
 */
enum chat_result chat_pair_tx_remove(struct chat *, struct store_tx *, const struct chat_pair *,
    uint64_t group, uint64_t user);
/* The transaction conflicts if the group has a user then, or the user a group. */
void chat_pair_tx_expect_no_users(struct store_tx *, const struct chat_pair *, uint64_t group);
void chat_pair_tx_expect_no_groups(struct store_tx *, const struct chat_pair *, uint64_t user);

#endif
