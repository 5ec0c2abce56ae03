/*
 * store_repair_index: all entries there are, in whatever files, by log; and what is known of the
 * logs. Only store_repair_log uses it.
 */
#ifndef KABAR_STORE_REPAIR_INDEX_H
#define KABAR_STORE_REPAIR_INDEX_H

#include "store/fsck/repair.h"
#include "store/int.h"

struct repair_item {
	uint64_t seq;
	struct store_header header;
	size_t file; /* index of the file of logs in which it is read */
	bool changed;
	uint64_t gap; /* numbers before it that are newly found to be lost */
};

/* What the heads and cursors say of a log. */
struct repair_head {
	uint64_t log;
	bool current; /* the current file has a head */
	struct store_head head;
	uint64_t first; /* the highest that any file has */
	uint64_t last;
	uint64_t cursor;
	bool closed;
};

/* One log: of its items those that are kept. */
struct repair_row {
	uint64_t log;
	struct repair_item *items;
	size_t n;
	const struct repair_head *known; /* NULL: nothing is */
};

struct repair_index {
	struct store *store;
	struct store_repair *repair;
	struct repair_item *items; /* by log, then by seq */
	size_t n_items;
	size_t items_size;
	struct repair_head *heads; /* by log */
	size_t n_heads;
	size_t heads_size;
	uint64_t *bad_pages; /* of the current file: not to be read */
	size_t n_bad_pages;
	uint64_t top_seq;    /* the highest there is */
	uint64_t top_page;   /* the highest page of heads in the current file */
	uint64_t unreadable; /* entries that are none, or not of this program */
};

/* Reads everything. 0 or -1; to be freed in either case. */
int store_repair_index_read(struct repair_index *);
void store_repair_index_free(struct repair_index *);
/* What is known of a log; NULL: nothing. */
const struct repair_head *store_repair_index_head(const struct repair_index *, uint64_t log);

/* store_repair_link.c: leaves out what does not fit, and what is forgotten. 0 or -1. */
int store_repair_keep(struct repair_row *, uint64_t first);
/* Changes what is to be changed in the headers of the rest. */
void store_repair_link(struct repair_row *);

#endif
