/*
 * chat_repair_int: what the files of chat_repair share. Nobody else includes it.
 */
#ifndef KABAR_CHAT_REPAIR_INT_H
#define KABAR_CHAT_REPAIR_INT_H

#include "chat/fsck/repair.h"
#include "chat/fsck/repair_rows.h"
#include "chat/key.h"
#include "chat/set.h"

struct chat_repair {
	struct chat *chat;
	struct store_fsck *fsck;
	struct repair_rows tables[STORE_REMOTE_USER + 1];
	struct repair_rows state; /* STORE_LOG_STATE */
	struct repair_rows logs;  /* log -> user or group, for logs of what came from elsewhere */
	uint64_t highest_id;
};

/* In this order. Each returns 0 or -1, and changes only the rows. */
int chat_repair_users(struct chat_repair *);
int chat_repair_groups(struct chat_repair *);
int chat_repair_peers(struct chat_repair *);
int chat_repair_orphans(struct chat_repair *); /* owners whom only their messages name */
int chat_repair_members(struct chat_repair *);
int chat_repair_files(struct chat_repair *);
int chat_repair_sets(struct chat_repair *);
int chat_repair_readers(struct chat_repair *); /* sessions and cursors */

/* One more id that is taken. */
void chat_repair_id(struct chat_repair *, uint64_t id);
bool chat_repair_has_user(struct chat_repair *, uint64_t id);
bool chat_repair_has_group(struct chat_repair *, uint64_t id);
/* Whether somebody of another realm has this id. */
bool chat_repair_has_remote_user(struct chat_repair *, uint64_t id);
/* The name of a user, group, or peer: "number N" when there is none. */
#define CHAT_REPAIR_NAME 96
const char *chat_repair_name(struct chat_repair *, uint64_t id, char name[CHAT_REPAIR_NAME]);
/* An account that can be used again once it has a password and is unlocked. */
void chat_repair_make_user(struct chat_repair *, uint64_t id, const char *name, size_t len);
void chat_repair_make_group(struct chat_repair *, uint64_t id, const char *name, size_t len);
bool chat_repair_find_peer(struct chat_repair *, uint64_t id, struct repair_record **record);

/*
 * The oldest entry of a log whose data the visitor takes by returning true; false: there is none.
 */
typedef bool chat_repair_take(void *arg, const struct store_entry *);
bool chat_repair_first(struct chat_repair *, uint64_t log, chat_repair_take *, void *arg);

#endif
