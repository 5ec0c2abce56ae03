/*
 * store_fsck unfinished: what a repair knows of the damage, in a file of the state directory until
 * it has ended. It removes what it knows this by; so who begins it anew after a death goes on with
 * that, and no committer takes the half of it for the store.
 */
#ifndef KABAR_STORE_FSCK_UNFINISHED_H
#define KABAR_STORE_FSCK_UNFINISHED_H

#include "store/fsck/finding.h"

/* Adds to the flags of a repair what one before it knew that has not ended. 0 or -1 with errno
 * set. */
int store_fsck_unfinished_recall(struct store_fsck *);
/*
 * Notes the flags, durably: to be called before the first change that they tell of. Does nothing
 * when none is set, or none since the last call. 0 or -1 with errno set.
 */
int store_fsck_unfinished_note(struct store_fsck *);
/* The repair has ended: forgets all. 0 or -1 with errno set. */
int store_fsck_unfinished_end(const char *state);
/* Whether a repair of the store in this directory has not ended. */
bool store_fsck_unfinished_is_there(const char *state);

#endif
