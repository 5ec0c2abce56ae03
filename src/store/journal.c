/*
 * store_journal: see journal.h. The file to which batches are appended has zeros ahead, written and
 * synced together with a record before, so that most appends change only bytes that the file
 * has already: then a sync is one write of the disk.
 */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/rmtree.h"
#include "base/sync_directory.h"
#include "base/vector.h"
#include "store/journal.h"
#include "store/journal_segment.h"
#include "store/journal_tail.h"

#define ZEROS_AHEAD (1024U * 1024)
#define SPARES      8          /* given up segments that are kept to be used again */
#define BUFFER_KEEP (1U << 20) /* a larger buffer is given back after its batch */

struct store_journal {
	char directory[PATH_MAX];
	bool sync;
	bool broken;  /* a batch may or may not be in it */
	bool full;    /* the next batch goes into a new segment */
	bool unnamed; /* the name of the last segment is not durable yet */
	uint64_t segment_size;
	struct store_journal_segment *list; /* ascending, at least one */
	size_t n;
	uint64_t end;
	int fd;         /* of the last segment */
	uint64_t at;    /* where its next record goes */
	uint64_t ahead; /* its size: up to here all bytes are written */
	unsigned char *buffer;
	size_t buffer_size;
};

int
store_journal_create(const char *directory, uint64_t first, char *error, size_t size)
{
	char path[PATH_MAX];
	int fd = -1;

	store_journal_segment_path(path, sizeof(path), directory, first, false);
	if (rmtree(directory) == 0 && mkdir(directory, 0700) == 0)
		fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd >= 0 && fsync(fd) == 0 && sync_directory(directory) == 0 &&
	    sync_directory_of(directory) == 0)
		return close(fd);
	snprintf(error, size, "cannot make a journal in %s: %s", directory, strerror(errno));
	if (fd >= 0)
		close(fd);
	return -1;
}

static int
sync_segment(const struct store_journal *journal, uint64_t first)
{
	int fd = store_journal_segment_open(journal->directory, first), result;

	if (fd < 0)
		return -1;
	result = fdatasync(fd);
	close(fd);
	return result;
}

/* Opens the last segment for appending: 0 or -1 with errno set. */
static int
open_last(struct store_journal *journal)
{
	struct stat st;

	journal->fd =
	    store_journal_segment_open(journal->directory, journal->list[journal->n - 1].first);
	if (journal->fd < 0 || fstat(journal->fd, &st) != 0)
		return -1;
	journal->ahead = (uint64_t)st.st_size;
	return 0;
}

int
store_journal_sync(const struct store_journal *journal)
{
	for (size_t i = 0; i < journal->n; i++)
		if (sync_segment(journal, journal->list[i].first) != 0)
			return -1;
	return sync_directory(journal->directory);
}

/*
 * Removes the spares of writers before. Without syncs one of them may be a segment that has lost
 * its new name, but not its batches: used again, they would follow those that took their place.
 */
static void
remove_spares(const struct store_journal *journal)
{
	struct store_journal_segment *spares;
	char path[PATH_MAX];
	size_t n;

	if (store_journal_segment_list(journal->directory, true, &spares, &n) != 0)
		return;
	for (size_t i = 0; i < n; i++) {
		store_journal_segment_path(path, sizeof(path), journal->directory, spares[i].first,
		    true);
		unlink(path);
	}
	free(spares);
}

static int
open_journal(struct store_journal *journal, char *error, size_t size)
{
	struct store_journal_tail tail;

	if (store_journal_tail_find(journal->directory, &tail, error, size) != 0)
		return -1;
	journal->end = tail.number;
	journal->at = tail.at;
	remove_spares(journal);
	if (store_journal_segment_list(journal->directory, false, &journal->list, &journal->n) ==
	        0 &&
	    (!journal->sync || store_journal_sync(journal) == 0) && open_last(journal) == 0)
		return 0;
	snprintf(error, size, "cannot open the journal in %s: %s", journal->directory,
	    strerror(errno));
	return -1;
}

struct store_journal *
store_journal_open(const char *directory, bool sync, char *error, size_t size)
{
	struct store_journal *journal = calloc(1, sizeof(*journal));

	if (journal == NULL) {
		snprintf(error, size, "out of memory");
		return NULL;
	}
	snprintf(journal->directory, sizeof(journal->directory), "%s", directory);
	journal->sync = sync;
	journal->segment_size = STORE_JOURNAL_SEGMENT;
	journal->fd = -1;
	if (open_journal(journal, error, size) == 0)
		return journal;
	store_journal_close(journal);
	return NULL;
}

