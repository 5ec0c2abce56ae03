/* store_budget: a table of payers with open addressing over a few neighbours. */
#include "store/budget.h"

#include <stdlib.h>

#include "base/disk_space.h"
#include "base/log.h"

#define NEIGHBOURS 8
#define DAY_MS     (24 * 3600 * 1000)
#define LOOK_MS    1000

struct store_budget *
store_budget_new(void)
{
	struct store_budget *budget = calloc(1, sizeof(*budget));

	if (budget != NULL)
		secret_hash_init(&budget->hash);
	return budget;
}

/* What is left to be paid of what was spent then. */
static uint64_t
spent_now(const struct store_payer *payer, uint64_t per_day, int64_t now_ms)
{
	double since = (double)(now_ms - payer->at_ms) / DAY_MS;
	double paid = since * (double)per_day;

	return paid >= (double)payer->spent ? 0 : payer->spent - (uint64_t)paid;
}

/* The payer's slot, or the one that is to become it. */
static struct store_payer *
find_slot(struct store_budget *budget, uint64_t id, uint64_t per_day, int64_t now_ms)
{
	size_t first = (size_t)(secret_hash(&budget->hash, id) % STORE_BUDGET_SLOTS);
	struct store_payer *best = NULL;

	for (size_t i = 0; i < NEIGHBOURS; i++) {
		struct store_payer *at = &budget->payers[(first + i) % STORE_BUDGET_SLOTS];

		if (at->id == id)
			return at;
		if (best == NULL ||
		    spent_now(at, per_day, now_ms) < spent_now(best, per_day, now_ms))
			best = at;
	}
	return best;
}

static void
look_at_disk(struct store_budget *budget, const struct store_options *opt, int64_t now_ms)
{
	if (budget->looked_ms != 0 && now_ms - budget->looked_ms < LOOK_MS)
		return;
	budget->looked_ms = now_ms;
	budget->low = !disk_space_left(opt->state, opt->min_free);
	if (budget->low && !budget->said)
		log_warnx("store: less than %llu bytes (min_free) are left on the disk: messages "
		          "are refused",
		    (unsigned long long)opt->min_free);
	if (!budget->low && budget->said)
		log_info("store: the disk has room again");
	budget->said = budget->low;
}

enum store_status
store_budget_check(struct store_budget *budget, const struct store_options *opt, uint64_t payer,
    uint64_t bytes, uint64_t per_day, int64_t now_ms)
{
	if (per_day & STORE_OWED)
		return STORE_OK;
	if (opt->min_free > 0 && !opt->memory) {
		look_at_disk(budget, opt, now_ms);
		if (budget->low)
			return STORE_NO_SPACE;
	}
	if (per_day == 0)
		return STORE_OK;
	const struct store_payer *slot = find_slot(budget, payer, per_day, now_ms);
	uint64_t spent = slot->id == payer ? spent_now(slot, per_day, now_ms) : 0;
	return spent < per_day && bytes <= per_day - spent ? STORE_OK : STORE_OVER;
}

void
store_budget_charge(struct store_budget *budget, uint64_t payer, uint64_t bytes, uint64_t per_day,
    int64_t now_ms)
{
	per_day &= ~STORE_OWED;
	if (per_day == 0)
		return;
	struct store_payer *slot = find_slot(budget, payer, per_day, now_ms);
	uint64_t spent = slot->id == payer ? spent_now(slot, per_day, now_ms) : 0;

	*slot = (struct store_payer){ .id = payer, .spent = spent + bytes, .at_ms = now_ms };
}
