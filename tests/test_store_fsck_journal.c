/*
 * Check and repair of a store whose journal or checkpoint is damaged or missing, in the same boot
 * and after a power cut: what can be saved is there, and what is lost is told.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "base/rmtree.h"
#include "store/checkpoint.h"
#include "store/fsck/fsck.h"
#include "store/journal_segment.h"
#include "store/tdb/layout.h"
#include "store_cut.h"

#define N     40
#define TABLE STORE_TABLES_FREE

static char dir[FIXTURE_DIR_MAX];
static char said[65536];
static unsigned int found[STORE_FOUND_CLASSES];

static void
note_finding(void *arg, const struct store_finding *finding)
{
	size_t len = strlen(said);

	(void)arg;
	found[finding->class]++;
	snprintf(said + len, sizeof(said) - len, "%d: %s\n", (int)finding->class, finding->text);
}

static void
forget_said(void)
{
	said[0] = '\0';
	memset(found, 0, sizeof(found));
}

static void
demand_said(const char *words)
{
	ck_assert_msg(strstr(said, words) != NULL, "not said: %s\n%s", words, said);
}

/* A store of N, of which the checkpoint has the first part; its writer has died. */
static struct store_options
make_store(unsigned int in_checkpoint)
{
	struct store_options opt = cut_options(dir);
	struct store *store = cut_create(&opt);

	cut_fill(store, 0, in_checkpoint);
	ck_assert_int_eq(store_checkpoint_make(store), 0);
	cut_fill(store, in_checkpoint, N);
	cut_die(store);
	return opt;
}

static struct store_options
in_later_boot(const struct store_options *opt)
{
	struct store_options later = *opt;

	later.boot = CUT_LATER;
	return later;
}

static int
try_repair(const struct store_options *opt, bool dry, bool *openable, char error[512])
{
	struct store_fsck fsck = { .opt = opt, .dry = dry, .report = note_finding };

	forget_said();
	int result = store_fsck_files(&fsck, openable, error, 512);
	store_fsck_free(&fsck);
	return result;
}

static void
repair(const struct store_options *opt)
{
	char error[512] = "";
	bool openable = false;

	ck_assert_msg(try_repair(opt, false, &openable, error) == 0, "%s", error);
	ck_assert(openable);
}

/* The store has the first n and takes more, also after the power has gone once more. */
static void
go_on(const struct store_options *opt, unsigned int n)
{
	struct store *store = fixture_open_writer(opt);

	cut_verify(store, n);
	cut_fill(store, n, n + 5);
	cut_die(store);
	cut_tear(opt);
	cut_recovered(opt, "third boot", n + 5);
}

/* Damages a batch in the journal, or has a newer version make it. */
static void
damage_batch(const struct store_options *opt, uint64_t number, bool newer)
{
	char directory[PATH_MAX], path[PATH_MAX];
	struct store_journal_segment *list;
	struct store_journal_record record;
	struct store_journal_scan scan;
	size_t n;

	snprintf(directory, sizeof(directory), "%s/journal", opt->state);
	ck_assert_int_eq(store_journal_segment_list(directory, false, &list, &n), 0);
	ck_assert_uint_ge(n, 1);
	ck_assert_int_eq(store_journal_segment_load(directory, list[0].first, &scan), 0);
	do
		ck_assert_int_eq(store_journal_segment_next(&scan, &record),
		    STORE_JOURNAL_SCAN_RECORD);
	while (record.number != number);
	unsigned char *bytes = scan.bytes + scan.at - record.size;
	if (newer) {
		bytes[4]++;
		uLong crc = crc32(crc32(0, bytes, 12), bytes + 16, (uInt)(8 + record.len));
		pack_put_u64(bytes + 8, (uint64_t)record.len << 32 | crc);
	} else {
		bytes[STORE_JOURNAL_RECORD_HEADER] ^= 1;
	}
	store_journal_segment_path(path, sizeof(path), directory, list[0].first, false);
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	ck_assert_int_eq(pwrite(fd, scan.bytes, scan.len, 0), (ssize_t)scan.len);
	close(fd);
	store_journal_segment_free(&scan);
	free(list);
}

