/*
 * A journal with damage: what a power cut leaves at its end goes, and what is broken before is
 * told, by who opens it, who reads it, and who only looks.
 */
#include <sys/wait.h>

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "journal_fixture.h"
#include "store/journal_look.h"
#include "store_fault.h"

/* Cut off at each of its bytes: the file ends there, zeros follow, or what was there before. */
START_TEST(a_torn_last_batch_goes)
{
	journal_setup();

	unsigned char rest[JOURNAL_TEXT * 2];
	struct journal_original original;
	char text[JOURNAL_TEXT];

	journal_fill(6, true);
	journal_take(&original, 1);
	size_t last = original.starts[original.n - 1];
	size_t end = last + STORE_JOURNAL_RECORD_HEADER + journal_batch(text, original.n);
	for (size_t at = last; at < original.scan.at; at++) {
		bool whole = original.scan.bytes[at] == 0;
		for (size_t i = at; whole && i < original.scan.at; i++)
			whole = original.scan.bytes[i] == 0;
		fixture_place("cut", at);
		journal_put(&original, at, 0, original.scan.bytes, 1);
		journal_demand_more(1, 5);
		memset(rest, 0, sizeof(rest));
		journal_put(&original, original.scan.len, at, rest, original.scan.at - at);
		journal_demand_more(1, whole ? 6 : 5);
		memset(rest, 0xff, sizeof(rest));
		journal_put(&original, original.scan.len, at, rest, original.scan.at - at);
		journal_demand_more(1, at < end ? 5 : 6);
	}
	fixture_place("", 0);
	store_journal_segment_free(&original.scan);
	journal_teardown();
}
END_TEST

START_TEST(damage_before_the_end_is_told)
{
	journal_setup();

	struct journal_original original;
	char sentence[64], text[JOURNAL_TEXT];

	journal_fill(6, true);
	journal_take(&original, 1);
	for (size_t record = 0; record + 1 < original.n; record++) {
		size_t at = original.starts[record];
		size_t end = at + STORE_JOURNAL_RECORD_HEADER + journal_batch(text, record + 1);

		snprintf(sentence, sizeof(sentence), "at byte %zu: batch %zu is missing", at,
		    record + 1);
		for (; at < end; at++) {
			fixture_place("byte", at);
			journal_put_byte(&original, at, original.scan.bytes[at] ^ 0x40);
			journal_refuse(sentence);
		}
	}
	fixture_place("", 0);
	store_journal_segment_free(&original.scan);
	journal_teardown();
}
END_TEST

/* Opening reads the last segment only; reading finds what is wrong in those before. */
START_TEST(damage_in_an_older_segment_is_told_when_it_is_read)
{
	journal_setup();

	struct journal_original original;
	uint64_t next = 1;

	journal_fill(40, true);
	journal_take(&original, 1);
	journal_put_byte(&original, original.starts[2] + STORE_JOURNAL_RECORD_HEADER, 'x');
	struct store_journal *journal = journal_open(true);
	journal_demand(journal, original.n + 1, 40);
	ck_assert_int_eq(store_journal_read(journal, 1, journal_see, &next, journal_error,
	                     sizeof(journal_error)),
	    -1);
	ck_assert_ptr_nonnull(strstr(journal_error, "batch 3 is missing"));
	ck_assert_uint_eq(next, 3);
	store_journal_close(journal);
	store_journal_segment_free(&original.scan);
	journal_teardown();
}
END_TEST

START_TEST(a_newer_version_is_told)
{
	journal_setup();

	struct journal_original original;

	journal_fill(6, true);
	journal_take(&original, 1);
	unsigned char *record = original.scan.bytes + original.starts[4];
	size_t len = original.starts[5] - original.starts[4];
	struct store_journal_record claim;
	ck_assert(store_journal_record_claim(&claim, record, len));
	record[4]++;
	uLong crc = crc32(crc32(0, record, 12), record + 16, (uInt)(8 + claim.len));
	for (int i = 0; i < 4; i++)
		record[12 + i] = (unsigned char)(crc >> (24 - 8 * i));
	journal_put_byte(&original, 0, original.scan.bytes[0]);
	journal_refuse("a newer version of kabar wrote batch 5");
	store_journal_segment_free(&original.scan);
	journal_teardown();
}
END_TEST

