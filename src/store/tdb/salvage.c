/*
 * store_salvage: goes through the bytes of a damaged TDB file and finds the records in it.
 */
#include "store/tdb/salvage.h"

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "store/tdb/file.h"
#include "store/tdb/layout.h"

#define PAGE   4096
#define GROWTH (1024 * 1024) /* bytes by which TDB makes a file longer at once, or less */
/* A table's number stands before its key, and a byte before both in a list of keys. */
#define KEY_MOST (2 + STORE_KEY_MAX)

struct scan {
	const unsigned char *bytes;
	size_t size;
	bool swapped;    /* made on a machine of the other byte order */
	size_t recovery; /* where the header says that TDB's recovery area is; 0: not known */
	store_visit *visit;
	void *arg;
	struct store_salvage *result;
	bool stopped;
};

static uint32_t
word_at(const struct scan *scan, size_t at)
{
	return store_layout_word(scan->bytes, at, scan->swapped);
}

/* Tells whether a record of a possible length begins here and ends where its length says. */
static bool
is_whole(const struct scan *scan, size_t at, size_t *end)
{
	size_t length = word_at(scan, at + AT_LENGTH);

	if (length < TAILER_SIZE || length % 4 != 0 || length > scan->size - at - RECORD_SIZE)
		return false;
	*end = at + RECORD_SIZE + length;
	return word_at(scan, *end - TAILER_SIZE) == *end - at;
}

/*
 * Tells whether TDB's recovery area begins here: copies of records that its last transactions have
 * overwritten. The tailer of this area lies behind its used part.
 */
static bool
is_recovery(const struct scan *scan, size_t at, size_t *end)
{
	uint32_t magic = word_at(scan, at + AT_MAGIC);
	size_t length = word_at(scan, at + AT_LENGTH), used = word_at(scan, at + AT_DATA_LENGTH);

	if ((magic != 0 && magic != MAGIC_RECOVERY) || length < TAILER_SIZE || length % 4 != 0 ||
	    length > scan->size - at - RECORD_SIZE)
		return false;
	*end = at + RECORD_SIZE + length;
	return at == scan->recovery ||
	    (used >= TAILER_SIZE && used <= length &&
	        word_at(scan, at + RECORD_SIZE + used - TAILER_SIZE) == *end - at);
}

/* Tells whether a record in use begins here, with a key that has the hash it is filed under. */
static bool
has_key(const struct scan *scan, size_t at)
{
	size_t room = scan->size - at - RECORD_SIZE;
	size_t key_len = word_at(scan, at + AT_KEY_LENGTH);
	size_t len = word_at(scan, at + AT_DATA_LENGTH);

	return word_at(scan, at + AT_MAGIC) == MAGIC_USED && key_len > 0 && key_len <= KEY_MOST &&
	    key_len <= room && len <= room - key_len &&
	    store_key_hash(scan->bytes + at + RECORD_SIZE, key_len) == word_at(scan, at + AT_HASH);
}

static void
visit_record(struct scan *scan, size_t at)
{
	const unsigned char *key = scan->bytes + at + RECORD_SIZE;
	size_t key_len = word_at(scan, at + AT_KEY_LENGTH);

	scan->result->records++;
	if (scan->visit != NULL)
		scan->stopped = scan->visit(scan->arg, key, key_len, key + key_len,
		                    word_at(scan, at + AT_DATA_LENGTH)) != 0;
}

/*
 * Moves *at behind the record there and visits it if it is in use. The inside of a record is not
 * searched: a message could contain bytes that look like a record. False: no record begins here.
 */
static bool
step_over(struct scan *scan, size_t *at)
{
	uint32_t magic = word_at(scan, *at + AT_MAGIC);
	size_t begin = *at, end;

	if (has_key(scan, begin)) {
		size_t len = (size_t)word_at(scan, begin + AT_KEY_LENGTH) +
		    word_at(scan, begin + AT_DATA_LENGTH);

		/* A record with a damaged length ends with its data. */
		if (is_whole(scan, begin, &end) && len + TAILER_SIZE <= end - begin - RECORD_SIZE)
			*at = end;
		else
			*at = begin + ((RECORD_SIZE + len + 3) & ~(size_t)3);
		visit_record(scan, begin);
		return true;
	}
	if (is_recovery(scan, begin, &end)) {
		*at = end;
		return true;
	}
	if ((magic != MAGIC_FREE && magic != MAGIC_DEAD && magic != MAGIC_USED) ||
	    !is_whole(scan, begin, &end))
		return false;
	if (magic == MAGIC_USED) {
		scan->result->lost += end - begin;
		scan->result->strange++;
	}
	*at = end;
	return true;
}

