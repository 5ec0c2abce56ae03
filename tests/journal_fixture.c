/* journal_fixture: see journal_fixture.h. */
#include "journal_fixture.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "store_fault.h"

static char base[FIXTURE_DIR_MAX];
char journal_dir[FIXTURE_DIR_MAX + 16];
char journal_error[512];

void
journal_setup(void)
{
	fixture_dir_in_memory(base);
	snprintf(journal_dir, sizeof(journal_dir), "%s/journal", base);
	ck_assert_int_eq(store_journal_create(journal_dir, 1, journal_error, sizeof(journal_error)),
	    0);
}

void
journal_teardown(void)
{
	fault_watch(NULL);
	fixture_wipe(base);
}

struct store_journal *
journal_open(bool sync)
{
	struct store_journal *journal =
	    store_journal_open(journal_dir, sync, journal_error, sizeof(journal_error));

	ck_assert_msg(journal != NULL, "%s", journal_error);
	store_journal_set_segment(journal, JOURNAL_SEGMENT);
	return journal;
}

void
journal_refuse(const char *sentence)
{
	ck_assert_ptr_null(
	    store_journal_open(journal_dir, true, journal_error, sizeof(journal_error)));
	ck_assert_msg(strstr(journal_error, sentence) != NULL, "%s", journal_error);
}

/* The batch of a number: its length varies, and none ends with zeros. */
size_t
journal_batch(char text[JOURNAL_TEXT], uint64_t number)
{
	int len = snprintf(text, JOURNAL_TEXT, "%*s batch %" PRIu64 ".", (int)(number * 7 % 23), "",
	    number);

	return (size_t)len;
}

enum store_journal_result
journal_try_append(struct store_journal *journal)
{
	char text[JOURNAL_TEXT];

	return store_journal_append(journal, text,
	    journal_batch(text, store_journal_end(journal) + 1));
}

void
journal_append(struct store_journal *journal, unsigned int n)
{
	while (n-- > 0)
		ck_assert_int_eq(journal_try_append(journal), STORE_JOURNAL_DONE);
}

/* Makes a journal of n batches, and closes it. */
void
journal_fill(unsigned int n, bool sync)
{
	struct store_journal *journal = journal_open(sync);

	journal_append(journal, n);
	store_journal_close(journal);
}

/* Demands that the next batch is the right one. */
int
journal_see(void *arg, uint64_t number, const void *data, size_t len)
{
	uint64_t *next = arg;
	char text[JOURNAL_TEXT];

	ck_assert_uint_eq(number, *next);
	ck_assert_uint_eq(len, journal_batch(text, number));
	ck_assert_mem_eq(data, text, len);
	(*next)++;
	return 0;
}

void
journal_demand(struct store_journal *journal, uint64_t from, uint64_t end)
{
	uint64_t next = from;

	ck_assert_uint_eq(store_journal_end(journal), end);
	ck_assert_int_eq(store_journal_read(journal, from, journal_see, &next, journal_error,
	                     sizeof(journal_error)),
	    0);
	ck_assert_uint_eq(next, end + 1);
}

/* Whoever opens the journal next finds these batches, can append, and finds that, too. */
void
journal_demand_more(uint64_t from, uint64_t end)
{
	struct store_journal *journal = journal_open(true);

	journal_demand(journal, from, end);
	journal_append(journal, 1);
	journal_demand(journal, from, end + 1);
	store_journal_close(journal);
	journal = journal_open(true);
	journal_demand(journal, from, end + 1);
	store_journal_close(journal);
}

size_t
journal_segments(bool spare)
{
	struct store_journal_segment *list;
	size_t n;

	ck_assert_int_eq(store_journal_segment_list(journal_dir, spare, &list, &n), 0);
	free(list);
	return n;
}

uint64_t
journal_last_segment(void)
{
	struct store_journal_segment *list;
	size_t n;

	ck_assert_int_eq(store_journal_segment_list(journal_dir, false, &list, &n), 0);
	uint64_t first = list[n - 1].first;
	free(list);
	return first;
}

void
journal_take(struct journal_original *original, uint64_t first)
{
	struct store_journal_record record;

	*original = (struct journal_original){ .first = first };
	ck_assert_int_eq(store_journal_segment_load(journal_dir, first, &original->scan), 0);
	for (original->n = 0;; original->n++) {
		original->starts[original->n] = original->scan.at;
		if (store_journal_segment_next(&original->scan, &record) !=
		    STORE_JOURNAL_SCAN_RECORD)
			break;
	}
	ck_assert_uint_ge(original->n, 3);
}

/* Puts the original back, with another size and other bytes from `at` on. */
void
journal_put(const struct journal_original *original, size_t size, size_t at, const void *data,
    size_t len)
{
	char path[PATH_MAX];

	store_journal_segment_path(path, sizeof(path), journal_dir, original->first, false);
	int fd = open(path, O_WRONLY | O_TRUNC | O_CREAT, 0600);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(pwrite(fd, original->scan.bytes, size, 0), (ssize_t)size);
	ck_assert_int_eq(pwrite(fd, data, len, (off_t)at), (ssize_t)len);
	close(fd);
}

void
journal_put_byte(const struct journal_original *original, size_t at, unsigned char byte)
{
	journal_put(original, original->scan.len, at, &byte, 1);
}