void
store_journal_close(struct store_journal *journal)
{
	if (journal == NULL)
		return;
	if (journal->fd >= 0)
		close(journal->fd);
	free(journal->list);
	free(journal->buffer);
	free(journal);
}

/* Takes a spare segment, or makes an empty one. The descriptor, or -1 with errno set. */
static int
make_segment(const struct store_journal *journal, uint64_t first)
{
	struct store_journal_segment *spares;
	char path[PATH_MAX], spare[PATH_MAX];
	size_t n;

	store_journal_segment_path(path, sizeof(path), journal->directory, first, false);
	if (store_journal_segment_list(journal->directory, true, &spares, &n) == 0 && n > 0) {
		store_journal_segment_path(spare, sizeof(spare), journal->directory,
		    spares[0].first, true);
		rename(spare, path);
	}
	free(spares);
	return open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
}

/* Begins a segment with the next batch. 0 or -1 with errno set. */
static int
add_segment(struct store_journal *journal)
{
	uint64_t first = journal->end + 1;
	struct store_journal_segment *added;
	struct stat st;
	int fd;

	/* The file may be there even if this fails: `full` keeps the next batch out of the one
	 * before. */
	added = vector_add(&journal->list, &journal->n, sizeof(*journal->list));
	if (added == NULL)
		return -1;
	fd = make_segment(journal, first);
	if (fd < 0 || fstat(fd, &st) != 0) {
		journal->n--;
		if (fd >= 0)
			close(fd);
		return -1;
	}
	*added = (struct store_journal_segment){ .first = first };
	journal->list[journal->n - 2].bytes = journal->at;
	close(journal->fd);
	journal->fd = fd;
	journal->at = 0;
	journal->ahead = (uint64_t)st.st_size;
	journal->full = false;
	journal->unnamed = journal->sync;
	return 0;
}

/* Gets a place for a record of this size. 0 or -1 with errno set. */
static int
make_room(struct store_journal *journal, size_t record)
{
	if (journal->at > 0 && journal->at + record > journal->segment_size)
		journal->full = true;
	if (journal->full && add_segment(journal) != 0)
		return -1;
	if (journal->unnamed && sync_directory(journal->directory) != 0)
		return -1;
	journal->unnamed = false;
	if (journal->buffer_size >= record)
		return 0;
	free(journal->buffer);
	journal->buffer = malloc(record);
	journal->buffer_size = journal->buffer == NULL ? 0 : record;
	return journal->buffer == NULL ? -1 : 0;
}

/* Writes zeros behind a record that goes beyond those before. It may fail: then the next one does
 * it. */
static void
write_zeros_ahead(struct store_journal *journal, uint64_t from)
{
	uint64_t to = (from / ZEROS_AHEAD + 1) * ZEROS_AHEAD;

	if (from <= journal->ahead)
		return;
	journal->ahead = from;
	if (to > journal->segment_size)
		to = journal->segment_size;
	if (to <= from)
		return;
	unsigned char *zeros = calloc(1, (size_t)(to - from));
	if (zeros == NULL)
		return;
	ssize_t done = pwrite(journal->fd, zeros, (size_t)(to - from), (off_t)from);
	if (done > 0)
		journal->ahead += (uint64_t)done;
	free(zeros);
}

/*
 * A part of a record is in the file; what lacks may be there by chance, as zeros are. So its header
 * goes, durably.
 */
static enum store_journal_result
undo_write(struct store_journal *journal)
{
	static const unsigned char zeros[STORE_JOURNAL_RECORD_HEADER];

	if (pwrite(journal->fd, zeros, sizeof(zeros), (off_t)journal->at) == sizeof(zeros) &&
	    (!journal->sync || fdatasync(journal->fd) == 0)) {
		errno = ENOSPC;
		return STORE_JOURNAL_REFUSED;
	}
	journal->broken = true;
	return STORE_JOURNAL_UNSURE;
}

static enum store_journal_result
write_record(struct store_journal *journal, size_t size)
{
	ssize_t done = pwrite(journal->fd, journal->buffer, size, (off_t)journal->at);

	if (done <= 0)
		return STORE_JOURNAL_REFUSED;
	if ((size_t)done < size)
		return undo_write(journal);
	write_zeros_ahead(journal, journal->at + size);
	if (!journal->sync || fdatasync(journal->fd) == 0)
		return STORE_JOURNAL_DONE;
	journal->broken = true;
	return STORE_JOURNAL_UNSURE;
}

