/*
 * chat_fsck: whether what the tables say fits together, and putting it right: names and accounts,
 * groups and members, cursors and sessions, files, other realms. Damage in files and logs is left
 * to store_fsck.
 *
 * Each rule is written once. The tables are read into memory as they are at one moment, put right
 * there, and each change is told as a finding. A repair saves the changes, a check forgets them.
 */
#ifndef KABAR_CHAT_FSCK_FSCK_H
#define KABAR_CHAT_FSCK_FSCK_H

#include "chat/chat.h"
#include "store/fsck/finding.h"

struct chat_fsck_counts {
	uint64_t users;
	uint64_t groups;
	uint64_t messages; /* kept in their logs, read or not */
};

/* Whether the data of a log's entry is a message, one for another realm, or a refusal. */
bool chat_fsck_judge(void *chat, const void *data, size_t len);
/* Whether the keys of a table begin with the id of a user or group. */
bool chat_fsck_has_id(int table);

/*
 * Puts the tables right when the logs are in order, and tells whose the losses are. For who holds
 * the store and writes to it himself (store_fsck_begin), or for a dry run. 0, or -1: it failed
 * half-way, and can be done again.
 */
int chat_fsck_repair(struct chat *, struct store_fsck *, struct chat_fsck_counts *);

/*
 * Checks the store and the tables, while others may read and write. 0 sound, 1 warnings only, 2
 * something is damaged or lost, -1 it could not be checked (the counts are then good for nothing).
 */
int chat_fsck_check(struct chat *, store_fsck_report *, void *arg, struct chat_fsck_counts *);

/* The name of a table for people, such as "users"; NULL: it has none. */
const char *chat_fsck_table(int table);

#endif
