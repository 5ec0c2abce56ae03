/* store_journal_segment: see journal_segment.h. */
#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/vector.h"
#include "store/journal_segment.h"

#define DIGITS       16
#define SUFFIX       ".journal"
#define SPARE_SUFFIX ".spare"

void
store_journal_segment_path(char *path, size_t size, const char *directory, uint64_t first,
    bool spare)
{
	snprintf(path, size, "%s/%016" PRIx64 "%s", directory, first,
	    spare ? SPARE_SUFFIX : SUFFIX);
}

static bool
parse_name(const char *name, bool spare, uint64_t *first)
{
	char *end;

	if (strlen(name) < DIGITS || strspn(name, "0123456789abcdef") != DIGITS)
		return false;
	*first = strtoull(name, &end, 16);
	return strcmp(end, spare ? SPARE_SUFFIX : SUFFIX) == 0;
}

int
store_journal_segment_list(const char *directory, bool spare, struct store_journal_segment **list,
    size_t *n)
{
	DIR *dir = opendir(directory);
	struct dirent *found;
	struct stat st;
	uint64_t first;
	int result = 0;

	*list = NULL;
	*n = 0;
	if (dir == NULL)
		return -1;
	while (result == 0 && (found = readdir(dir)) != NULL) {
		struct store_journal_segment *added;

		if (!parse_name(found->d_name, spare, &first) ||
		    fstatat(dirfd(dir), found->d_name, &st, 0) != 0)
			continue;
		added = vector_add(list, n, sizeof(**list));
		if (added == NULL)
			result = -1;
		else
			*added = (struct store_journal_segment){ .first = first,
				.bytes = (uint64_t)st.st_size };
	}
	closedir(dir);
	if (*n > 1)
		qsort(*list, *n, sizeof(**list), vector_compare_u64);
	return result;
}

int
store_journal_segment_find(const char *directory, struct store_journal_segment **list, size_t *n,
    char *error, size_t size)
{
	if (store_journal_segment_list(directory, false, list, n) != 0 && errno != ENOENT)
		return store_journal_segment_fail(directory, error, size);
	if (*n > 0)
		return 0;
	snprintf(error, size, "there is no journal in %s", directory);
	errno = ENOENT;
	return -1;
}

int
store_journal_segment_open(const char *directory, uint64_t first)
{
	char path[PATH_MAX];

	store_journal_segment_path(path, sizeof(path), directory, first, false);
	return open(path, O_RDWR | O_CLOEXEC);
}

int
store_journal_segment_fail(const char *directory, char *error, size_t size)
{
	int saved = errno;

	snprintf(error, size, "cannot read the journal in %s: %s", directory, strerror(saved));
	errno = saved;
	return -1;
}

/* 0 or -1 with errno set. A file that grows meanwhile is read up to the size that it had. */
static int
read_all(int fd, const char *path, struct store_journal_scan *scan)
{
	struct stat st, named;
	ssize_t got = 1;

	if (fstat(fd, &st) != 0)
		return -1;
	scan->bytes = malloc((size_t)st.st_size + 1);
	if (scan->bytes == NULL)
		return -1;
	for (scan->len = 0; got > 0 && scan->len < (size_t)st.st_size; scan->len += (size_t)got) {
		got = pread(fd, scan->bytes + scan->len, (size_t)st.st_size - scan->len,
		    (off_t)scan->len);
		if (got < 0)
			return -1;
	}
	if (stat(path, &named) != 0)
		return -1;
	errno = ENOENT;
	return named.st_ino == st.st_ino ? 0 : -1;
}

int
store_journal_segment_load(const char *directory, uint64_t first, struct store_journal_scan *scan)
{
	char path[PATH_MAX];
	int fd, result, saved;

	*scan = (struct store_journal_scan){ .number = first };
	store_journal_segment_path(path, sizeof(path), directory, first, false);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	result = read_all(fd, path, scan);
	saved = errno;
	if (result != 0)
		store_journal_segment_free(scan);
	close(fd);
	errno = saved;
	return result;
}

void
store_journal_segment_free(struct store_journal_scan *scan)
{
	free(scan->bytes);
	scan->bytes = NULL;
	scan->len = 0;
}

/* Finds a whole record with the expected number or a higher one, from here on. */
static bool
find_record(struct store_journal_scan *scan, struct store_journal_record *record)
{
	for (size_t at = scan->at; at + STORE_JOURNAL_RECORD_HEADER <= scan->len;
	     at += STORE_JOURNAL_RECORD_ALIGN) {
		const unsigned char *here = scan->bytes + at;
		size_t left = scan->len - at;

		if (!store_journal_record_claim(record, here, left) ||
		    record->number < scan->number ||
		    !store_journal_record_parse(record, here, left))
			continue;
		scan->found = at;
		return true;
	}
	return false;
}

enum store_journal_scan_result
store_journal_segment_next(struct store_journal_scan *scan, struct store_journal_record *record)
{
	if (!find_record(scan, record))
		return STORE_JOURNAL_SCAN_END;
	if (record->newer)
		return STORE_JOURNAL_SCAN_NEWER;
	if (scan->found != scan->at || record->number != scan->number)
		return STORE_JOURNAL_SCAN_HOLE;
	scan->at += record->size;
	scan->number++;
	return STORE_JOURNAL_SCAN_RECORD;
}

void
store_journal_segment_skip(struct store_journal_scan *scan,
    const struct store_journal_record *record)
{
	scan->at = scan->found + record->size;
	scan->number = record->number + 1;
}

size_t
store_journal_segment_torn(const struct store_journal_scan *scan)
{
	struct store_journal_record record;
	size_t left = scan->len - scan->at;

	if (!store_journal_record_claim(&record, scan->bytes + scan->at, left) ||
	    record.number < scan->number)
		return 0;
	return record.size < left ? record.size : left;
}