enum store_journal_result
store_journal_append(struct store_journal *journal, const void *data, size_t len)
{
	struct store_journal_record record = { .number = journal->end + 1,
		.data = data,
		.len = len,
		.size = store_journal_record_size(len),
		.synced = journal->sync };
	enum store_journal_result result;

	errno = journal->broken ? EIO : EMSGSIZE;
	if (journal->broken || len == 0 || len > STORE_JOURNAL_BATCH_MAX ||
	    make_room(journal, record.size) != 0)
		return STORE_JOURNAL_REFUSED;
	store_journal_record_pack(journal->buffer, &record);
	result = write_record(journal, record.size);
	if (result == STORE_JOURNAL_DONE) {
		journal->end++;
		journal->at += record.size;
	}
	if (journal->buffer_size > BUFFER_KEEP) {
		free(journal->buffer);
		journal->buffer = NULL;
		journal->buffer_size = 0;
	}
	return result;
}

/* As store_journal_read(), of one segment, from a number in it up to that before `to`. */
static int
read_segment(const struct store_journal *journal, size_t index, uint64_t from, uint64_t to,
    store_journal_visit *visit, void *arg, char *error, size_t size)
{
	struct store_journal_segment *segment = &journal->list[index];
	struct store_journal_record record;
	struct store_journal_scan scan;
	int result = 0;

	if (store_journal_segment_load(journal->directory, segment->first, &scan) != 0)
		return store_journal_segment_fail(journal->directory, error, size);
	while (result == 0 && scan.number < to) {
		enum store_journal_scan_result found = store_journal_segment_next(&scan, &record);

		if (found != STORE_JOURNAL_SCAN_RECORD) {
			store_journal_tail_tell(journal->directory, segment->first, &scan, found,
			    error, size);
			result = -1;
		} else if (record.number >= from) {
			result = visit(arg, record.number, record.data, record.len);
		}
	}
	store_journal_segment_free(&scan);
	return result;
}

int
store_journal_read(struct store_journal *journal, uint64_t from, store_journal_visit *visit,
    void *arg, char *error, size_t size)
{
	int result = 0;

	if (from < journal->list[0].first) {
		snprintf(error, size,
		    "the journal in %s begins with batch %" PRIu64 ", but batch %" PRIu64
		    " is needed",
		    journal->directory, journal->list[0].first, from);
		return -1;
	}
	for (size_t i = 0; result == 0 && i < journal->n; i++) {
		uint64_t to = i + 1 < journal->n ? journal->list[i + 1].first : journal->end + 1;

		if (from < to)
			result = read_segment(journal, i, from, to, visit, arg, error, size);
	}
	return result;
}

/* Gives up the oldest segment. 0 or -1 with errno set. */
static int
drop_first(struct store_journal *journal, size_t *spares)
{
	char path[PATH_MAX], spare[PATH_MAX];
	uint64_t first = journal->list[0].first;

	store_journal_segment_path(path, sizeof(path), journal->directory, first, false);
	store_journal_segment_path(spare, sizeof(spare), journal->directory, first, true);
	if (*spares < SPARES ? rename(path, spare) != 0 : unlink(path) != 0)
		return -1;
	(*spares)++;
	journal->n--;
	memmove(journal->list, journal->list + 1, journal->n * sizeof(*journal->list));
	return 0;
}

int
store_journal_trim(struct store_journal *journal, uint64_t upto)
{
	struct store_journal_segment *list;
	size_t spares;

	if (journal->n == 1 || journal->list[1].first - 1 > upto)
		return 0;
	if (store_journal_segment_list(journal->directory, true, &list, &spares) != 0)
		return -1;
	free(list);
	/* The names go one after the other, so that those that are left never have a gap. */
	while (journal->n > 1 && journal->list[1].first - 1 <= upto)
		if (drop_first(journal, &spares) != 0 || sync_directory(journal->directory) != 0)
			return -1;
	return 0;
}

uint64_t
store_journal_first(const struct store_journal *journal)
{
	return journal->list[0].first;
}

uint64_t
store_journal_end(const struct store_journal *journal)
{
	return journal->end;
}

uint64_t
store_journal_size(const struct store_journal *journal)
{
	uint64_t bytes = journal->at;

	for (size_t i = 0; i + 1 < journal->n; i++)
		bytes += journal->list[i].bytes;
	return bytes;
}

void
store_journal_set_segment(struct store_journal *journal, uint64_t bytes)
{
	journal->segment_size = bytes;
}
