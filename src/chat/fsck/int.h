/*
 * chat_fsck_int: what the files of chat/fsck share. Nobody else includes it.
 */
#ifndef KABAR_CHAT_FSCK_INT_H
#define KABAR_CHAT_FSCK_INT_H

#include "chat/fsck/rows.h"
#include "chat/key.h"
#include "chat/realm/peer.h"
#include "store/fsck/finding.h"

#define CHAT_FSCK_TABLES CHAT_TABLE_END
#define CHAT_FSCK_NAME   96 /* bytes of a name in a sentence */
#define CHAT_FSCK_NUMBER "number %" PRIu64

struct chat_fsck {
	struct chat *chat;
	struct store_fsck *fsck;
	struct chat_fsck_rows tables[CHAT_FSCK_TABLES]; /* by table */
	struct chat_fsck_rows state;                    /* STORE_LOG_STATE */
	struct chat_fsck_rows logs; /* remote log -> its user or group; not in the store */
	uint64_t highest_id;
};

/*
 * The rules, one after the other in this order. Each puts rows right and tells what it changes;
 * nothing is written before all are done. 0 or -1.
 */
int chat_fsck_users(struct chat_fsck *);   /* accounts, groups and their names */
int chat_fsck_peers(struct chat_fsck *);   /* other realms, their logs and users */
int chat_fsck_orphans(struct chat_fsck *); /* owners whom only their messages name */
int chat_fsck_hint(struct chat_fsck *);    /* of remote logs */
int chat_fsck_members(struct chat_fsck *);
int chat_fsck_blocks(struct chat_fsck *);
int chat_fsck_invitees(struct chat_fsck *);
int chat_fsck_bans(struct chat_fsck *);
int chat_fsck_histories(struct chat_fsck *); /* conversations and logs of activity */
int chat_fsck_files(struct chat_fsck *);
int chat_fsck_sets(struct chat_fsck *);    /* lists, which follow from all these */
int chat_fsck_readers(struct chat_fsck *); /* sessions and cursors */
int chat_fsck_certificates(struct chat_fsck *);
int chat_fsck_outboxes(struct chat_fsck *);
int chat_fsck_invitations(struct chat_fsck *);
int chat_fsck_passwords(struct chat_fsck *); /* removes its records at once, if it repairs */

/* say.c: tells a finding about a record of a table; NULL: about no single one. */
void chat_fsck_say(struct chat_fsck *, enum store_finding_class, int, const struct chat_fsck_row *,
    const char *format, ...) __attribute__((format(printf, 5, 6)));
/* Tells how many records of a table are so; says nothing if none are. */
void chat_fsck_say_count(struct chat_fsck *, enum store_finding_class, int, uint64_t count,
    const char *what);
/* The name of a user, group, remote user or peer: "number N" when there is none. */
const char *chat_fsck_name(struct chat_fsck *, uint64_t id, char name[CHAT_FSCK_NAME]);

/* query.c: one more id that is taken. */
void chat_fsck_take_id(struct chat_fsck *, uint64_t id);
bool chat_fsck_has_user(const struct chat_fsck *, uint64_t id);
bool chat_fsck_has_group(const struct chat_fsck *, uint64_t id);
bool chat_fsck_has_remote_user(const struct chat_fsck *, uint64_t id);
bool chat_fsck_has_member(const struct chat_fsck *, uint64_t group, uint64_t user);
/* The next peer whose record can be read, from an index on, which moves behind it. */
bool chat_fsck_next_peer(const struct chat_fsck *, size_t *index, struct chat_peer *);
bool chat_fsck_find_peer(const struct chat_fsck *, uint64_t id, struct chat_peer *);
/* The id under a name, 0: none. */
uint64_t chat_fsck_id_of(const struct chat_fsck *, int names, const char *name);
/* The oldest entry of a log whose data take accepts by returning true; false: there is none. */
typedef bool chat_fsck_take(void *arg, const struct store_entry *);
bool chat_fsck_first(struct chat_fsck *, uint64_t log, chat_fsck_take *, void *arg);

/*
 * history.c: says of what a log holds a part, such as "of the conversation of messi and lineker";
 * false: of none. And whether it holds what a user got in a conversation.
 */
bool chat_fsck_name_history(struct chat_fsck *, uint64_t log, char *what, size_t size);
bool chat_fsck_may_read(const struct chat_fsck *, uint64_t user, uint64_t log);

/* user.c: an account that can be used again once it has a password and is unlocked; a group. */
void chat_fsck_make_user(struct chat_fsck *, uint64_t id, const char *name);
void chat_fsck_make_group(struct chat_fsck *, uint64_t id, const char *name);

#endif