/* Zeroes up to the end of a file were never written. */
static bool
is_blank(const struct scan *scan, size_t from)
{
	while (from < scan->size && scan->bytes[from] == 0)
		from++;
	return from == scan->size;
}

static void
scan_records(struct scan *scan, size_t at, bool from_first)
{
	size_t lost_from = 0; /* 0: the last record ended here */

	while (!scan->stopped && at < scan->size && scan->size - at >= RECORD_SIZE) {
		size_t before = at;

		if (!step_over(scan, &at)) {
			if (lost_from == 0)
				lost_from = at;
			at += 4;
			continue;
		}
		if (!from_first)
			scan->result->guessed_slots =
			    (uint32_t)((before - HEADER_SIZE) / SLOT_SIZE - 1);
		else if (lost_from != 0)
			scan->result->lost += before - lost_from;
		lost_from = 0;
		from_first = true;
	}
	if (lost_from == 0 || scan->stopped)
		return;
	if (!is_blank(scan, lost_from))
		scan->result->lost += scan->size - lost_from;
}

/*
 * Tells whether chains of the hash table lead behind the end of the file, but no further than the
 * file may have reached before it was cut off.
 */
static bool
leads_out(const struct scan *scan, size_t slots)
{
	for (size_t i = 1; i <= slots; i++) {
		size_t head = word_at(scan, HEADER_SIZE + i * SLOT_SIZE);

		if (head >= scan->size && head % 4 == 0 && head < 4 * scan->size + GROWTH)
			return true;
	}
	return false;
}

/* Reads where the records begin. False: the header is damaged. */
static bool
read_header(struct scan *scan, size_t *first)
{
	size_t slots;

	if (scan->size < HEADER_SIZE || memcmp(scan->bytes, MAGIC_FOOD, sizeof(MAGIC_FOOD)) != 0)
		return false;
	scan->swapped = false;
	if (word_at(scan, AT_VERSION) != NATIVE_VERSION) {
		scan->swapped = true;
		if (word_at(scan, AT_VERSION) != NATIVE_VERSION)
			return false;
	}
	slots = word_at(scan, AT_SLOTS);
	if (slots == 0 || slots >= (scan->size - HEADER_SIZE) / SLOT_SIZE)
		return false;
	scan->recovery = word_at(scan, AT_RECOVERY);
	scan->result->slots = (uint32_t)slots;
	scan->result->cut = leads_out(scan, slots);
	*first = HEADER_SIZE + (slots + 1) * SLOT_SIZE;
	return true;
}

/* Without a header: chooses the byte order in which a scan finds records. */
static void
guess_order(struct scan *scan)
{
	struct scan trial = *scan;
	struct store_salvage found = { .size = 0 };

	trial.visit = NULL;
	trial.result = &found;
	trial.swapped = false;
	scan_records(&trial, HEADER_SIZE, false);
	scan->swapped = found.records == 0;
}

static int
read_all(int fd, unsigned char *bytes, size_t size)
{
	for (size_t at = 0; at < size;) {
		size_t part = size - at < PAGE ? size - at : PAGE;
		ssize_t got = pread(fd, bytes + at, part, (off_t)at);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0 && errno != EIO)
			return -1;
		at += got <= 0 ? part : (size_t)got;
	}
	return 0;
}

static int
load_file(int fd, unsigned char **bytes, size_t *size)
{
	struct stat st;
	int result = -1;

	*bytes = NULL;
	if (fstat(fd, &st) == 0) {
		*size = (size_t)st.st_size;
		*bytes = calloc(1, *size + 1);
	}
	if (*bytes != NULL)
		result = read_all(fd, *bytes, *size);
	if (result != 0)
		free(*bytes);
	return result;
}

int
store_salvage_scan(const char *path, store_visit *visit, void *arg, struct store_salvage *result)
{
	struct scan scan = { .visit = visit, .arg = arg, .result = result };
	unsigned char *bytes;
	size_t first = HEADER_SIZE;

	*result = (struct store_salvage){ .fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW) };
	result->open = result->fd >= 0;
	if (!result->open || load_file(result->fd, &bytes, &scan.size) != 0)
		return -1;
	scan.bytes = bytes;
	result->size = scan.size;
	bool known = read_header(&scan, &first);
	if (!known)
		guess_order(&scan);
	scan_records(&scan, first, known);
	free(bytes);
	return 0;
}

void
store_salvage_end(struct store_salvage *result)
{
	if (result->open)
		close(result->fd);
	result->open = false;
}

bool
store_salvage_begins_late(const struct store_salvage *result, uint32_t slots)
{
	if (result->slots != 0)
		return false;
	while (slots < result->guessed_slots && slots < UINT32_MAX / 2)
		slots *= 2;
	return slots != result->guessed_slots;
}
