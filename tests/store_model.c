/*
 * store_model: a plain model of what a store promises. See store_model.h. Comparing is left to
 * store_model_look.
 */
#include <stdlib.h>
#include <string.h>

#include "chat/table.h"
#include "store_model.h"

const int model_tables[MODEL_TABLES] = { CHAT_TABLE_USERS, CHAT_TABLE_GROUPS, STORE_LOG_STATE };

uint64_t
model_draw(struct model *m, uint64_t below)
{
	m->random ^= m->random >> 12;
	m->random ^= m->random << 25;
	m->random ^= m->random >> 27;
	return (m->random * 0x2545f4914f6cdd1dULL >> 33) % below;
}

static struct model_value
draw_value(struct model *m)
{
	size_t len = model_draw(m, 20) == 0 ? model_draw(m, 30000) : model_draw(m, 3000);

	if (model_draw(m, 3) == 0)
		len = model_draw(m, 250);
	if (model_draw(m, 10) == 0)
		len = 0;
	return (struct model_value){ .present = true,
		.len = len,
		.seed = (uint32_t)model_draw(m, UINT32_MAX) };
}

static const unsigned char *
value_bytes(const struct model_value *value)
{
	static unsigned char bytes[STORE_VALUE_MAX];
	uint32_t x = value->seed;

	for (size_t i = 0; i < value->len; i++) {
		x = x * 1664525 + 1013904223;
		bytes[i] = (unsigned char)(x >> 24);
	}
	return bytes;
}

bool
model_is_value(const struct model_value *value, const void *data, size_t len)
{
	return value->present && len == value->len && memcmp(value_bytes(value), data, len) == 0;
}

/* Names of records and numbers have several lengths, one that is the longest. */
size_t
model_key(char key[STORE_KEY_MAX], bool number, int index)
{
	size_t len = index == 0 ? STORE_KEY_MAX : (size_t)index * 7;

	memset(key, 'a' + index, len);
	key[0] = number ? 'n' : 'k';
	return len;
}

/* The steps of a transaction. */

static struct model_step *
add_step(struct model *m, enum store_step_kind kind)
{
	struct model_step *step = &m->steps[m->n_steps++];

	*step = (struct model_step){ .kind = kind };
	return step;
}

static void
add_expectation(struct model *m, int table)
{
	int key = (int)model_draw(m, MODEL_KEYS);
	struct model_value now = m->records[table][key];

	if (model_draw(m, 8) == 0)
		now = m->records[table][model_draw(m, MODEL_KEYS)]; /* most likely another one */
	struct model_step *step =
	    add_step(m, now.present ? STORE_STEP_EXPECT : STORE_STEP_EXPECT_ABSENT);
	step->table = table;
	step->key = key;
	step->value = now;
}

static void
add_table_step(struct model *m, int table)
{
	static const enum store_step_kind kinds[] = { STORE_STEP_PUT, STORE_STEP_PUT,
		STORE_STEP_DELETE, STORE_STEP_NEXT, STORE_STEP_ADVANCE };

	if (model_draw(m, 4) == 0) {
		add_expectation(m, table);
		return;
	}
	struct model_step *step =
	    add_step(m, kinds[model_draw(m, sizeof(kinds) / sizeof(kinds[0]))]);
	bool number = step->kind == STORE_STEP_NEXT || step->kind == STORE_STEP_ADVANCE;
	step->table = table;
	step->key = (int)model_draw(m, number ? MODEL_NUMBERS : MODEL_KEYS);
	step->value = draw_value(m);
	step->a = model_draw(m, 1000) == 0 ? UINT32_MAX : model_draw(m, 50);
}

/* The logs of an append, or the one of another step. */
static int
log_of(const struct model_step *step, unsigned int i)
{
	return i == 0 ? step->log : step->also[i - 1];
}

static bool
names_log(const struct model_step *step, int log)
{
	for (unsigned int i = 0; i <= step->n_also; i++)
		if (log_of(step, i) == log)
			return true;
	return false;
}

static bool
is_used(const struct model *m, int log)
{
	for (unsigned int i = 0; i < m->n_steps; i++)
		if (m->steps[i].kind >= STORE_STEP_APPEND && names_log(&m->steps[i], log))
			return true;
	return false;
}

/* The limit of an append counts the log as it was before the transaction. */
static bool
is_closed_here(const struct model *m, int log)
{
	for (unsigned int i = 0; i < m->n_steps; i++)
		if (m->steps[i].kind == STORE_STEP_CLOSE_LOG && m->steps[i].log == log)
			return true;
	return false;
}

static uint64_t
bytes_below(const struct model_log *log, uint64_t first)
{
	uint64_t bytes = 0;

	for (uint64_t n = log->first; n < first && n <= log->last; n++)
		bytes += log->entries[n].value.len;
	return bytes;
}

