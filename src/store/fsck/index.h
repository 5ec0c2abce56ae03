/*
 * store_fsck index: all entries that there are, in whatever files, by log; and what is known of the
 * logs. It holds one slice of the logs at a time, so that memory does not grow with the store.
 */
#ifndef KABAR_STORE_FSCK_INDEX_H
#define KABAR_STORE_FSCK_INDEX_H

#include "store/fsck/finding.h"
#include "store/int.h"

/* An entry in one of its logs. */
struct fsck_item {
	uint64_t seq;
	struct store_header header;
	int64_t read_ms; /* its time as it is stored */
	bool main;       /* one of the entry's items is: those are as many as the entries */
	size_t file;     /* index of the file of logs in which it is read */
	bool changed;
	uint64_t gap;     /* numbers before it that are newly found to be lost */
	uint64_t gap_seq; /* seq of the newest of them; 0: not known */
};

/* A log as the heads and cursors tell of it. */
struct fsck_head {
	uint64_t log;
	uint64_t first_seq; /* of the file that has this head; 0: none, it is a cursor */
	bool current;       /* the current file has a head */
	struct store_head head;
	uint64_t first; /* the highest that any file has */
	uint64_t last;
	uint64_t cursor;
	bool closed;
};

/* One log and those of its items that are kept. */
struct fsck_row {
	uint64_t log;
	struct fsck_item *items;
	size_t n;
	const struct fsck_head *known; /* NULL: nothing is */
};

struct fsck_index {
	struct store *store;
	uint64_t slice; /* the logs whose number gives this rest, divided by n_slices */
	uint64_t n_slices;
	struct store_fsck *fsck;
	struct fsck_item *items; /* by log, then by seq */
	size_t n_items;
	struct fsck_head *heads; /* by log */
	size_t n_heads;
	uint64_t *bad_pages; /* of the current file: not to be read */
	size_t n_bad_pages;
	uint64_t current_seq; /* where the current file begins */
	uint64_t top_seq;     /* the highest there is */
	uint64_t top_page;    /* the highest page of heads in the current file */
	/* Counted in all slices: */
	uint64_t readable;
	uint64_t unreadable; /* entries that are none, or not of this program */
};

/* Reads everything. 0 or -1; to be freed in either case. */
int store_fsck_index_read(struct fsck_index *);
void store_fsck_index_free(struct fsck_index *);

#endif
