/*
 * journal_fixture: a journal in a directory of its own, with small files and batches whose bytes
 * follow from their numbers. Everything here fails the running test by itself.
 */
#ifndef KABAR_JOURNAL_FIXTURE_H
#define KABAR_JOURNAL_FIXTURE_H

#include "store/journal.h"
#include "store/journal_segment.h"
#include "store_fixture.h"

#define JOURNAL_SEGMENT 512 /* bytes, so that a few batches fill it */
#define JOURNAL_TEXT    64  /* of a batch, at most */

extern char journal_dir[FIXTURE_DIR_MAX + 16];
extern char journal_error[512];

/* An empty journal that begins with batch 1, for the test; and its end. */
void journal_setup(void);
void journal_teardown(void);
struct store_journal *journal_open(bool sync);
/* Opening it fails, and the sentence has these words. */
void journal_refuse(const char *sentence);

/* The batch of a number: its length varies, and none ends with zeros. */
size_t journal_batch(char text[JOURNAL_TEXT], uint64_t number);
enum store_journal_result journal_try_append(struct store_journal *);
void journal_append(struct store_journal *, unsigned int n);
/* Opens it, appends n batches, and closes it. */
void journal_fill(unsigned int n, bool sync);
/* A visit that demands the batch of *next, and counts it up. */
int journal_see(void *next, uint64_t number, const void *data, size_t len);
/* The batches from a number on are there, and `end` is the last. */
void journal_demand(struct store_journal *, uint64_t from, uint64_t end);
/* The same of whoever opens the journal next; he can append, and the one after him finds that. */
void journal_demand_more(uint64_t from, uint64_t end);

/* How many files there are, and the number that names the newest. */
size_t journal_segments(bool spare);
uint64_t journal_last_segment(void);

/* A segment's file as it was, to be damaged again and again. */
struct journal_original {
	uint64_t first;
	struct store_journal_scan scan; /* at the end of its records */
	size_t starts[32];
	size_t n;
};

void journal_take(struct journal_original *, uint64_t first);
/* Puts the original back, with another size and other bytes from `at` on. */
void journal_put(const struct journal_original *, size_t size, size_t at, const void *data,
    size_t len);
void journal_put_byte(const struct journal_original *, size_t at, unsigned char byte);

#endif
