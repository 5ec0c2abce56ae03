/*
 * chat_check: whether what the tables say fits together: names and accounts, groups and members,
 * cursors and sessions, files, other realms. Damage in files and logs is found by store_check.
 */
#ifndef KABAR_CHAT_CHECK_H
#define KABAR_CHAT_CHECK_H

#include "chat/chat.h"
#include "store/fsck/finding.h"
#include "store/store_admin.h"

struct chat_check_counts {
	uint64_t users;
	uint64_t groups;
	uint64_t messages; /* kept in their logs, read or not */
};

/*
 * Calls report with a sentence for each finding, Others may
 * read and write meanwhile. 0 sound, 1 warnings only, 2 something is lost, -1 it could not be
 * checked (the counts are then good for nothing).
 */
int chat_check(struct chat *, store_fsck_report *, void *arg, struct chat_check_counts *);

#endif
