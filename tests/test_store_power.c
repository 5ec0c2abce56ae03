/*
 * The store when the power goes, at every sync and at many moments between. What was acknowledged
 * is there exactly once, all else at most once and only whole.
 */
#include <sys/stat.h>

#include <stdio.h>
#include <string.h>

#include "store_crash.h"
#include "store_power.h"

/* The fates of the script's transactions when the power goes at an event: acknowledged before, or
 * not. */
static struct script
script_at(const struct script *whole, const struct fault_event *events, size_t at)
{
	struct script script = { 0 };

	for (size_t i = 0; i < at; i++) {
		unsigned int first;

		if (events[i].type != FAULT_EVENT_MARK)
			continue;
		size_t n = script_batch(script.batch++, &first);
		memcpy(script.fates + first, whole->fates + first, n * sizeof(script.fates[0]));
		memcpy(script.values + first, whole->values + first, n * sizeof(script.values[0]));
	}
	if (script.batch < script_batches())
		script_doubt(&script, script.batch);
	return script;
}

/* Continues the script after some events only: it takes longer. */
static void
check_quickly(const struct store_options *opt, struct script *script, uint64_t turn)
{
	if (turn % 4 == 0)
		crash_go_on(opt, script);
	else
		store_close(crash_look(opt, script));
}

static void
cut_power(struct power *power, enum power_cut cut, uint64_t seed, const struct store_options *opt,
    struct script script)
{
	char log[FIXTURE_DIR_MAX + 8];

	snprintf(log, sizeof(log), "%s/log", opt->state);
	fixture_wipe(opt->state);
	ck_assert_int_eq(mkdir(opt->state, 0700), 0);
	ck_assert_int_eq(mkdir(log, 0700), 0);
	power_make(power, cut, seed, opt->state);
	check_quickly(opt, &script, seed);
}

/* The recorded script. */
static struct power *
record_script(const struct store_options *opt, struct script *whole)
{
	crash_make(opt);
	struct power *power = power_new(opt->state);

	fault_watch(opt->state);
	fault_record();
	struct store *store = fixture_open_writer(opt);
	while (whole->batch < script_batches()) {
		ck_assert(script_step(whole, store, false));
		fault_mark(whole->batch);
	}
	store_close(store);
	fault_watch(NULL);
	return power;
}

static bool
is_sync(const struct fault_event *event)
{
	return event->type == FAULT_EVENT_SYNC || event->type == FAULT_EVENT_SYNC_NAMES;
}

/* Some of these choose sectors at random. */
static const enum power_cut trials[] = { POWER_NOTHING, POWER_PREFIX, POWER_SOME, POWER_SOME,
	POWER_SOME, POWER_ALL_OR_NONE, POWER_ALL };

#define POWER_TRIALS (sizeof(trials) / sizeof(trials[0]))

static void
cut_everywhere(uint64_t log_file_size)
{
	char dir[FIXTURE_DIR_MAX];
	struct script whole = { 0 };
	size_t n, syncs = 0;

	fixture_dir_in_memory(dir);
	struct store_options opt = crash_options(dir, log_file_size);
	struct power *power = record_script(&opt, &whole);
	const struct fault_event *events = fault_events(&n);
	for (size_t at = 0; at < n; at++) {
		struct script script = script_at(&whole, events, at);
		bool every = is_sync(&events[at]);

		power_advance(power, events, at);
		for (unsigned int i = 0; i < POWER_TRIALS; i++) {
			if (!every && i != at % (6 * POWER_TRIALS))
				continue;
			fixture_place("power cut", at * POWER_TRIALS + i);
			cut_power(power, trials[i], at * POWER_TRIALS + i, &opt, script);
		}
		syncs += every;
	}
	ck_assert_uint_gt(syncs, 40);
	power_free(power);
	fixture_place("", 0);
	fixture_remove(dir);
}

START_TEST(test_power_cut)
{
	cut_everywhere(CRASH_ROTATE_NEVER);
}
END_TEST

START_TEST(test_power_cut_in_rotation)
{
	cut_everywhere(CRASH_ROTATE_OFTEN);
}
END_TEST

int
main(int argc, char **argv)
{
	const TTest *tests[] = {
		test_power_cut,
		test_power_cut_in_rotation,
	};

	return FIXTURE_MAIN(argc, argv, tests);
}