static void
remove_below(const struct store_options *opt, const char *name)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", opt->state, name);
	ck_assert_int_eq(rmtree(path), 0);
}

static int
check(const struct store_options *opt)
{
	struct store *store = fixture_open(opt);

	forget_said();
	int result = store_fsck_check(store, note_finding, NULL);
	store_close(store);
	return result;
}

static bool
keeps_damaged(const struct store_options *opt)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/damaged", opt->state);
	return access(path, F_OK) == 0;
}

/* Lets the last record of each chain of a file point to the first one. */
static void
bend_chains(const char *path)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);
	uint32_t slots, head, at, next;

	ck_assert_int_eq(pread(fd, &slots, 4, AT_SLOTS), 4);
	for (uint32_t i = 1; i <= slots; i++) { /* the free list comes first */
		ck_assert_int_eq(pread(fd, &head, 4, (off_t)(HEADER_SIZE + i * SLOT_SIZE)), 4);
		for (at = head; at != 0; at = next == 0 ? 0 : next) {
			ck_assert_int_eq(pread(fd, &next, 4, (off_t)at), 4);
			if (next == 0)
				ck_assert_int_eq(pwrite(fd, &head, 4, (off_t)at), 4);
		}
	}
	close(fd);
}

/* The batch that puts the record of an entry; that before it appends the entry. */
static uint64_t
batch_of_record(unsigned int i)
{
	return 2 * (uint64_t)i;
}

START_TEST(test_a_sound_store_is_recovered_in_silence)
{
	struct store_options opt = make_store(10), later = in_later_boot(&opt);
	char error[512];
	bool openable = true;

	cut_tear(&opt);
	ck_assert_int_eq(try_repair(&later, true, &openable, error), 0);
	ck_assert(!openable);
	ck_assert_str_eq(said, "");
	repair(&later);
	ck_assert_str_eq(said, "");
	go_on(&later, N);
	fixture_remove(dir);
}
END_TEST

START_TEST(test_a_damaged_batch_costs_nothing_in_the_same_boot)
{
	struct store_options opt = make_store(10);
	char error[512];
	bool openable = false;

	damage_batch(&opt, batch_of_record(20), false);
	ck_assert_int_eq(check(&opt), 2);
	demand_said("the batches 40 to 40 are missing");
	ck_assert_int_eq(try_repair(&opt, true, &openable, error), 0);
	ck_assert(openable);
	ck_assert_uint_eq(found[STORE_FOUND_LOST], 0);
	repair(&opt);
	ck_assert_uint_eq(found[STORE_FOUND_LOST], 0);
	demand_said("the journal was begun anew");
	ck_assert(keeps_damaged(&opt));
	ck_assert_int_eq(check(&opt), 0);
	go_on(&opt, N);
	fixture_remove(dir);
}
END_TEST

START_TEST(test_a_damaged_batch_is_lost_with_the_power)
{
	struct store_options opt = make_store(10), later = in_later_boot(&opt);
	char text[32], error[512];

	damage_batch(&opt, batch_of_record(20), false);
	cut_tear(&opt);
	ck_assert_ptr_null(store_open_writer(&later, error, sizeof(error)));
	forget_said();
	ck_assert_int_eq(store_fsck_check_closed(&later, note_finding, NULL), 2);
	demand_said("the batches 40 to 40 are missing");
	repair(&later);
	ck_assert_uint_eq(found[STORE_FOUND_LOST], 1);
	demand_said("what was done in the batches 40 to 40 of the journal");
	struct store *store = fixture_open_writer(&later);
	ck_assert_uint_eq(fixture_info(store, 1).last, N);
	for (unsigned int i = 1; i <= N; i++) {
		snprintf(text, sizeof(text), "entry %u", i);
		ck_assert(fixture_has(store, TABLE, text, i == 20 ? NULL : text));
	}
	ck_assert_int_eq(fixture_put(store, TABLE, "entry 20", "entry 20"), STORE_OK);
	cut_die(store);
	go_on(&later, N);
	fixture_remove(dir);
}
END_TEST

