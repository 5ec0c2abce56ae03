/*
 * store_budget: how many bytes each payer has caused to be stored lately, and whether the disk has
 * room for more. In the memory of the process that writes: a budget is a bucket that a day fills.
 */
#ifndef KABAR_STORE_BUDGET_H
#define KABAR_STORE_BUDGET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/secret_hash.h"
#include "store/store.h"

#define STORE_BUDGET_SLOTS \
	4096 /* payers that are remembered; the one with most left is forgotten */

struct store_budget {
	struct secret_hash hash; /* whoever knew it could have payers forgotten */
	struct store_payer {
		uint64_t id; /* 0: a free slot */
		uint64_t spent;
		int64_t at_ms; /* monotonic, when `spent` was true */
	} payers[STORE_BUDGET_SLOTS];
	int64_t looked_ms; /* monotonic, when the disk was looked at; 0: not yet */
	bool low;
	bool said; /* the log has that the disk is low */
};

/* Nobody has paid yet. NULL: no memory; else free(). */
struct store_budget *store_budget_new(void);
/*
 * STORE_OK when the payer may store so many bytes more now; STORE_OVER: more than per_day would
 * have been stored in a day's time (0: any number may); STORE_NO_SPACE: the file system of the
 * state directory has less than min_free bytes left (0: it is not looked at). Looks at the disk
 * once a second at most.
 */
enum store_status store_budget_check(struct store_budget *, const struct store_options *,
    uint64_t payer, uint64_t bytes, uint64_t per_day, int64_t now_ms);
/* Charges the payer. */
void store_budget_charge(struct store_budget *, uint64_t payer, uint64_t bytes, uint64_t per_day,
    int64_t now_ms);

#endif
