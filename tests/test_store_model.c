/*
 * Random operations against the store and against a plain model of what it promises: every
 * outcome and everything that can be read must be the same. One run has a seed that never
 * changes, one a new one; KABAR_TEST_SEED repeats a run.
 */
#include "seed.h"
#include "store_model.h"

#define KNOWN_SEED 20260101

static void
reopen_store(struct model *m)
{
	if (m->opt.memory)
		return;
	store_close(m->store);
	m->store = fixture_open(&m->opt);
}

static void
one_turn(struct model *m)
{
	size_t dropped;

	model_transaction(m);
	model_look_at_records(m);
	if (model_draw(m, 40) == 0)
		model_look_at_logs(m, false);
	if (model_draw(m, 40) == 0)
		model_look_at_tables(m);
	if (model_draw(m, 100) == 0)
		reopen_store(m);
	if (model_draw(m, 200) == 0) {
		model_must(m, store_collect(m->store, &dropped) == 0);
		m->dropped += dropped;
	}
	if (model_draw(m, 300) == 0) {
		model_must(m, store_compact(m->store) == STORE_OK);
		store_refresh(m->store);
	}
	if (model_draw(m, 400) == 0)
		model_look(m);
}

static void
run_model(uint64_t seed, const struct store_options *opt, unsigned int turns)
{
	struct model *m = model_new(seed, opt);

	for (m->turn = 1; m->turn <= turns; m->turn++)
		one_turn(m);
	model_look(m);
	reopen_store(m);
	model_look(m);
	if (seed == KNOWN_SEED)
		model_look_at_draws(m, turns);
	model_free(m);
}

static void
run_on_disk(uint64_t seed, unsigned int turns)
{
	char dir[FIXTURE_DIR_MAX];

	fixture_dir(dir);
	struct store_options opt = fixture_options(dir);
	run_model(seed, &opt, turns);
	fixture_remove(dir);
}

static void
run_in_memory(uint64_t seed, unsigned int turns)
{
	struct store_options opt = fixture_options("");

	opt.memory = true;
	run_model(seed, &opt, turns);
}

START_TEST(test_in_memory)
{
	run_in_memory(KNOWN_SEED, 5000);
}
END_TEST

START_TEST(test_in_memory_anew)
{
	run_in_memory(seed_choose(), 5000);
}
END_TEST

START_TEST(test_on_disk)
{
	run_on_disk(KNOWN_SEED, 3000);
}
END_TEST

START_TEST(test_on_disk_anew)
{
	run_on_disk(seed_choose(), 3000);
}
END_TEST

int
main(int argc, char **argv)
{
	const TTest *tests[] = {
		test_in_memory,
		test_in_memory_anew,
		test_on_disk,
		test_on_disk_anew,
	};

	return FIXTURE_MAIN(argc, argv, tests);
}