/* The checkpoint has what the damaged batch did. */
START_TEST(test_damage_before_the_checkpoint_costs_nothing)
{
	struct store_options opt = make_store(30), later = in_later_boot(&opt);

	damage_batch(&opt, batch_of_record(20), false);
	cut_tear(&opt);
	repair(&later);
	ck_assert_uint_eq(found[STORE_FOUND_LOST], 0);
	go_on(&later, N);
	fixture_remove(dir);
}
END_TEST

START_TEST(test_a_missing_checkpoint_is_made)
{
	struct store_options opt = make_store(10);

	remove_below(&opt, "checkpoint");
	ck_assert_int_eq(check(&opt), 2);
	demand_said("the last checkpoint is missing");
	repair(&opt);
	ck_assert_uint_eq(found[STORE_FOUND_LOST], 0);
	go_on(&opt, N);
	fixture_remove(dir);
}
END_TEST

START_TEST(test_a_checkpoint_that_cannot_be_read_is_made_anew)
{
	struct store_options opt = make_store(10);
	struct store_copies last = cut_last(&opt);

	ck_assert_int_eq(truncate(last.tables, 5000), 0);
	ck_assert_int_eq(check(&opt), 2);
	demand_said("the last checkpoint cannot be read");
	repair(&opt);
	ck_assert_uint_eq(found[STORE_FOUND_LOST], 0);
	go_on(&opt, N);
	fixture_remove(dir);
}
END_TEST

/* TDB itself goes round in those of a file that it may write. */
START_TEST(test_chains_in_circles_end)
{
	struct store_options opt = make_store(10);
	struct store_copies last = cut_last(&opt);
	char tables[PATH_MAX];

	snprintf(tables, sizeof(tables), "%s/tables.tdb", opt.state);
	const char *const paths[] = { last.tables, last.log, tables };
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		bend_chains(paths[i]);
		repair(&opt);
		demand_said(
		    i < 2 ? "the last checkpoint cannot be read" : "tables.tdb: not all of");
		ck_assert_uint_eq(found[STORE_FOUND_LOST], 0);
		last = cut_last(&opt);
	}
	go_on(&opt, N);
	fixture_remove(dir);
}
END_TEST

/* Here the files did reach the disk: the repair cannot know. */
START_TEST(test_without_a_checkpoint_the_files_are_taken)
{
	struct store_options opt = make_store(10), later = in_later_boot(&opt);

	remove_below(&opt, "checkpoint");
	repair(&later);
	demand_said("there is no checkpoint");
	ck_assert_uint_eq(found[STORE_FOUND_LOST], 1);
	go_on(&later, N);
	fixture_remove(dir);
}
END_TEST

START_TEST(test_without_a_journal_the_checkpoint_is_taken)
{
	struct store_options opt = make_store(10), later = in_later_boot(&opt);

	remove_below(&opt, "journal");
	ck_assert_int_eq(check(&opt), 2);
	demand_said("there is no journal");
	cut_tear(&opt);
	repair(&later);
	demand_said("all that was done since the last checkpoint");
	go_on(&later, 10);
	fixture_remove(dir);
}
END_TEST

START_TEST(test_a_newer_journal_is_left_alone)
{
	struct store_options opt = make_store(10);
	char error[512];
	bool openable;

	damage_batch(&opt, batch_of_record(20), true);
	ck_assert_int_eq(try_repair(&opt, false, &openable, error), -1);
	ck_assert_msg(strstr(error, "a newer version") != NULL, "%s", error);
	ck_assert(!keeps_damaged(&opt));
	fixture_remove(dir);
}
END_TEST

int
main(int argc, char **argv)
{
	const TTest *tests[] = {
		test_a_sound_store_is_recovered_in_silence,
		test_a_damaged_batch_costs_nothing_in_the_same_boot,
		test_a_damaged_batch_is_lost_with_the_power,
		test_damage_before_the_checkpoint_costs_nothing,
		test_a_missing_checkpoint_is_made,
		test_a_checkpoint_that_cannot_be_read_is_made_anew,
		test_chains_in_circles_end,
		test_without_a_checkpoint_the_files_are_taken,
		test_without_a_journal_the_checkpoint_is_taken,
		test_a_newer_journal_is_left_alone,
	};

	return FIXTURE_MAIN(argc, argv, tests);
}
