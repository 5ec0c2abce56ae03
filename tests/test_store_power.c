/*
 * The store when the power goes, at every sync and at many moments between. What was acknowledged
 * is there exactly once, all else at most once and only whole.
 */
#include "store_outage.h"

#define SYNCS_LEAST 25
#define CUT_EVERY   11 /* at every so manieth event that is no sync */

/* Continues the script after some events only: it takes longer. */
static void
check_quickly(struct outage *outage, struct script *script, uint64_t turn)
{
	struct store_options opt = outage->opt;

	opt.boot = outage_boot(1);
	if (turn % 4 == 0 && opt.sync)
		crash_go_on(&opt, script);
	else
		store_close(crash_look(&opt, script));
}

/* Some of these choose sectors at random. */
static const enum power_cut trials[] = { POWER_NOTHING, POWER_PREFIX, POWER_SOME, POWER_SOME,
	POWER_SOME, POWER_ALL_OR_NONE, POWER_ALL };

#define POWER_TRIALS (sizeof(trials) / sizeof(trials[0]))

/* Cuts at each sync in some of the ways, and elsewhere in one of them now and then. */
static void
cut_everywhere(const struct store_options *opt, size_t least_syncs)
{
	size_t syncs = 0, every = crash_is_long() ? 1 : CUT_EVERY;
	struct script script;
	struct outage outage;

	outage_open(&outage, opt);
	for (size_t at = outage.from; at < outage.n; at++) {
		bool all = outage_is_sync(&outage, at) || crash_is_long();

		for (unsigned int i = 0; i < POWER_TRIALS; i++) {
			uint64_t turn = at * POWER_TRIALS + i;

			if (!crash_is_long() && (i + at) % POWER_TRIALS >= (all ? 3 : 1))
				continue;
			if (!all && at % every != 0)
				continue;
			fixture_place("power cut", turn);
			outage_make(&outage, at, trials[i], turn, &script);
			if (!opt->sync)
				script_doubt_all(&script);
			check_quickly(&outage, &script, turn);
		}
		syncs += outage_is_sync(&outage, at);
	}
	ck_assert_uint_gt(syncs, least_syncs);
	fixture_place("", 0);
	outage_close(&outage);
}

static void
cut_in(uint64_t log_file_size, bool sync, size_t least_syncs)
{
	char dir[FIXTURE_DIR_MAX];

	fixture_dir_in_memory(dir);
	struct store_options opt = crash_options(dir, log_file_size);
	opt.sync = sync;
	cut_everywhere(&opt, least_syncs);
	fixture_remove(dir);
}

START_TEST(test_power_cut)
{
	cut_in(CRASH_ROTATE_NEVER, true, SYNCS_LEAST);
}
END_TEST

START_TEST(test_power_cut_in_rotation)
{
	cut_in(CRASH_ROTATE_OFTEN, true, SYNCS_LEAST);
}
END_TEST

/* Without syncs much may be lost, but what is there is whole, and the store opens. */
START_TEST(test_power_cut_without_syncs)
{
	cut_in(CRASH_ROTATE_OFTEN, false, 0);
}
END_TEST

/* After a writer has closed the store, and while the next one opens it, nothing is lost at all. */
START_TEST(test_power_cut_between_writers)
{
	char dir[FIXTURE_DIR_MAX];
	struct script script;
	struct outage outage;

	fixture_dir_in_memory(dir);
	struct store_options opt = crash_options(dir, CRASH_ROTATE_OFTEN);
	outage_open(&outage, &opt);
	for (uint64_t turn = 0; turn < (crash_is_long() ? 700 : 42); turn++) {
		fixture_place("power cut at the end", turn);
		outage_make(&outage, outage.n, trials[turn % POWER_TRIALS], turn, &script);
		opt.boot = outage_boot(1);
		if (turn % 2 == 1)
			outage_opening(&opt, trials[turn / 2 % POWER_TRIALS], turn);
		opt.boot = outage_boot(2);
		store_close(crash_look(&opt, &script));
	}
	ck_assert(script_is_done(&outage.whole));
	fixture_place("", 0);
	outage_close(&outage);
	fixture_remove(dir);
}
END_TEST

int
main(int argc, char **argv)
{
	const TTest *tests[] = {
		test_power_cut,
		test_power_cut_in_rotation,
		test_power_cut_without_syncs,
		test_power_cut_between_writers,
	};

	return FIXTURE_MAIN(argc, argv, tests);
}
