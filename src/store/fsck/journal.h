/*
 * store_fsck journal: the journal of a store and its last checkpoint. A check tells what is wrong
 * with them. A repair goes on from the files that are there, or, when the machine has stopped, from
 * those of the checkpoint, applies what can be read of the journal, and begins another.
 */
#ifndef KABAR_STORE_FSCK_JOURNAL_H
#define KABAR_STORE_FSCK_JOURNAL_H

#include "store/copies.h"
#include "store/fsck/finding.h"
#include "store/int.h"
#include "store/journal_look.h"
#include "store/mark.h"

struct fsck_journal {
	struct store_fsck *fsck;
	struct store *store; /* no more than its path is needed */
	bool there;          /* the store has, or should have, a journal */
	enum store_mark mark;
	struct store_journal_look look;
	bool readable; /* the journal can be read, holes or not */
	struct store_copies copies;
	bool whole; /* the files of the checkpoint can be read */
	bool sound; /* nothing is wrong with either */
	bool salvage;
};

/*
 * Looks at the journal and the checkpoint of a store, and tells what is wrong. 0, or -1 with a
 * sentence in error: they are not to be touched, as a newer version wrote them. To be freed.
 */
int store_fsck_journal_examine(struct fsck_journal *, char *error, size_t size);
void store_fsck_journal_free(struct fsck_journal *);
/*
 * Before the files of a store are repaired, in which the machine may have stopped: makes them whole
 * if that is possible, or puts the checkpoint's in their place. 0, or -1 with a sentence.
 */
int store_fsck_journal_recover(struct fsck_journal *, char *error, size_t size);
/*
 * After that: applies what the journal has beyond the files, as far as it can be read and fits, if
 * that is not left to a writer, and begins another. 0, or -1 with a sentence: begin anew.
 */
int store_fsck_journal_salvage(struct fsck_journal *, char *error, size_t size);

/* Deletes the record of how far a file is, which cannot be read. 0 or -1. */
int store_fsck_journal_forget(struct store_file *);

#endif
