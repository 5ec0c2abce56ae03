/*
 * store_fsck file: one file of a store: what is wrong with it, and making it anew out of what can
 * be saved from it. Which files there are is left to fsck.c.
 */
#ifndef KABAR_STORE_FSCK_FILE_H
#define KABAR_STORE_FSCK_FILE_H

#include "store/fsck/finding.h"
#include "store/int.h"
#include "store/tdb/salvage.h"

enum fsck_condition { FSCK_SOUND, FSCK_DAMAGED, FSCK_MISSING };

struct fsck_piece {
	char name[64]; /* below the state directory */
	char kind;     /* see store_file_options */
	uint64_t first_seq;
	uint64_t end_seq; /* where the next file begins; UINT64_MAX: this is the last */
	enum fsck_condition condition;
	bool readable; /* store_file finds every record, whatever else is wrong */
	/* Found in the file: */
	bool ended;
	uint64_t last_seq; /* the highest of its entries */
	uint64_t entries;  /* of logs */
	uint64_t ours;     /* records that such a file has */
	struct store_salvage salvage;
	/* While it is looked at. */
	struct store_fsck *fsck;
	struct store_file *old; /* NULL: it cannot be opened */
	uint32_t version;
	bool unreached; /* store_file does not find one of its records */
};

struct fsck_files {
	struct store_fsck *fsck;
	struct store *store;
	bool opened; /* the store is in use: its own handles are looked at, none is opened */
	struct fsck_piece tables;
	struct fsck_piece *logs; /* ascending */
	size_t n_logs;
	char *error;
	size_t error_size;
};

/* Leaves a sentence. -1. */
int store_fsck_fail(struct fsck_files *, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/*
 * Fills in what a piece, of which the name is known, is like, and tells of records that are not as
 * they have to be. 0, or -1: it must not be touched.
 */
int store_fsck_examine(struct fsck_files *, struct fsck_piece *);
/*
 * Tells whether store_file, NULL when it could not open the file, can go through all of it and
 * finds no more than the records that lie in it: the chains of a damaged hash table may run in
 * circles, or into one another.
 */
bool store_fsck_is_walkable(struct store_file *, const struct store_salvage *);
/* Tells what is wrong with a piece that was examined. */
void store_fsck_tell_piece(struct fsck_files *, const struct fsck_piece *);
/* Puts a new one in the place of one that is not sound. 0 or -1. */
int store_fsck_rebuild(struct fsck_files *, struct fsck_piece *);
/* Makes the file of logs that goes on where another, the last that is there, has ended. 0 or -1. */
int store_fsck_follow(struct fsck_files *, const struct fsck_piece *from, struct fsck_piece *next);

#endif
