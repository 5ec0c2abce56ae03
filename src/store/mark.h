/*
 * store_mark: the mark of a store whose files may not be on the disk as they seem. It names the
 * boot of the machine in which a writer has opened them.
 */
#ifndef KABAR_STORE_MARK_H
#define KABAR_STORE_MARK_H

#include <stdbool.h>

struct store;

enum store_mark {
	STORE_MARK_ABSENT, /* the files are whole and synced, or of a version that syncs them */
	STORE_MARK_OURS,   /* they are as the writers of this boot have left them */
	STORE_MARK_OTHER,  /* the machine has stopped since: they may be torn anywhere */
	STORE_MARK_UNSURE  /* this process cannot read the mark, or which boot this is */
};

enum store_mark store_mark_look(const struct store *);
/* Whether the files may be torn, as far as is known: they are not to be used as they are. */
bool store_mark_has_stopped(enum store_mark);
/*
 * Sets the mark of this boot; of none, if it is not known. In this order: durable before any change
 * that is not synced, and removed, durably, after the files are synced. 0, or -1 with errno set.
 */
int store_mark_set(const struct store *);
int store_mark_remove(const struct store *);

#endif
