/*
 * store_model: a plain model of what a store promises, and random operations for both. Everything
 * here fails the running test by itself, and tells the seed with which it can be run again.
 */
#ifndef KABAR_STORE_MODEL_H
#define KABAR_STORE_MODEL_H

#include "store_fixture.h"

#define MODEL_LOGS         30
#define MODEL_LOG_ID(i)    ((uint64_t)(i)*9 + 1) /* over several pages of heads */
#define MODEL_KEYS         10
#define MODEL_NUMBERS      4
#define MODEL_TABLES       3
#define MODEL_STEPS_MOST   8
#define MODEL_ENTRIES_MOST 20000

/* A value is described by its length and the seed of its bytes. */
struct model_value {
	bool present;
	size_t len;
	uint32_t seed;
};

struct model_entry {
	struct model_value value;
	uint64_t order; /* of all entries */
};

struct model_log {
	uint64_t first, last, bytes;
	bool closed;
	struct model_entry *entries; /* entries[number] */
};

struct model_step {
	enum store_step_kind kind;
	int table, key, log;
	struct model_value value;
	uint64_t a, b;
	int also[STORE_ENTRY_LOGS - 1];
	unsigned int n_also;
};

struct model {
	uint64_t seed, random;
	unsigned int turn;
	struct store_options opt;
	struct store *store;
	struct model_log logs[MODEL_LOGS];
	struct model_value records[MODEL_TABLES][MODEL_KEYS];
	uint64_t numbers[MODEL_TABLES][MODEL_NUMBERS];
	uint64_t order;
	struct model_step steps[MODEL_LOGS + MODEL_STEPS_MOST];
	unsigned int n_steps;
	struct store_tx tx;
	unsigned int statuses[STORE_FAILED + 1];
	size_t dropped;
	void (*check)(struct store *); /* of the files; NULL: none */
};

#define model_must(m, condition)                                              \
	ck_assert_msg(condition, "KABAR_TEST_SEED=%llu fails in turn %u: %s", \
	    (unsigned long long)(m)->seed, (m)->turn, #condition)

/* A model of an empty store, which is made, too. Free it before the store's directory goes. */
struct model *model_new(uint64_t seed, const struct store_options *);
void model_free(struct model *);

/* A number below a bound, at random. */
uint64_t model_draw(struct model *, uint64_t below);
/* Does a random transaction in both, and compares the outcomes. */
void model_transaction(struct model *);

/* Compare what can be read: all of it, records, all tables, all logs from somewhere on. */
void model_look(struct model *);
void model_look_at_records(struct model *);
void model_look_at_tables(struct model *);
void model_look_at_logs(struct model *, bool from_start);
/* Checks that the random operations have tested enough. */
void model_look_at_draws(struct model *, unsigned int turns);

/* Shared by the files of the model. */
extern const int model_tables[MODEL_TABLES];
/* The name of a record or number of a table; its length. */
size_t model_key(char key[STORE_KEY_MAX], bool number, int index);
bool model_is_value(const struct model_value *, const void *data, size_t len);

#endif