static void
add_trim(struct model *m, int log, uint64_t first)
{
	struct model_step *step = add_step(m, STORE_STEP_TRIM);

	step->log = log;
	step->a = first;
	step->b = bytes_below(&m->logs[log], first);
}

/* Some entries are in several logs, in any order of them. */
static void
draw_also(struct model *m, struct model_step *step)
{
	unsigned int most =
	    model_draw(m, 3) > 0 ? 0 : (unsigned int)model_draw(m, STORE_ENTRY_LOGS);

	for (unsigned int i = 0; i < most; i++) {
		int log = (int)model_draw(m, model_draw(m, 2) == 0 ? 6 : MODEL_LOGS);

		if (!names_log(step, log) && !is_closed_here(m, log))
			step->also[step->n_also++] = log;
	}
}

static void
add_log_step(struct model *m)
{
	int log = (int)(model_draw(m, 3) == 0 ? model_draw(m, 3) : model_draw(m, MODEL_LOGS));
	const struct model_log *now = &m->logs[log];

	if (model_draw(m, 12) == 0 && !is_used(m, log)) {
		add_trim(m, log, now->first + model_draw(m, now->last - now->first + 5));
	} else if (model_draw(m, 600) == 0 && !is_used(m, log)) {
		add_step(m, STORE_STEP_CLOSE_LOG)->log = log;
	} else if (!is_closed_here(m, log)) {
		struct model_step *step = add_step(m, STORE_STEP_APPEND);
		bool limited = model_draw(m, 4) == 0;

		step->log = log;
		step->value = draw_value(m);
		step->a = limited ? model_draw(m, now->last + 3) : 0;
		step->b = limited ? model_draw(m, now->last + 3) : STORE_NO_LIMIT;
		draw_also(m, step);
	}
}

/* Trims most entries, so that whole files can be removed. */
static void
add_great_trim(struct model *m)
{
	for (int log = 0; log < MODEL_LOGS; log++) {
		uint64_t last = m->logs[log].last;

		add_trim(m, log, last > 2 && model_draw(m, 8) == 0 ? last - 2 : last + 1);
	}
}

static void
draw_steps(struct model *m)
{
	unsigned int n = 1 + (unsigned int)model_draw(m, MODEL_STEPS_MOST);
	bool in_tables = model_draw(m, 3) == 0;

	m->n_steps = 0;
	if (model_draw(m, 150) == 0) {
		add_great_trim(m);
		return;
	}
	for (unsigned int i = 0; i < n; i++)
		if (in_tables)
			add_table_step(m, (int)model_draw(m, MODEL_TABLES - 1));
		else if (model_draw(m, 5) == 0)
			add_table_step(m, MODEL_TABLES - 1);
		else
			add_log_step(m);
}

static void
write_append(struct store_tx *tx, const struct model_step *step, const unsigned char *bytes)
{
	uint64_t logs[STORE_ENTRY_LOGS];

	for (unsigned int i = 0; i <= step->n_also; i++)
		logs[i] = MODEL_LOG_ID(log_of(step, i));
	store_tx_append_to(tx, logs, 1 + step->n_also, bytes, step->value.len, step->a, step->b);
}

static void
write_step(struct store_tx *tx, const struct model_step *step)
{
	char key[STORE_KEY_MAX];
	bool number = step->kind == STORE_STEP_NEXT || step->kind == STORE_STEP_ADVANCE;
	size_t key_len = model_key(key, number, step->key);
	int table = model_tables[step->table];
	const unsigned char *bytes = value_bytes(&step->value);

	switch (step->kind) {
	case STORE_STEP_EXPECT_ABSENT:
		store_tx_expect_absent(tx, table, key, key_len);
		break;
	case STORE_STEP_EXPECT:
		store_tx_expect(tx, table, key, key_len, bytes, step->value.len);
		break;
	case STORE_STEP_PUT:
		store_tx_put(tx, table, key, key_len, bytes, step->value.len);
		break;
	case STORE_STEP_DELETE:
		store_tx_delete(tx, table, key, key_len);
		break;
	case STORE_STEP_NEXT:
		store_tx_next(tx, table, key, key_len, step->a);
		break;
	case STORE_STEP_ADVANCE:
		store_tx_advance(tx, table, key, key_len, step->a);
		break;
	case STORE_STEP_APPEND:
		write_append(tx, step, bytes);
		break;
	case STORE_STEP_TRIM:
		store_tx_trim(tx, MODEL_LOG_ID(step->log), step->a, step->b);
		break;
	default:
		store_tx_close_log(tx, MODEL_LOG_ID(step->log));
	}
}

/* Applies the transaction to the model. */

