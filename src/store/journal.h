/*
 * store_journal: the sequence of batches by which a store changes, numbered without a gap. A batch
 * is durable when it has been appended, and is applied after that. What its bytes mean is left to
 * store_batch. This journal lies in the files of one host; another carrier of the same sequence
 * implements append, read, trim, and where it ends.
 */
#ifndef KABAR_STORE_JOURNAL_H
#define KABAR_STORE_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define STORE_JOURNAL_BATCH_MAX (4U * 1024 * 1024) /* bytes of a batch, at least 1 */
#define STORE_JOURNAL_SEGMENT   (16U * 1024 * 1024)

struct store_journal;

enum store_journal_result {
	STORE_JOURNAL_DONE,
	STORE_JOURNAL_REFUSED, /* errno is set: the batch is not in the journal and never will be */
	STORE_JOURNAL_UNSURE /* errno is set: it may be; only who opens the journal anew can tell */
};

/*
 * Makes an empty journal in this directory, which is made too; the first batch will have the number
 * `first`. What lay there before is removed. Durable when it returns. 0, or -1 with a sentence in
 * error.
 */
int store_journal_create(const char *directory, uint64_t first, char *error, size_t size);

/*
 * Opens a journal for appending, by one process at a time. What a killed process or a power cut
 * left half written at its end was never acknowledged and goes; its last whole batch is made
 * durable anew. sync false: append() returns when the kernel has the batch. NULL with a sentence in
 * error, as when a batch in the midst is damaged, or when a newer version made it.
 */
struct store_journal *store_journal_open(const char *directory, bool sync, char *error,
    size_t size);
void store_journal_close(struct store_journal *);

/* Appends the batch of the number store_journal_end() + 1. */
enum store_journal_result store_journal_append(struct store_journal *, const void *data,
    size_t len);

/*
 * Calls visit for each batch from this number on, in order, until it returns non-zero; data is
 * valid during the call. The value that stopped it, 0 at the end, or -1 with a sentence in error:
 * a batch is damaged, or the journal begins after `from`.
 */
typedef int store_journal_visit(void *arg, uint64_t number, const void *data, size_t len);
int store_journal_read(struct store_journal *journal, uint64_t from, store_journal_visit *visit,
    void *arg, char *error, size_t size);

/* Makes durable what was appended without syncs. 0 or -1 with errno set. */
int store_journal_sync(const struct store_journal *);

/* Gives up batches up to and with this number, maybe not all of them. 0 or -1 with errno set. */
int store_journal_trim(struct store_journal *, uint64_t upto);

/* The number of the oldest batch kept, and of the newest; first - 1 when none is kept. */
uint64_t store_journal_first(const struct store_journal *);
uint64_t store_journal_end(const struct store_journal *);
/* Bytes of the batches kept, with what the journal adds to them. */
uint64_t store_journal_size(const struct store_journal *);
/*
 * The size from which on a file of the journal is full, in place of STORE_JOURNAL_SEGMENT: small
 * for tests. A batch that is larger has a file for itself.
 */
void store_journal_set_segment(struct store_journal *, uint64_t bytes);

#endif
