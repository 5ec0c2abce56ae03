/*
 * The journal when the power goes at each step of its writer, and while the next one opens it:
 * every batch that was acknowledged can be read, one more may be there, and the next batches
 * follow. Segments are small, given up and used again.
 */
#include <sys/stat.h>

#include <stdio.h>
#include <string.h>

#include "store/journal.h"
#include "store_fixture.h"
#include "store_power.h"

#define SEGMENT           4096
#define BATCHES           40
#define TRIALS            20 /* at each event */
#define SIZE_MAX_OF_BATCH 5000
#define KEPT              6 /* batches that trimming leaves */

struct ride {
	char state[FIXTURE_DIR_MAX];
	char journal[FIXTURE_DIR_MAX + 16];
	bool sync;
	uint64_t first_most; /* trimming went so far at most */
};

static size_t
size_of_batch(uint64_t number)
{
	return number % 7 == 0 ? 1 + fault_random(number) % SIZE_MAX_OF_BATCH
	                       : 1 + fault_random(number) % 700;
}

static const unsigned char *
bytes_of_batch(uint64_t number)
{
	static unsigned char bytes[SIZE_MAX_OF_BATCH];

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (unsigned char)(fault_random(number * 8192 + i / 8) >> i % 8 * 8);
	return bytes;
}

static struct store_journal *
open_journal(const struct ride *ride)
{
	char error[512] = "";
	struct store_journal *journal =
	    store_journal_open(ride->journal, ride->sync, error, sizeof(error));

	ck_assert_msg(journal != NULL, "%s", error);
	store_journal_set_segment(journal, SEGMENT);
	return journal;
}

static void
append_next(struct store_journal *journal)
{
	uint64_t number = store_journal_end(journal) + 1;

	ck_assert_int_eq(store_journal_append(journal, bytes_of_batch(number),
	                     size_of_batch(number)),
	    STORE_JOURNAL_DONE);
}

static int
check_batch(void *arg, uint64_t number, const void *data, size_t len)
{
	uint64_t *next = arg;

	ck_assert_uint_eq(number, (*next)++);
	ck_assert_uint_eq(len, size_of_batch(number));
	ck_assert_mem_eq(data, bytes_of_batch(number), len);
	return 0;
}

/* Reads all that must be there, and appends one: its number. */
static uint64_t
check_journal(const struct ride *ride, uint64_t least, uint64_t most)
{
	struct store_journal *journal = open_journal(ride);
	uint64_t next = store_journal_first(journal);
	char error[512] = "";

	if (ride->sync)
		ck_assert_uint_ge(store_journal_end(journal), least);
	ck_assert_uint_le(store_journal_end(journal), most);
	ck_assert_uint_le(next, ride->first_most);
	ck_assert_msg(store_journal_read(journal, next, check_batch, &next, error, sizeof(error)) ==
	        0,
	    "%s", error);
	ck_assert_uint_eq(next, store_journal_end(journal) + 1);
	append_next(journal);
	store_journal_close(journal);
	return next;
}

static void
make_journal(const struct ride *ride)
{
	char error[512] = "";

	fixture_wipe(ride->state);
	ck_assert_int_eq(mkdir(ride->state, 0700), 0);
	ck_assert_msg(store_journal_create(ride->journal, 1, error, sizeof(error)) == 0, "%s",
	    error);
}

/* Appends batches and trims, and is opened anew now and then; all is recorded. */
static void
record_ride(const struct ride *ride, size_t *from)
{
	fault_watch(ride->state);
	events_choose(0);
	fault_record();
	fault_events(from);
	struct store_journal *journal = open_journal(ride);
	for (uint64_t number = 1; number <= BATCHES; number++) {
		append_next(journal);
		fault_mark(number);
		if (number % 5 == 0 && number > KEPT)
			ck_assert_int_eq(store_journal_trim(journal, number - KEPT), 0);
		if (number % 13 == 0) {
			store_journal_close(journal);
			journal = open_journal(ride);
		}
	}
	store_journal_close(journal);
	fault_watch(NULL);
}

static void
make_anew(struct power *power, enum power_cut how, uint64_t seed, const char *dir)
{
	fixture_wipe(dir);
	ck_assert_int_eq(mkdir(dir, 0700), 0);
	power_make(power, how, seed, dir);
}

/* The power goes again while the journal is opened, read, and gets a batch. */
static void
cut_again(const struct ride *ride, uint64_t done, uint64_t seed)
{
	struct power *power = power_new();
	size_t from, n;

	events_choose(1);
	fault_watch(ride->state);
	fault_record();
	fault_events(&from);
	uint64_t last = check_journal(ride, done, done + 1);
	fault_watch(NULL);
	const struct fault_event *events = fault_events(&n);
	size_t at = from + fault_random(seed) % (n - from + 1);
	power_advance(power, events, at);
	make_anew(power, (enum power_cut)(seed % POWER_CUTS), seed, ride->state);
	power_free(power);
	events_choose(0);
	check_journal(ride, at == n ? last : done, last);
}

static void
cut_everywhere(bool sync)
{
	struct ride ride = { .sync = sync };
	uint64_t done = 0;
	size_t from, n;

	fixture_dir_in_memory(ride.state);
	snprintf(ride.journal, sizeof(ride.journal), "%s/journal", ride.state);
	make_journal(&ride);
	record_ride(&ride, &from);
	struct power *power = power_new();
	const struct fault_event *events = fault_events(&n);
	for (size_t at = from; at <= n; at++) {
		power_advance(power, events, at);
		ride.first_most = done <= KEPT ? 1 : done - KEPT + 1;
		for (uint64_t turn = at * TRIALS; turn < at * TRIALS + TRIALS; turn++) {
			fixture_place("power cut", turn);
			make_anew(power, (enum power_cut)(turn % POWER_CUTS), turn, ride.state);
			if (turn % 2 == 0)
				check_journal(&ride, done, done + 1);
			else
				cut_again(&ride, done, turn);
		}
		if (at < n && events[at].type == FAULT_EVENT_MARK)
			done = events[at].file;
	}
	ck_assert_uint_eq(done, BATCHES);
	fixture_place("", 0);
	power_free(power);
	fixture_remove(ride.state);
}

START_TEST(test_power_cuts)
{
	cut_everywhere(true);
}
END_TEST

START_TEST(test_power_cuts_without_syncs)
{
	cut_everywhere(false);
}
END_TEST

int
main(int argc, char **argv)
{
	const TTest *tests[] = { test_power_cuts, test_power_cuts_without_syncs };

	return FIXTURE_MAIN(argc, argv, tests);
}