/* Records of its last use lie behind the end of a segment: they are nothing. */
START_TEST(a_batch_torn_in_a_used_segment_goes)
{
	journal_setup();

	struct journal_original original;
	struct store_journal *journal = journal_open(true);

	journal_append(journal, 100);
	ck_assert_int_eq(store_journal_trim(journal, 90), 0);
	ck_assert_uint_gt(journal_segments(true), 0);
	uint64_t first = journal_last_segment();
	while (journal_last_segment() == first)
		journal_append(journal, 1);
	journal_append(journal, 2);
	uint64_t end = store_journal_end(journal);
	store_journal_close(journal);
	journal_take(&original, end - 2);
	ck_assert_uint_gt(original.scan.len, original.scan.at);
	for (size_t at = original.starts[2]; at < original.scan.at; at++) {
		journal_put_byte(&original, at, original.scan.bytes[at] ^ 1);
		if (original.scan.bytes[at] != 0)
			journal_demand_more(end - 2, end - 1);
	}
	store_journal_segment_free(&original.scan);
	journal_teardown();
}
END_TEST

START_TEST(without_syncs_a_hole_is_the_end)
{
	journal_setup();

	struct journal_original original;
	struct store_journal *journal;

	fault_watch(journal_dir);
	journal_fill(40, false);
	ck_assert_uint_ge(journal_segments(false), 4);
	journal_take(&original, 1);
	journal_put_byte(&original, original.starts[2] + STORE_JOURNAL_RECORD_HEADER, 'x');
	journal_demand_more(1, 2);
	ck_assert_uint_eq(journal_segments(false), 1);
	/* Nothing comes back of what was behind. */
	journal = journal_open(true);
	journal_append(journal, 50);
	journal_demand(journal, 1, 53);
	store_journal_close(journal);
	store_journal_segment_free(&original.scan);
	journal_teardown();
}
END_TEST

START_TEST(a_hole_before_synced_batches_is_damage)
{
	journal_setup();

	struct journal_original original;

	journal_fill(3, false);
	journal_fill(1, true);
	journal_take(&original, 1);
	journal_put_byte(&original, original.starts[1] + STORE_JOURNAL_RECORD_HEADER, 'x');
	journal_refuse("batch 2 is missing");
	store_journal_segment_free(&original.scan);
	journal_teardown();
}
END_TEST

/* What a look finds in the journal. */
static struct store_journal_look
look_at(uint64_t *next)
{
	struct store_journal_look look = { .visit = next == NULL ? NULL : journal_see,
		.arg = next };

	ck_assert_msg(store_journal_look(journal_dir, &look, journal_error,
	                  sizeof(journal_error)) == 0,
	    "%s", journal_error);
	return look;
}

START_TEST(a_look_finds_all_batches)
{
	journal_setup();

	uint64_t next = 1;
	journal_fill(40, true);
	struct store_journal_look look = look_at(&next);
	ck_assert_uint_eq(look.first, 1);
	ck_assert_uint_eq(look.end, 40);
	ck_assert_uint_eq(look.batches, 40);
	ck_assert_uint_eq(look.n_holes, 0);
	ck_assert_uint_eq(look.torn, 0);
	ck_assert_uint_eq(next, 41);
	struct store_journal *journal = journal_open(true);
	ck_assert_uint_gt(look.bytes, 0);
	ck_assert_uint_le(look.bytes, store_journal_size(journal));
	ck_assert_int_eq(store_journal_trim(journal, 30), 0);
	uint64_t first = store_journal_first(journal);
	store_journal_close(journal);
	look = look_at(NULL);
	ck_assert_uint_eq(look.first, first);
	ck_assert_uint_gt(first, 20);
	ck_assert_uint_eq(look.end, 40);
	fixture_wipe(journal_dir);
	ck_assert_int_eq(store_journal_look(journal_dir, &look, journal_error,
	                     sizeof(journal_error)),
	    -1);
	ck_assert_ptr_nonnull(strstr(journal_error, "there is no journal"));
	journal_teardown();
}
END_TEST

static int
count_batch(void *arg, uint64_t number, const void *data, size_t len)
{
	uint64_t *sum = arg;

	(void)data;
	(void)len;
	*sum += number;
	return 0;
}

