/*
 * The store when the writer that makes it whole again after a power cut dies, or loses its power
 * too, at each of its steps and several times in a row. What was acknowledged is there exactly
 * once, all else at most once and only whole.
 */
#include <sys/wait.h>

#include <unistd.h>

#include "store_outage.h"

#define CUTS  3 /* moments at which the power goes */
#define EVERY 9 /* dies at every so manieth step */

static const enum power_cut ways[] = { POWER_NOTHING, POWER_SOME, POWER_PREFIX, POWER_ALL_OR_NONE,
	POWER_ALL };

#define WAYS (sizeof(ways) / sizeof(ways[0]))

/* Moments all over the recorded script. */
static size_t
moment_of(const struct outage *outage, size_t i)
{
	return outage->from + (outage->n - outage->from) * (i + 1) / (CUTS + 1);
}

/* The writer dies at a step, and the next ones too, at other steps. */
static void
recover_to_death(struct outage *outage, size_t moment)
{
	struct store_options opt = outage->opt;
	struct script script;
	bool died = true;
	uint64_t step;

	opt.boot = outage_boot(1);
	for (step = 1 + moment; died; step += crash_is_long() ? 1 : EVERY) {
		uint64_t turn = moment * 1000 + step;

		fixture_place("power cut and death", turn);
		outage_make(outage, moment_of(outage, moment), ways[step % WAYS], turn, &script);
		died = crash_die_opening(&opt, step);
		for (uint64_t again = 0; died && again < step % 3; again++)
			crash_die_opening(&opt, 1 + fault_random(turn + again) % (step + 10));
		if (step % 4 == 0)
			crash_go_on(&opt, &script);
		else
			store_close(crash_look(&opt, &script));
	}
	ck_assert_uint_gt(step, 5);
}

static void
recover_everywhere(uint64_t log_file_size)
{
	char dir[FIXTURE_DIR_MAX];
	struct outage outage;

	fixture_dir_in_memory(dir);
	struct store_options opt = crash_options(dir, log_file_size);
	outage_open(&outage, &opt);
	for (size_t moment = 0; moment < CUTS; moment++)
		recover_to_death(&outage, moment);
	fixture_place("", 0);
	outage_close(&outage);
	fixture_remove(dir);
}

START_TEST(test_death_in_recovery)
{
	recover_everywhere(CRASH_ROTATE_NEVER);
}
END_TEST

START_TEST(test_death_in_recovery_of_many_files)
{
	recover_everywhere(CRASH_ROTATE_OFTEN);
}
END_TEST

/* Up to three further cuts, each while the files are made whole, or closed in good order. */
START_TEST(test_power_cuts_in_recovery)
{
	char dir[FIXTURE_DIR_MAX];
	struct script script;
	struct outage outage;

	fixture_dir_in_memory(dir);
	struct store_options opt = crash_options(dir, CRASH_ROTATE_OFTEN);
	outage_open(&outage, &opt);
	size_t every = 1 + (outage.n - outage.from) / (crash_is_long() ? 4000 : 60);
	for (size_t at = outage.from; at < outage.n; at += every) {
		uint64_t cuts = 1 + fault_random(at) % 3;

		fixture_place("power cuts", at);
		outage_make(&outage, at, ways[at % WAYS], at, &script);
		for (uint64_t i = 1; i <= cuts; i++) {
			opt.boot = outage_boot((unsigned int)i);
			outage_opening(&opt, ways[(at + i) % WAYS], at * 10 + i);
		}
		opt.boot = outage_boot((unsigned int)cuts + 1);
		store_close(crash_look(&opt, &script));
	}
	fixture_place("", 0);
	outage_close(&outage);
	fixture_remove(dir);
}
END_TEST

int
main(int argc, char **argv)
{
	const TTest *tests[] = {
		test_death_in_recovery,
		test_death_in_recovery_of_many_files,
		test_power_cuts_in_recovery,
	};

	return FIXTURE_MAIN(argc, argv, tests);
}
