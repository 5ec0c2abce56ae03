/*
 * Random operations as in test_store_model, while the committer is killed at random steps, or
 * while the power goes again and again: what was acknowledged is always there, and nothing else.
 * KABAR_TEST_SEED repeats a run.
 */
#include <sys/stat.h>

#include "seed.h"
#include "store/checkpoint.h"
#include "store_crash.h"
#include "store_model.h"
#include "store_power.h"

#define KILLED_TURNS 150
#define CUT_TURNS    300
#define CHECKPOINT   (96 * 1024) /* bytes of the journal */
#define LOG_FILE     (256 * 1024)

static unsigned int
turns_of(unsigned int turns)
{
	return crash_is_long() ? 50 * turns : turns;
}

static struct store_options
model_options(const char *dir)
{
	struct store_options opt = crash_options(dir, LOG_FILE);

	opt.checkpoint_bytes = CHECKPOINT;
	return opt;
}

static void
keep_house(struct model *m)
{
	size_t dropped;

	if (m->store->writer != NULL)
		store_checkpoint_turn(m->store);
	/* It may fail when the child that syncs a checkpoint dies. */
	if (model_draw(m, 60) == 0)
		(void)store_collect(m->store, &dropped);
	if (model_draw(m, 120) == 0) {
		model_must(m, store_compact(m->store) == STORE_OK);
		store_refresh(m->store);
	}
	if (model_draw(m, 60) == 0)
		model_look(m);
}

/* The committer dies within so many steps, and the one that follows it may, too. */
static void
run_killed(uint64_t seed)
{
	char dir[FIXTURE_DIR_MAX];

	fixture_dir_in_memory(dir);
	struct store_options opt = model_options(dir);
	struct model *m = model_new(seed, &opt);
	uint64_t deaths = 0, death = 0;
	m->check = fixture_check_crashed;
	store_rest(m->store);
	fixture_committer_leave(dir);
	fault_watch(dir);
	fault_fork_after(FAULT_FORK_FREE);
	fault_spare_me();
	for (m->turn = 1; m->turn <= turns_of(KILLED_TURNS); m->turn++) {
		if (fault_steps() >= death) {
			death = fault_steps() + 1 + model_draw(m, 200);
			fault_die_at(death);
			deaths++;
		}
		model_transaction(m);
		model_look_at_records(m);
		keep_house(m);
	}
	fault_watch(NULL);
	model_must(m, deaths > KILLED_TURNS / 20);
	model_look(m);
	model_free(m);
	fixture_remove(dir);
}

/* Makes the disk as a power cut may leave it now, and opens what is there in the next boot. */
static void
cut_power(struct model *m, unsigned int cuts)
{
	struct power *power = power_new();
	size_t n;
	const struct fault_event *events = fault_events(&n);

	power_advance(power, events, n);
	fault_watch(NULL);
	store_close(m->store);
	fixture_wipe(m->opt.state);
	ck_assert_int_eq(mkdir(m->opt.state, 0700), 0);
	power_make(power, (enum power_cut)model_draw(m, POWER_CUTS), m->seed + cuts, m->opt.state);
	power_free(power);
	m->opt.boot = cuts % 2 == 0 ? "even" : "odd";
	fault_watch(m->opt.state);
	fault_record();
	m->store = crash_open_watched(&m->opt);
	model_look(m);
}

static void
run_cut(uint64_t seed)
{
	char dir[FIXTURE_DIR_MAX];
	unsigned int cuts = 0;

	fixture_dir_in_memory(dir);
	struct store_options opt = model_options(dir);
	struct model *m = model_new(seed, &opt);
	store_close(m->store);
	m->check = fixture_check_crashed;
	fixture_committer_leave(dir);
	fault_watch(dir);
	fault_record();
	m->store = crash_open_watched(&m->opt);
	for (m->turn = 1; m->turn <= turns_of(CUT_TURNS); m->turn++) {
		model_transaction(m);
		model_look_at_records(m);
		keep_house(m);
		if (model_draw(m, 30) == 0)
			cut_power(m, ++cuts);
	}
	fault_watch(NULL);
	model_must(m, cuts > CUT_TURNS / 200);
	model_look(m);
	model_free(m);
	fixture_remove(dir);
}

START_TEST(test_killed_committers)
{
	run_killed(20261122);
}
END_TEST

START_TEST(test_killed_committers_anew)
{
	run_killed(seed_choose());
}
END_TEST

START_TEST(test_power_cuts)
{
	run_cut(20261122);
}
END_TEST

START_TEST(test_power_cuts_anew)
{
	run_cut(seed_choose());
}
END_TEST

int
main(int argc, char **argv)
{
	const TTest *tests[] = {
		test_killed_committers,
		test_killed_committers_anew,
		test_power_cuts,
		test_power_cuts_anew,
	};

	return FIXTURE_MAIN(argc, argv, tests);
}
