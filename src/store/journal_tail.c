/* store_journal_tail: see journal_tail.h. */
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/log.h"
#include "base/sync_directory.h"
#include "store/journal_tail.h"

struct search {
	const char *directory;
	struct store_journal_segment *list;
	size_t n;
	size_t index;          /* of the segment in which the whole batches end */
	uint64_t at;           /* and where in it */
	uint64_t len;          /* of that segment */
	uint64_t number;       /* of the last whole batch */
	size_t torn;           /* bytes that a broken record claims there */
	bool synced;           /* the last whole batch was to be synced */
	uint64_t last_segment; /* which has the last whole record */
	uint64_t last_at;
	size_t last_size;   /* 0: there is none */
	bool hole;          /* batches are missing behind */
	uint64_t behind;    /* batches that are not */
	bool synced_behind; /* one of them was to be synced */
	char *error;
	size_t size;
};

void
store_journal_tail_tell(const char *directory, uint64_t segment,
    const struct store_journal_scan *scan, enum store_journal_scan_result result, char *error,
    size_t size)
{
	char path[PATH_MAX];

	store_journal_segment_path(path, sizeof(path), directory, segment, false);
	if (result == STORE_JOURNAL_SCAN_NEWER)
		snprintf(error, size,
		    "a newer version of kabar wrote batch %" PRIu64 " in %s, which this one "
		    "cannot read",
		    scan->number, path);
	else
		snprintf(error, size,
		    "%s is damaged at byte %zu: batch %" PRIu64 " is missing there, and later ones "
		    "follow",
		    path, scan->at, scan->number);
}

/* Notes a whole record: it goes on where the last one ended, or it is behind a hole. */
static void
note_record(struct search *search, size_t index, const struct store_journal_scan *scan,
    const struct store_journal_record *record)
{
	if (search->hole) {
		search->behind++;
		search->synced_behind |= record->synced;
		return;
	}
	search->number = record->number;
	search->synced = record->synced;
	search->last_segment = search->list[index].first;
	search->last_at = scan->at - record->size;
	search->last_size = record->size;
}

static void
note_place(struct search *search, size_t index, const struct store_journal_scan *scan)
{
	if (search->hole)
		return;
	search->index = index;
	search->at = scan->at;
	search->len = scan->len;
	search->torn = store_journal_segment_torn(scan);
}

/* 0, or -1 with a sentence: a newer version made a record. */
static int
search_records(struct search *search, size_t index, struct store_journal_scan *scan)
{
	struct store_journal_record record;
	enum store_journal_scan_result result;

	while ((result = store_journal_segment_next(scan, &record)) != STORE_JOURNAL_SCAN_END) {
		if (result == STORE_JOURNAL_SCAN_NEWER) {
			store_journal_tail_tell(search->directory, search->list[index].first, scan,
			    result, search->error, search->size);
			return -1;
		}
		if (result == STORE_JOURNAL_SCAN_HOLE) {
			note_place(search, index, scan);
			search->hole = true;
			store_journal_segment_skip(scan, &record);
		}
		note_record(search, index, scan, &record);
	}
	note_place(search, index, scan);
	return 0;
}

static int
search_segment(struct search *search, size_t index)
{
	uint64_t first = search->list[index].first;
	struct store_journal_scan scan;

	if (store_journal_segment_load(search->directory, first, &scan) != 0)
		return store_journal_segment_fail(search->directory, search->error, search->size);
	search->hole |= first != search->number + 1;
	int result = search_records(search, index, &scan);
	store_journal_segment_free(&scan);
	return result;
}

/* Whether the first record of a segment is whole, and all that comes before it was synced. */
static bool
begins_synced(const struct search *search, size_t index)
{
	struct store_journal_record record;
	struct store_journal_scan scan;
	bool synced;

	if (store_journal_segment_load(search->directory, search->list[index].first, &scan) != 0)
		return false;
	synced = store_journal_segment_next(&scan, &record) == STORE_JOURNAL_SCAN_RECORD &&
	    record.synced;
	store_journal_segment_free(&scan);
	return synced;
}

static int
search_all(struct search *search)
{
	size_t start = search->n - 1;

	while (start > 0 && !begins_synced(search, start))
		start--;
	search->number = search->list[start].first - 1;
	for (size_t i = start; i < search->n; i++)
		if (search_segment(search, i) != 0)
			return -1;
	return 0;
}

/*
 * Writes bytes of a segment, and syncs them: zeros, or what is there, which is written all the
 * same, since its sync may have failed before. 0 or -1 with errno set.
 */
static int
rewrite(const struct search *search, uint64_t segment, uint64_t at, size_t len, bool zeros)
{
	int fd = store_journal_segment_open(search->directory, segment), result = -1;
	unsigned char *bytes = calloc(1, len);

	if (fd >= 0 && bytes != NULL &&
	    (zeros || pread(fd, bytes, len, (off_t)at) == (ssize_t)len) &&
	    pwrite(fd, bytes, len, (off_t)at) == (ssize_t)len)
		result = fdatasync(fd);
	free(bytes);
	if (fd >= 0)
		close(fd);
	return result;
}

/* Zeros follow the end. 0 or -1 with errno set. */
static int
wipe(const struct search *search, uint64_t len)
{
	return rewrite(search, search->list[search->index].first, search->at, (size_t)len, true);
}

/* Removes what follows a hole: the last segments first, so that there is never another hole. */
static int
remove_behind(const struct search *search)
{
	char path[PATH_MAX];

	log_warnx("store: batch %" PRIu64 " is lost, which was not synced, and %" PRIu64
	          " batches behind it",
	    search->number + 1, search->behind);
	for (size_t i = search->n; i-- > search->index + 1;) {
		store_journal_segment_path(path, sizeof(path), search->directory,
		    search->list[i].first, false);
		if (unlink(path) != 0 || sync_directory(search->directory) != 0)
			return -1;
	}
	return search->len > search->at ? wipe(search, search->len - search->at) : 0;
}

/* 0 or -1 with errno set. */
static int
repair(const struct search *search)
{
	if (search->hole && remove_behind(search) != 0)
		return -1;
	if (!search->hole && search->torn > 0 && wipe(search, search->torn) != 0)
		return -1;
	return search->last_size == 0
	    ? 0
	    : rewrite(search, search->last_segment, search->last_at, search->last_size, false);
}

static int
find_end(struct search *search)
{
	if (search_all(search) != 0)
		return -1;
	/* Where there is no batch at all, nothing says that any was synced. */
	if (search->hole &&
	    (search->synced_behind ||
	        (search->behind == 0 && search->synced && search->last_size > 0))) {
		struct store_journal_scan scan = { .at = (size_t)search->at,
			.number = search->number + 1 };

		store_journal_tail_tell(search->directory, search->list[search->index].first, &scan,
		    STORE_JOURNAL_SCAN_HOLE, search->error, search->size);
		return -1;
	}
	return repair(search) == 0
	    ? 0
	    : store_journal_segment_fail(search->directory, search->error, search->size);
}

int
store_journal_tail_find(const char *directory, struct store_journal_tail *tail, char *error,
    size_t size)
{
	struct search search = { .directory = directory,
		.synced = true,
		.error = error,
		.size = size };
	int result = store_journal_segment_find(directory, &search.list, &search.n, error, size);

	if (result == 0)
		result = find_end(&search);
	free(search.list);
	*tail = (struct store_journal_tail){ .number = search.number, .at = search.at };
	return result;
}