static enum store_status
expected_append(const struct model *m, const struct model_step *step)
{
	const struct model_log *log = &m->logs[step->log];
	uint64_t floor = step->a > log->first - 1 ? step->a : log->first - 1;

	for (unsigned int i = 0; i <= step->n_also; i++)
		if (m->logs[log_of(step, i)].closed)
			return STORE_CLOSED;
	return log->last + 1 > floor && log->last + 1 - floor > step->b ? STORE_FULL : STORE_OK;
}

static enum store_status
expected_status(const struct model *m, const struct model_step *step)
{
	const struct model_value *now = &m->records[step->table][step->key];

	switch (step->kind) {
	case STORE_STEP_EXPECT_ABSENT:
		return now->present ? STORE_CONFLICT : STORE_OK;
	case STORE_STEP_EXPECT:
		return now->present && now->len == step->value.len &&
		        (now->len == 0 || now->seed == step->value.seed)
		    ? STORE_OK
		    : STORE_CONFLICT;
	case STORE_STEP_APPEND:
		return expected_append(m, step);
	default:
		return STORE_OK;
	}
}

static uint64_t
apply_append(struct model *m, const struct model_step *step)
{
	m->order++;
	for (unsigned int i = 0; i <= step->n_also; i++) {
		struct model_log *log = &m->logs[log_of(step, i)];

		model_must(m, log->last + 1 < MODEL_ENTRIES_MOST);
		log->last++;
		log->bytes += step->value.len;
		log->entries[log->last] =
		    (struct model_entry){ .value = step->value, .order = m->order };
	}
	return m->order;
}

static void
apply_trim(struct model *m, const struct model_step *step)
{
	struct model_log *log = &m->logs[step->log];

	if (step->a <= log->first)
		return;
	log->first = step->a <= log->last ? step->a : log->last + 1;
	log->bytes -= step->b;
}

static void
apply_step(struct model *m, const struct model_step *step, uint64_t *value)
{
	struct model_log *log = &m->logs[step->log];
	uint64_t *number = &m->numbers[step->table][step->key % MODEL_NUMBERS];

	switch (step->kind) {
	case STORE_STEP_PUT:
		m->records[step->table][step->key] = step->value;
		break;
	case STORE_STEP_DELETE:
		m->records[step->table][step->key].present = false;
		break;
	case STORE_STEP_NEXT:
		*value = *number + 1;
		*number += step->a;
		break;
	case STORE_STEP_ADVANCE:
		*number = step->a > *number ? step->a : *number;
		break;
	case STORE_STEP_APPEND:
		*value = apply_append(m, step);
		break;
	case STORE_STEP_TRIM:
		apply_trim(m, step);
		break;
	case STORE_STEP_CLOSE_LOG:
		log->closed = true;
		log->first = log->last + 1;
		log->bytes = 0;
		break;
	default:
		break;
	}
}

static struct store_outcome
expected_outcome(struct model *m)
{
	struct store_outcome outcome = { .status = STORE_OK };

	for (unsigned int i = 0; i < m->n_steps; i++) {
		outcome.status = expected_status(m, &m->steps[i]);
		outcome.step = i;
		if (outcome.status != STORE_OK)
			return outcome;
	}
	for (unsigned int i = 0; i < m->n_steps; i++)
		apply_step(m, &m->steps[i], &outcome.value);
	return outcome;
}

void
model_transaction(struct model *m)
{
	struct store_outcome outcome;

	draw_steps(m);
	store_tx_init(&m->tx);
	for (unsigned int i = 0; i < m->n_steps; i++)
		write_step(&m->tx, &m->steps[i]);
	if (m->tx.overflow) {
		model_must(m, store_commit(m->store, &m->tx, NULL) == STORE_FAILED);
		return;
	}
	struct store_outcome expected = expected_outcome(m);
	store_commit(m->store, &m->tx, &outcome);
	model_must(m, outcome.status == expected.status);
	model_must(m, outcome.status == STORE_OK || outcome.step == expected.step);
	model_must(m, outcome.status != STORE_OK || outcome.value == expected.value);
	m->statuses[outcome.status]++;
}

struct model *
model_new(uint64_t seed, const struct store_options *opt)
{
	struct model *m = calloc(1, sizeof(*m));

	ck_assert_ptr_nonnull(m);
	m->seed = seed;
	m->random = seed * 2 + 1;
	m->opt = *opt;
	m->check = fixture_check;
	for (int i = 0; i < MODEL_LOGS; i++) {
		m->logs[i].first = 1;
		m->logs[i].entries = calloc(MODEL_ENTRIES_MOST, sizeof(struct model_entry));
		ck_assert_ptr_nonnull(m->logs[i].entries);
	}
	m->store = opt->memory ? fixture_memory() : fixture_create(opt);
	return m;
}

void
model_free(struct model *m)
{
	store_close(m->store);
	for (int i = 0; i < MODEL_LOGS; i++)
		free(m->logs[i].entries);
	free(m);
}
