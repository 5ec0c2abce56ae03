/* store_journal_look: see journal_look.h. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/vector.h"
#include "store/journal_look.h"
#include "store/journal_segment.h"
#include "store/journal_tail.h"

#define READS_MAX 8    /* of a segment that changes meanwhile */
#define LISTS_MAX 1000 /* of segments that are given up meanwhile */

/* Where the records of a segment are first interrupted; SIZE_MAX: nowhere. */
static size_t
find_hole(struct store_journal_scan scan)
{
	struct store_journal_record record;
	enum store_journal_scan_result result;

	do
		result = store_journal_segment_next(&scan, &record);
	while (result == STORE_JOURNAL_SCAN_RECORD);
	return result == STORE_JOURNAL_SCAN_END ? SIZE_MAX : scan.at;
}

/*
 * Reads a segment while another process may write to it: a batch that was half written when it was
 * read may be followed by one that was read later. Then the next look finds it whole.
 */
static int
load_segment(const char *directory, uint64_t first, struct store_journal_scan *scan)
{
	size_t hole = SIZE_MAX, before;

	for (int i = 0; i < READS_MAX; i++) {
		if (store_journal_segment_load(directory, first, scan) != 0)
			return -1;
		before = hole;
		hole = find_hole(*scan);
		if (hole == SIZE_MAX || hole == before)
			return 0;
		store_journal_segment_free(scan);
	}
	return store_journal_segment_load(directory, first, scan);
}

static int
note_hole(struct store_journal_look *look, uint64_t segment, uint64_t at, uint64_t first,
    uint64_t last)
{
	struct store_journal_hole *hole =
	    vector_add(&look->holes, &look->n_holes, sizeof(*look->holes));

	if (hole == NULL)
		return -1;
	*hole = (struct store_journal_hole){ .segment = segment,
		.at = at,
		.first = first,
		.last = last };
	return 0;
}

static int
note_record(struct store_journal_look *look, const struct store_journal_record *record)
{
	look->end = record->number;
	if (record->synced)
		look->synced = record->number;
	look->batches++;
	look->bytes += record->size;
	return look->visit == NULL
	    ? 0
	    : look->visit(look->arg, record->number, record->data, record->len);
}

/* As store_journal_look(), of one segment. */
static int
look_at_segment(struct store_journal_look *look, const char *directory, uint64_t first,
    struct store_journal_scan *scan, char *error, size_t size)
{
	struct store_journal_record record;
	enum store_journal_scan_result found;
	int result = 0;

	snprintf(error, size, "out of memory");
	while (result == 0 &&
	    (found = store_journal_segment_next(scan, &record)) != STORE_JOURNAL_SCAN_END) {
		if (found == STORE_JOURNAL_SCAN_NEWER) {
			look->newer = true;
			store_journal_tail_tell(directory, first, scan, found, error, size);
			return -1;
		}
		if (found == STORE_JOURNAL_SCAN_HOLE) {
			if (note_hole(look, first, scan->at, scan->number, record.number - 1) != 0)
				return -1;
			store_journal_segment_skip(scan, &record);
		}
		result = note_record(look, &record);
	}
	return result;
}

/* Forgets what was found in segments that were given up meanwhile. */
static void
begin_with(struct store_journal_look *look, uint64_t first)
{
	look->first = first;
	look->end = first - 1;
	look->synced = look->batches = look->bytes = look->torn = 0;
	look->n_holes = 0;
}

/* As store_journal_tail_find() tells the end from damage. */
static void
judge_holes(struct store_journal_look *look)
{
	for (size_t i = 0; i < look->n_holes; i++) {
		struct store_journal_hole *hole = &look->holes[i];
		bool none_behind = look->end < hole->first;
		bool synced_before = hole->first == look->first || look->synced + 1 >= hole->first;

		hole->is_end = look->synced < hole->first && !(none_behind && synced_before);
	}
}

static int
look_at_list(struct store_journal_look *look, const char *directory,
    const struct store_journal_segment *list, size_t n, char *error, size_t size)
{
	struct store_journal_scan scan;
	uint64_t next = list[0].first, last_segment = next, last_at = 0;
	int result = 0;

	begin_with(look, list[0].first);
	for (size_t i = 0; result == 0 && i < n; i++) {
		uint64_t first = list[i].first;

		if (load_segment(directory, first, &scan) != 0) {
			look->gone = errno == ENOENT && i + 1 == n;
			if (errno != ENOENT || look->gone)
				return store_journal_segment_fail(directory, error, size);
			next = list[i + 1].first;
			begin_with(look, next);
			continue;
		}
		if (first > next && note_hole(look, last_segment, last_at, next, first - 1) != 0)
			result = -1;
		if (result == 0)
			result = look_at_segment(look, directory, first, &scan, error, size);
		look->torn = store_journal_segment_torn(&scan);
		last_segment = first;
		last_at = scan.at;
		next = scan.number;
		store_journal_segment_free(&scan);
	}
	judge_holes(look);
	return result;
}

static int
look_once(struct store_journal_look *look, const char *directory, char *error, size_t size)
{
	struct store_journal_segment *list;
	size_t n;
	int result = store_journal_segment_find(directory, &list, &n, error, size);

	if (result == 0)
		result = look_at_list(look, directory, list, n, error, size);
	else
		look->gone = errno == ENOENT;
	free(list);
	return result;
}

int
store_journal_look(const char *directory, struct store_journal_look *look, char *error, size_t size)
{
	int result = -1;

	for (int i = 0; i < LISTS_MAX; i++) {
		look->gone = false;
		result = look_once(look, directory, error, size);
		if (!look->gone)
			break;
	}
	return result;
}

void
store_journal_look_free(struct store_journal_look *look)
{
	free(look->holes);
	look->holes = NULL;
	look->n_holes = 0;
}
