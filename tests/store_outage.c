/*
 * store_outage: the script of store_script, recorded, and what a power cut leaves of it. See
 * store_outage.h.
 */
#include "store_outage.h"

#include <sys/stat.h>

#include <string.h>

#include "store/checkpoint.h"

const char *
outage_boot(unsigned int number)
{
	static const char *const boots[] = { "first", "second", "third", "fourth", "fifth" };

	ck_assert_uint_lt(number, sizeof(boots) / sizeof(boots[0]));
	return boots[number];
}

void
outage_open(struct outage *outage, const struct store_options *opt)
{
	*outage = (struct outage){ .opt = *opt, .power = power_new() };
	crash_make(opt);
	events_choose(0);
	fault_watch(opt->state);
	fault_record();
	fault_events(&outage->from);
	struct store *store = crash_open_watched(opt);
	while (outage->whole.batch < script_batches()) {
		ck_assert(script_step(&outage->whole, store, false));
		fault_mark(outage->whole.batch);
	}
	(void)store_checkpoint_leave(store);
	store_close(store);
	fault_watch(NULL);
	outage->events = fault_events(&outage->n);
}

void
outage_close(struct outage *outage)
{
	power_free(outage->power);
}

bool
outage_is_sync(const struct outage *outage, size_t at)
{
	return outage->events[at].type == FAULT_EVENT_SYNC ||
	    outage->events[at].type == FAULT_EVENT_SYNC_NAMES;
}

/* The fates of the script's transactions when the power goes: acknowledged before, or not. */
static void
know_fates(const struct outage *outage, size_t at, struct script *script)
{
	*script = (struct script){ 0 };
	for (size_t i = outage->from; i < at; i++) {
		unsigned int first;

		if (outage->events[i].type != FAULT_EVENT_MARK)
			continue;
		size_t n = script_batch(script->batch++, &first);
		memcpy(script->fates + first, outage->whole.fates + first,
		    n * sizeof(script->fates[0]));
		memcpy(script->values + first, outage->whole.values + first,
		    n * sizeof(script->values[0]));
	}
	if (script->batch < script_batches())
		script_doubt(script, script->batch);
}

static void
make_anew(struct power *power, enum power_cut how, uint64_t seed, const char *dir)
{
	fixture_wipe(dir);
	ck_assert_int_eq(mkdir(dir, 0700), 0);
	power_make(power, how, seed, dir);
}

void
outage_make(struct outage *outage, size_t at, enum power_cut how, uint64_t seed,
    struct script *script)
{
	know_fates(outage, at, script);
	power_advance(outage->power, outage->events, at);
	make_anew(outage->power, how, seed, outage->opt.state);
}

void
outage_opening(const struct store_options *opt, enum power_cut how, uint64_t seed)
{
	struct power *power = power_new();
	size_t from, n;

	events_choose(1);
	fault_watch(opt->state);
	fault_record();
	fault_events(&from);
	struct store *store = crash_open_watched(opt);
	(void)store_checkpoint_leave(store);
	store_close(store);
	fault_watch(NULL);
	const struct fault_event *events = fault_events(&n);
	power_advance(power, events, from + fault_random(seed) % (n - from + 1));
	make_anew(power, how, seed, opt->state);
	power_free(power);
	events_choose(0);
}
