/*
 * store_repair_file: one file of a damaged store: whether it is sound, and making it anew. Only
 * store_repair uses it.
 */
#ifndef KABAR_STORE_REPAIR_FILE_H
#define KABAR_STORE_REPAIR_FILE_H

#include "store/fsck/repair.h"
#include "store/int.h"
#include "store/tdb/salvage.h"

enum repair_condition { REPAIR_SOUND, REPAIR_DAMAGED, REPAIR_MISSING };

struct repair_piece {
	char name[64]; /* below the state directory */
	char kind;     /* see store_file_options */
	uint64_t first_seq;
	enum repair_condition condition;
	/* What was found in it. */
	bool ended;
	uint64_t last_seq; /* the highest of its entries */
	uint64_t ours;     /* records that such a file has */
	struct store_salvage salvage;
	/* While it is looked at. */
	struct store_file *old; /* open, if TDB opens it */
	uint32_t version;
	uint64_t walked; /* records */
	bool unreached;  /* there is a record that TDB does not find */
};

struct repair_files {
	struct store_repair *repair;
	struct store *store; /* for paths and the list of logs: nothing in it is open */
	struct repair_piece tables;
	struct repair_piece *logs; /* ascending */
	size_t n_logs;
	char *error;
	size_t error_size;
};

/* Leaves a sentence. -1. */
int store_repair_fail(struct repair_files *, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Fills in what piece, of which the name is known, is like. 0, or -1: it must not be touched. */
int store_repair_examine(struct repair_files *, struct repair_piece *);
/* Puts a new one in the place of one that is not sound. 0 or -1. */
int store_repair_rebuild(struct repair_files *, struct repair_piece *);
/* Makes the file of logs that goes on where another, the last that is there, has ended. 0 or -1. */
int store_repair_follow(struct repair_files *, const struct repair_piece *from,
    struct repair_piece *next);

#endif
