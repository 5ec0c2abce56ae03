/*
 * store_journal_tail: finds where a journal ends, and repairs what a killed process or a power cut
 * left there.
 */
#ifndef KABAR_STORE_JOURNAL_TAIL_H
#define KABAR_STORE_JOURNAL_TAIL_H

#include "store/journal_segment.h"

struct store_journal_tail {
	uint64_t number; /* of the last whole batch */
	uint64_t at;     /* in the last segment: where the next record goes */
};

/*
 * A batch is written when the one before is synced. So a broken record is the end if no whole one
 * follows; it is wiped, and the last whole record is written again and synced, since it may have
 * been seen before it was. Where batches follow that were not to be synced, they go, too. Returns
 * 0, or -1 with a sentence in error: as when the journal is damaged before its end.
 */
int store_journal_tail_find(const char *directory, struct store_journal_tail *, char *error,
    size_t size);

/* Says what is wrong with the batch that a scan expects: `result` is what the scan found. */
void store_journal_tail_tell(const char *directory, uint64_t segment,
    const struct store_journal_scan *, enum store_journal_scan_result result, char *error,
    size_t size);

#endif
