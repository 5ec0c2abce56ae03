/*
 * chat_set: sets in the store. A member is found by its index, from 0 without gaps, and by itself,
 * so adding, removing and asking cost the same however large the set is. Removing a member moves
 * the last one to its index.
 */
#ifndef KABAR_CHAT_SET_H
#define KABAR_CHAT_SET_H

#include "chat/chat.h"

#define CHAT_SET_NAME   17  /* bytes of a set's name */
#define CHAT_SET_MEMBER 255 /* bytes of a member */

struct chat_set {
	unsigned char name[CHAT_SET_NAME];
	size_t len;
};

/* The first byte of a set's name. What follows it tells the sets of a kind apart. */
enum chat_set_kind {
	CHAT_SET_BLOCKERS = 'B',      /* of a user: ids of those who block it */
	CHAT_SET_BLOCKS = 'b',        /* of a user: whom it blocks (chat_block) */
	CHAT_SET_CONVERSATIONS = 'c', /* of a user: ids of those with whom it has conversations */
	CHAT_SET_FILES = 'f',         /* names of the files in a conversation */
	CHAT_SET_GROUPS = 'g',        /* names of all groups */
	CHAT_SET_MEMBERS = 'm',       /* of a group: ids of its users */
	CHAT_SET_REMOTE_LOGS = 'o',   /* of a user or group */
	CHAT_SET_PEERS = 'r',         /* folded names of all peers */
	CHAT_SET_PARTNERS = 'p',      /* of a user: ids of those with whom it has files */
	CHAT_SET_PASSING = 'a',       /* ids of all accounts of guests (chat_user_guest) */
	CHAT_SET_USER_GROUPS = 'u',   /* of a user: ids of its groups */
	CHAT_SET_INVITEES = 'v',      /* of a group: ids of users who are invited */
	CHAT_SET_USER_INVITED = 'w'   /* of a user: ids of groups that invite */
};

/* The set of this kind that belongs to a user, a group or a log; or one of several, parts of what
 * would be one if it did not change so often. */
struct chat_set chat_set_of(enum chat_set_kind, uint64_t id);
struct chat_set chat_set_part(enum chat_set_kind, uint64_t id, unsigned char part);
/* The id of a set, or of a part of one, that is of this kind; else false. */
bool chat_set_owner(const struct chat_set *, enum chat_set_kind, uint64_t *id);

/* How many members there are. */
enum store_status chat_set_count(struct chat *, const struct chat_set *, uint32_t *count);
/* The member at an index; STORE_ABSENT behind the last. */
enum store_status chat_set_item(struct chat *, const struct chat_set *, uint32_t index,
    unsigned char member[CHAT_SET_MEMBER], size_t *len);
/* The same for a set of ids. */
enum store_status chat_set_item_id(struct chat *, const struct chat_set *, uint32_t index,
    uint64_t *id);

/*
 * Adds the steps that add or remove a member to a transaction, with expectations that fail where
 * another process is faster; at most once for each set. *others is the number of other members.
 * STORE_OK; STORE_CONFLICT: another process was faster, the set is damaged, or the member to be
 * added is there already; STORE_FAILED. Removing a missing member expects that it stays missing.
 */
typedef enum store_status chat_set_change(struct chat *, struct store_tx *, const struct chat_set *,
    const void *member, size_t len, uint32_t *others);

chat_set_change chat_set_add;
chat_set_change chat_set_remove;
/* The transaction conflicts if the set has members then. */
void chat_set_expect_empty(struct store_tx *, const struct chat_set *);

/* A record of CHAT_TABLE_SETS, taken apart; for check and repair. */
enum chat_set_record { CHAT_SET_COUNT, CHAT_SET_ITEM, CHAT_SET_INDEX, CHAT_SET_BAD };

struct chat_set_row {
	enum chat_set_record record;
	struct chat_set set;
	uint32_t number; /* the count, or the index of the item or member */
	const unsigned char *member;
	size_t member_len;
};

void chat_set_row(struct chat_set_row *, const void *key, size_t key_len, const void *value,
    size_t len);
/* And the key and value of such a record; their lengths. */
#define CHAT_SET_KEY (1 + CHAT_SET_NAME + 1 + CHAT_SET_MEMBER)
size_t chat_set_key(unsigned char key[CHAT_SET_KEY], const struct chat_set_row *);
size_t chat_set_value(unsigned char value[CHAT_SET_MEMBER], const struct chat_set_row *);
/* The index of a member. STORE_OK, STORE_ABSENT or STORE_FAILED. */
enum store_status chat_set_index(struct chat *, const struct chat_set *, const void *member,
    size_t len, uint32_t *index);

#endif
