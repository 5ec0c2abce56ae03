/*
 * chat_permit_int: what the files of chat_permit share; only they include it. A rule judges one
 * step that changes something, with all others of its transaction at hand. Where a change goes with
 * an expectation, the rule takes what was there from the expectation: the transaction happens only
 * if it holds.
 */
#ifndef KABAR_CHAT_PERMIT_INT_H
#define KABAR_CHAT_PERMIT_INT_H

#include "chat/block.h"
#include "chat/chat.h"
#include "chat/file/file.h"
#include "chat/group.h"
#include "chat/message.h"
#include "chat/set.h"
#include "store/permit.h"

struct permit {
	struct chat chat; /* its store alone */
	struct store_principal who;
	const struct store_step *steps;
	unsigned int n;
};

typedef bool chat_permit_rule(struct permit *, const struct store_step *);

/* The rules of each kind of principal, for steps that change something. */
chat_permit_rule chat_permit_user_may;
chat_permit_rule chat_permit_peer_may; /* and those of an older server */

/* permit_step.c: a step's table, 0: it concerns a log; its key without the table. */
int chat_permit_step_table(const struct store_step *);
const unsigned char *chat_permit_step_key(const struct store_step *, size_t *len);
/* Whether it puts or deletes; what else there is differs from table to table. */
bool chat_permit_step_replaces(const struct store_step *);
/* The number in a key of 8 bytes, or the two of 16. False: the key is of another length. */
bool chat_permit_step_id(const struct store_step *, uint64_t *id);
bool chat_permit_step_pair(const struct store_step *, uint64_t *first, uint64_t *second);
/* The expectation of a step's own record, or NULL. */
const struct store_step *chat_permit_step_expected(const struct permit *,
    const struct store_step *);
/* Whether its record is expected to be missing. */
bool chat_permit_step_is_new(const struct permit *, const struct store_step *);
/* The change of a record, or NULL. */
const struct store_step *chat_permit_step_change(const struct permit *, int table, const void *key,
    size_t key_len);
/* The expectation that a record is there, with its value, or NULL; and whether none is expected. */
const struct store_step *chat_permit_step_expects(const struct permit *, int table, const void *key,
    size_t key_len);
bool chat_permit_step_expects_none(const struct permit *, int table, const void *key,
    size_t key_len);
/*
 * The numbers that a record has before and after a step, 0 for none, with the record's length.
 * False: it is no such number, or the transaction does not say what was before.
 */
bool chat_permit_step_numbers(const struct permit *, const struct store_step *, size_t len,
    uint64_t *before, uint64_t *after);

/* Whether a charge is the speaker's own. One that is owed passes min_free, and is for bridges. */
bool chat_permit_step_pays(const struct permit *, const struct store_step *);

/* Whether the transaction's payer pays for all that it appends. */
bool chat_permit_step_is_paid(const struct permit *);
/* The rule of ids: everybody draws them, a few at a time. */
chat_permit_rule chat_permit_step_draws_id;

/* permit_find.c: what the store says. Where it fails, it says no. */
bool chat_permit_find_admin(struct permit *);
bool chat_permit_find_user(struct permit *, uint64_t id);
/* Whether an id was drawn and has become nothing yet. */
bool chat_permit_find_fresh(struct permit *, uint64_t id);
bool chat_permit_find_member(struct permit *, uint64_t group, uint64_t user);
/* Whether a user takes messages and files from a sender. */
bool chat_permit_find_welcome(struct permit *, uint64_t user, const struct chat_block_sender *);
/*
 * Whether a user of this realm manages a group (chat_role); the group may have lost its name, so
 * that all may help to end it; either of the two.
 */
bool chat_permit_find_operator(struct permit *, const struct chat_group *);
bool chat_permit_find_nameless(struct permit *, const struct chat_group *);
bool chat_permit_find_manager(struct permit *, const struct chat_group *);
/* Whether the user speaks in a group (chat_speak). */
bool chat_permit_find_voice(struct permit *, const struct chat_group *);

/* permit_set.c: a change of one of the sets, whose member must come or go in this transaction. */
chat_permit_rule chat_permit_set_may;
/*
 * Whether a set gets a member in this transaction, and has fewer than `most` before; or loses it,
 * or expects not to have it.
 */
bool chat_permit_set_gains(const struct permit *, const struct chat_set *, const void *member,
    size_t len, uint32_t most);
bool chat_permit_set_loses(const struct permit *, const struct chat_set *, const void *member,
    size_t len);

/* permit_block.c: a user's list of blocks. */
chat_permit_rule chat_permit_block_may;

/* permit_group.c: groups' names, groups, and their bans. */
chat_permit_rule chat_permit_group_name_may;
chat_permit_rule chat_permit_group_may;
chat_permit_rule chat_permit_group_ban_may;
/* A group as the transaction expects it. */
bool chat_permit_group_read(const struct permit *, uint64_t id, struct chat_group *);

/* permit_member.c: memberships and invitations. */
chat_permit_rule chat_permit_member_may;
chat_permit_rule chat_permit_member_invitee_may;

/* permit_history.c: conversations, whose their logs are, and logs of activity. */
chat_permit_rule chat_permit_history_may;
chat_permit_rule chat_permit_history_activity_may;
/*
 * Whether an entry's other logs, if it has any, are those of the conversation in which it is sent:
 * the direction's log, and of a user's message that user's log of activity.
 */
chat_permit_rule chat_permit_history_logs;
/* Whether an entry is a user's to append: what the own log of activity or a group's has. */
chat_permit_rule chat_permit_history_tells;
/* Whether a log is what somebody got in a conversation. */
bool chat_permit_history_reads(struct permit *, uint64_t reader, uint64_t log);
/* Whether a log is the log of activity of one who is gone. */
bool chat_permit_history_closes(struct permit *, uint64_t log);
/* Whether a conversation with somebody begins in the transaction. */
bool chat_permit_history_begins(const struct permit *, uint64_t id);
/* permit_peer.c: whether one is a user of this realm, and the other one here takes its messages. */
bool chat_permit_peer_talks(struct permit *, uint64_t remote, uint64_t id);
/*
 * Whether a step is one of the two records of a user of another realm who comes in this
 * transaction, and which user.
 */
struct chat_remote_user;
bool chat_permit_peer_new_user(struct permit *, const struct store_step *,
    struct chat_remote_user *);

/* permit_ring.c: of what a transaction tells. */
chat_permit_rule chat_permit_ring_may;

/* permit_file.c: files of the principal, and the counts that change with them. */
/* The one file that a transaction puts or removes, and what it was before. */
struct permit_file {
	struct chat_conversation conversation;
	struct chat_text name;
	bool was;
	bool is;
	struct chat_file before;
	struct chat_file after;
};
/* False: there is none, or more than one, or it does not say what was before. */
bool chat_permit_file_change(const struct permit *, struct permit_file *);
/* Whether the references and quotas that go with a file change in the same transaction. */
bool chat_permit_file_whole(const struct permit *, const struct permit_file *);
chat_permit_rule chat_permit_file_blob_may;
chat_permit_rule chat_permit_file_quota_may;

#endif