START_TEST(a_look_tells_each_hole_and_the_torn_end)
{
	journal_setup();

	struct journal_original original;
	uint64_t sum = 0;
	struct store_journal_look look = { .visit = count_batch, .arg = &sum };
	journal_fill(8, true);
	journal_take(&original, 1);
	original.scan.bytes[original.starts[1] + STORE_JOURNAL_RECORD_HEADER] ^= 1;
	original.scan.bytes[original.starts[4] + STORE_JOURNAL_RECORD_HEADER] ^= 1;
	original.scan.bytes[original.starts[5] + STORE_JOURNAL_RECORD_HEADER] ^= 1;
	journal_put_byte(&original, original.starts[7] + STORE_JOURNAL_RECORD_HEADER, 'x');
	ck_assert_int_eq(store_journal_look(journal_dir, &look, journal_error,
	                     sizeof(journal_error)),
	    0);
	ck_assert_uint_eq(look.n_holes, 2);
	ck_assert_uint_eq(look.holes[0].first, 2);
	ck_assert_uint_eq(look.holes[0].last, 2);
	ck_assert_uint_eq(look.holes[0].at, original.starts[1]);
	ck_assert(!look.holes[0].is_end);
	ck_assert_uint_eq(look.holes[1].first, 5);
	ck_assert_uint_eq(look.holes[1].last, 6);
	ck_assert_uint_eq(look.holes[1].at, original.starts[4]);
	ck_assert_uint_eq(look.end, 7);
	ck_assert_uint_eq(look.batches, 4);
	ck_assert_uint_eq(look.torn, original.scan.at - original.starts[7]);
	ck_assert_uint_eq(sum, 1 + 3 + 4 + 7);
	store_journal_look_free(&look);
	store_journal_segment_free(&original.scan);
	journal_teardown();
}
END_TEST

START_TEST(a_look_finds_a_missing_file)
{
	journal_setup();

	char path[PATH_MAX];
	uint64_t first;
	struct store_journal *journal = journal_open(true);
	journal_append(journal, 3);
	while ((first = journal_last_segment()) == 1)
		journal_append(journal, 1);
	while (journal_last_segment() == first)
		journal_append(journal, 1);
	store_journal_close(journal);
	store_journal_segment_path(path, sizeof(path), journal_dir, first, false);
	ck_assert_int_eq(unlink(path), 0);
	struct store_journal_look look = look_at(NULL);
	ck_assert_uint_eq(look.n_holes, 1);
	ck_assert_uint_eq(look.holes[0].segment, 1);
	ck_assert_uint_eq(look.holes[0].first, first);
	ck_assert_uint_eq(look.holes[0].last, journal_last_segment() - 1);
	ck_assert(!look.holes[0].is_end);
	store_journal_look_free(&look);
	journal_teardown();
}
END_TEST

/* Appends and gives up batches until it is killed. */
static void
write_on(void)
{
	struct store_journal *journal =
	    store_journal_open(journal_dir, true, journal_error, sizeof(journal_error));

	store_journal_set_segment(journal, JOURNAL_SEGMENT);
	for (;;)
		if (journal_try_append(journal) != STORE_JOURNAL_DONE ||
		    (store_journal_end(journal) % 40 == 0 &&
		        store_journal_trim(journal, store_journal_end(journal) - 30) != 0))
			_exit(1);
}

START_TEST(a_look_beside_a_writer_finds_no_damage)
{
	journal_setup();

	uint64_t last = 0;
	int status;
	pid_t pid = fork();
	if (pid == 0)
		write_on();
	for (unsigned int i = 0; i < 200;) {
		struct store_journal_look look = look_at(NULL);

		ck_assert_uint_eq(look.n_holes, 0);
		ck_assert_uint_ge(look.end, last);
		i += look.end > last;
		last = look.end;
		store_journal_look_free(&look);
		ck_assert_int_eq(waitpid(pid, &status, WNOHANG), 0);
	}
	kill(pid, SIGKILL);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	journal_teardown();
}
END_TEST

int
main(int argc, char **argv)
{
	const TTest *tests[] = {
		a_torn_last_batch_goes,
		damage_before_the_end_is_told,
		damage_in_an_older_segment_is_told_when_it_is_read,
		a_newer_version_is_told,
		a_batch_torn_in_a_used_segment_goes,
		without_syncs_a_hole_is_the_end,
		a_hole_before_synced_batches_is_damage,
		a_look_finds_all_batches,
		a_look_tells_each_hole_and_the_torn_end,
		a_look_finds_a_missing_file,
		a_look_beside_a_writer_finds_no_damage,
	};

	return FIXTURE_MAIN(argc, argv, tests);
}
