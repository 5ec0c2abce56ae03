/*
 * Random operations against the store and against a plain model of what it promises: every
 * outcome and everything that can be read must be the same. One run has a seed that never
 * changes, one a new one; KABAR_TEST_SEED repeats a run.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "chat/table.h"
#include "seed.h"
#include "store_fixture.h"

#define LOGS         30
#define LOG_ID(i)    ((uint64_t)(i)*9 + 1) /* over several pages of heads */
#define KEYS         10
#define NUMBERS      4
#define TABLES       3
#define STEPS_MOST   8
#define ENTRIES_MOST 20000
#define KNOWN_SEED   20260101

/* A value is described by its length and the seed of its bytes. */
struct value {
	bool present;
	size_t len;
	uint32_t seed;
};

struct entry {
	struct value value;
	uint64_t order; /* of all entries */
};

struct log {
	uint64_t first, last, bytes;
	bool closed;
	struct entry *entries; /* entries[number] */
};

struct step {
	enum store_step_kind kind;
	int table, key, log;
	struct value value;
	uint64_t a, b;
	int also[STORE_ENTRY_LOGS - 1];
	unsigned int n_also;
};

struct model {
	uint64_t seed, random;
	unsigned int turn;
	struct store_options opt;
	struct store *store;
	struct log logs[LOGS];
	struct value records[TABLES][KEYS];
	uint64_t numbers[TABLES][NUMBERS];
	uint64_t order;
	struct step steps[LOGS + STEPS_MOST];
	unsigned int n_steps;
	struct store_tx tx;
	unsigned int statuses[STORE_FAILED + 1];
	size_t dropped;
};

static const int tables[TABLES] = { CHAT_TABLE_USERS, CHAT_TABLE_GROUPS, STORE_LOG_STATE };

#define must(m, condition)                                                    \
	ck_assert_msg(condition, "KABAR_TEST_SEED=%llu fails in turn %u: %s", \
	    (unsigned long long)(m)->seed, (m)->turn, #condition)

static uint64_t
draw_below(struct model *m, uint64_t below)
{
	m->random ^= m->random >> 12;
	m->random ^= m->random << 25;
	m->random ^= m->random >> 27;
	return (m->random * 0x2545f4914f6cdd1dULL >> 33) % below;
}

static struct value
draw_value(struct model *m)
{
	size_t len = draw_below(m, 20) == 0 ? draw_below(m, 30000) : draw_below(m, 3000);

	if (draw_below(m, 3) == 0)
		len = draw_below(m, 250);
	if (draw_below(m, 10) == 0)
		len = 0;
	return (struct value){ .present = true,
		.len = len,
		.seed = (uint32_t)draw_below(m, UINT32_MAX) };
}

static const unsigned char *
value_bytes(const struct value *value)
{
	static unsigned char bytes[STORE_VALUE_MAX];
	uint32_t x = value->seed;

	for (size_t i = 0; i < value->len; i++) {
		x = x * 1664525 + 1013904223;
		bytes[i] = (unsigned char)(x >> 24);
	}
	return bytes;
}

static bool
is_same_value(const struct value *value, const void *data, size_t len)
{
	return value->present && len == value->len && memcmp(value_bytes(value), data, len) == 0;
}

/* Names of records and numbers have several lengths, one that is the longest. */
static size_t
key_name(char key[STORE_KEY_MAX], bool number, int index)
{
	size_t len = index == 0 ? STORE_KEY_MAX : (size_t)index * 7;

	memset(key, 'a' + index, len);
	key[0] = number ? 'n' : 'k';
	return len;
}

/* The steps of a transaction. */

static struct step *
add_step(struct model *m, enum store_step_kind kind)
{
	struct step *step = &m->steps[m->n_steps++];

	*step = (struct step){ .kind = kind };
	return step;
}

static void
add_expectation(struct model *m, int table)
{
	int key = (int)draw_below(m, KEYS);
	struct value now = m->records[table][key];

	if (draw_below(m, 8) == 0)
		now = m->records[table][draw_below(m, KEYS)]; /* most likely another one */
	struct step *step = add_step(m, now.present ? STORE_STEP_EXPECT : STORE_STEP_EXPECT_ABSENT);
	step->table = table;
	step->key = key;
	step->value = now;
}

static void
add_table_step(struct model *m, int table)
{
	static const enum store_step_kind kinds[] = { STORE_STEP_PUT, STORE_STEP_PUT,
		STORE_STEP_DELETE, STORE_STEP_NEXT, STORE_STEP_ADVANCE };

	if (draw_below(m, 4) == 0) {
		add_expectation(m, table);
		return;
	}
	struct step *step = add_step(m, kinds[draw_below(m, sizeof(kinds) / sizeof(kinds[0]))]);
	bool number = step->kind == STORE_STEP_NEXT || step->kind == STORE_STEP_ADVANCE;
	step->table = table;
	step->key = (int)draw_below(m, number ? NUMBERS : KEYS);
	step->value = draw_value(m);
	step->a = draw_below(m, 1000) == 0 ? UINT32_MAX : draw_below(m, 50);
}

/* The logs of an append, or the one of another step. */
static int
log_of(const struct step *step, unsigned int i)
{
	return i == 0 ? step->log : step->also[i - 1];
}

static bool
names_log(const struct step *step, int log)
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
bytes_below(const struct log *log, uint64_t first)
{
	uint64_t bytes = 0;

	for (uint64_t n = log->first; n < first && n <= log->last; n++)
		bytes += log->entries[n].value.len;
	return bytes;
}

static void
add_trim(struct model *m, int log, uint64_t first)
{
	struct step *step = add_step(m, STORE_STEP_TRIM);

	step->log = log;
	step->a = first;
	step->b = bytes_below(&m->logs[log], first);
}

/* Some entries are in several logs, in any order of them. */
static void
draw_also(struct model *m, struct step *step)
{
	unsigned int most =
	    draw_below(m, 3) > 0 ? 0 : (unsigned int)draw_below(m, STORE_ENTRY_LOGS);

	for (unsigned int i = 0; i < most; i++) {
		int log = (int)draw_below(m, draw_below(m, 2) == 0 ? 6 : LOGS);

		if (!names_log(step, log) && !is_closed_here(m, log))
			step->also[step->n_also++] = log;
	}
}

static void
add_log_step(struct model *m)
{
	int log = (int)(draw_below(m, 3) == 0 ? draw_below(m, 3) : draw_below(m, LOGS));
	const struct log *now = &m->logs[log];

	if (draw_below(m, 12) == 0 && !is_used(m, log)) {
		add_trim(m, log, now->first + draw_below(m, now->last - now->first + 5));
	} else if (draw_below(m, 600) == 0 && !is_used(m, log)) {
		add_step(m, STORE_STEP_CLOSE_LOG)->log = log;
	} else if (!is_closed_here(m, log)) {
		struct step *step = add_step(m, STORE_STEP_APPEND);
		bool limited = draw_below(m, 4) == 0;

		step->log = log;
		step->value = draw_value(m);
		step->a = limited ? draw_below(m, now->last + 3) : 0;
		step->b = limited ? draw_below(m, now->last + 3) : STORE_NO_LIMIT;
		draw_also(m, step);
	}
}

/* Trims most entries, so that whole files can be removed. */
static void
add_great_trim(struct model *m)
{
	for (int log = 0; log < LOGS; log++) {
		uint64_t last = m->logs[log].last;

		add_trim(m, log, last > 2 && draw_below(m, 8) == 0 ? last - 2 : last + 1);
	}
}

static void
draw_steps(struct model *m)
{
	unsigned int n = 1 + (unsigned int)draw_below(m, STEPS_MOST);
	bool in_tables = draw_below(m, 3) == 0;

	m->n_steps = 0;
	if (draw_below(m, 150) == 0) {
		add_great_trim(m);
		return;
	}
	for (unsigned int i = 0; i < n; i++)
		if (in_tables)
			add_table_step(m, (int)draw_below(m, TABLES - 1));
		else if (draw_below(m, 5) == 0)
			add_table_step(m, TABLES - 1);
		else
			add_log_step(m);
}

static void
write_append(struct store_tx *tx, const struct step *step, const unsigned char *bytes)
{
	uint64_t logs[STORE_ENTRY_LOGS];

	for (unsigned int i = 0; i <= step->n_also; i++)
		logs[i] = LOG_ID(log_of(step, i));
	store_tx_append_to(tx, logs, 1 + step->n_also, bytes, step->value.len, step->a, step->b);
}

static void
write_step(struct store_tx *tx, const struct step *step)
{
	char key[STORE_KEY_MAX];
	bool number = step->kind == STORE_STEP_NEXT || step->kind == STORE_STEP_ADVANCE;
	size_t key_len = key_name(key, number, step->key);
	int table = tables[step->table];
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
		store_tx_trim(tx, LOG_ID(step->log), step->a, step->b);
		break;
	default:
		store_tx_close_log(tx, LOG_ID(step->log));
	}
}

/* Applies the transaction to the model. */

static enum store_status
expected_append(const struct model *m, const struct step *step)
{
	const struct log *log = &m->logs[step->log];
	uint64_t floor = step->a > log->first - 1 ? step->a : log->first - 1;

	for (unsigned int i = 0; i <= step->n_also; i++)
		if (m->logs[log_of(step, i)].closed)
			return STORE_CLOSED;
	return log->last + 1 > floor && log->last + 1 - floor > step->b ? STORE_FULL : STORE_OK;
}

static enum store_status
expected_status(const struct model *m, const struct step *step)
{
	const struct value *now = &m->records[step->table][step->key];

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
apply_append(struct model *m, const struct step *step)
{
	m->order++;
	for (unsigned int i = 0; i <= step->n_also; i++) {
		struct log *log = &m->logs[log_of(step, i)];

		must(m, log->last + 1 < ENTRIES_MOST);
		log->last++;
		log->bytes += step->value.len;
		log->entries[log->last] = (struct entry){ .value = step->value, .order = m->order };
	}
	return m->order;
}

static void
apply_trim(struct model *m, const struct step *step)
{
	struct log *log = &m->logs[step->log];

	if (step->a <= log->first)
		return;
	log->first = step->a <= log->last ? step->a : log->last + 1;
	log->bytes -= step->b;
}

static void
apply_step(struct model *m, const struct step *step, uint64_t *value)
{
	struct log *log = &m->logs[step->log];
	uint64_t *number = &m->numbers[step->table][step->key % NUMBERS];

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

static void
one_transaction(struct model *m)
{
	struct store_outcome outcome;

	draw_steps(m);
	store_tx_init(&m->tx);
	for (unsigned int i = 0; i < m->n_steps; i++)
		write_step(&m->tx, &m->steps[i]);
	if (m->tx.overflow) {
		must(m, store_commit(m->store, &m->tx, NULL) == STORE_FAILED);
		return;
	}
	struct store_outcome expected = expected_outcome(m);
	store_commit(m->store, &m->tx, &outcome);
	must(m, outcome.status == expected.status);
	must(m, outcome.status == STORE_OK || outcome.step == expected.step);
	must(m, outcome.status != STORE_OK || outcome.value == expected.value);
	m->statuses[outcome.status]++;
}

/* Comparing everything readable. */

static void
look_at_tables(struct model *m)
{
	static unsigned char found[STORE_VALUE_MAX];
	char key[STORE_KEY_MAX];
	uint64_t number;
	size_t len;

	for (int t = 0; t < TABLES; t++) {
		for (int k = 0; k < KEYS; k++) {
			const struct value *value = &m->records[t][k];
			enum store_status status = store_get(m->store, tables[t], key,
			    key_name(key, false, k), found, sizeof(found), &len);

			must(m, status == (value->present ? STORE_OK : STORE_ABSENT));
			must(m, !value->present || is_same_value(value, found, len));
		}
		for (int k = 0; k < NUMBERS; k++) {
			must(m,
			    store_get_number(m->store, tables[t], key, key_name(key, true, k),
			        &number) == STORE_OK);
			must(m, number == m->numbers[t][k]);
		}
	}
}

static int
count_records(void *arg, const void *key, size_t key_len, const void *value, size_t len)
{
	size_t *n = arg;

	(void)key_len;
	(void)value;
	(void)len;
	*n += ((const char *)key)[0] == 'k';
	return 0;
}

static void
count_tables(struct model *m)
{
	for (int t = 0; t < TABLES; t++) {
		size_t found = 0, expected = 0;

		must(m, store_each(m->store, tables[t], count_records, &found) == 0);
		for (int k = 0; k < KEYS; k++)
			expected += m->records[t][k].present;
		must(m, found == expected);
	}
}

static void
look_at_entry(struct model *m, int log, uint64_t number, uint64_t seq, int64_t *seqs)
{
	const struct entry *expected = &m->logs[log].entries[number];
	struct store_entry entry;

	must(m, store_entry(m->store, seq, &entry) == STORE_OK);
	must(m, store_entry_number(&entry, LOG_ID(log)) == number);
	must(m, entry.places[0].log == entry.log && entry.places[0].number == entry.number);
	must(m, entry.seq == seq && expected->order == seq);
	must(m, is_same_value(&expected->value, entry.data, entry.len));
	seqs[expected->order] = (int64_t)seq;
}

/* Some seq is between those of two entries, or one's own. */
static void
look_for_number(struct model *m, int index)
{
	const struct log *log = &m->logs[index];
	uint64_t seq = draw_below(m, m->order + 3), number, expected = log->last;

	while (expected >= log->first && log->entries[expected].order > seq)
		expected--;
	must(m, store_log_find(m->store, LOG_ID(index), seq, &number) == STORE_OK);
	must(m, number == (expected < log->first ? 0 : expected));
}

static void
look_at_log(struct model *m, int index, uint64_t after, int64_t *seqs)
{
	const struct log *log = &m->logs[index];
	struct store_log_info info;
	struct store_reader reader;
	uint64_t seq, number = after + 1 > log->first ? after + 1 : log->first;

	must(m, store_log_info(m->store, LOG_ID(index), &info) == STORE_OK);
	must(m, info.first == log->first);
	must(m, info.last == log->last);
	must(m, info.bytes == log->bytes);
	must(m, info.closed == log->closed);
	must(m, store_reader_init(&reader, m->store, LOG_ID(index), after) == STORE_OK);
	for (; store_reader_peek(&reader, &seq) == STORE_OK; store_reader_skip(&reader))
		look_at_entry(m, index, number++, seq, seqs);
	must(m, store_reader_peek(&reader, &seq) == STORE_ABSENT);
	must(m, number == (after > log->last ? after + 1 : log->last + 1));
	look_for_number(m, index);
}

/* The seqs have the order in which the entries were appended. */
static void
look_at_logs(struct model *m, bool from_start)
{
	int64_t *seqs = calloc(m->order + 1, sizeof(*seqs)), before = 0;

	ck_assert_ptr_nonnull(seqs);
	for (int i = 0; i < LOGS; i++)
		look_at_log(m, i, from_start ? 0 : draw_below(m, m->logs[i].last + 3), seqs);
	for (uint64_t order = 1; order <= m->order; order++) {
		if (seqs[order] == 0)
			continue;
		must(m, seqs[order] > before);
		before = seqs[order];
	}
	free(seqs);
}

static void
look_at_all(struct model *m)
{
	look_at_tables(m);
	count_tables(m);
	look_at_logs(m, true);
	fixture_check(m->store);
}

static void
reopen_store(struct model *m)
{
	if (m->opt.memory)
		return;
	store_close(m->store);
	m->store = fixture_open(&m->opt);
}

/* Records that a process has read before may have changed since. */
static void
look_at_records(struct model *m)
{
	static unsigned char found[STORE_VALUE_MAX];
	char key[STORE_KEY_MAX];
	size_t len;

	for (int k = 0; k < KEYS; k += 3) {
		const struct value *value = &m->records[0][k];
		enum store_status status = store_get(m->store, tables[0], key,
		    key_name(key, false, k), found, sizeof(found), &len);

		must(m, status == (value->present ? STORE_OK : STORE_ABSENT));
		must(m, !value->present || is_same_value(value, found, len));
	}
}

static void
one_turn(struct model *m)
{
	size_t dropped;

	one_transaction(m);
	look_at_records(m);
	if (draw_below(m, 40) == 0)
		look_at_logs(m, false);
	if (draw_below(m, 40) == 0)
		look_at_tables(m);
	if (draw_below(m, 100) == 0)
		reopen_store(m);
	if (draw_below(m, 200) == 0) {
		must(m, store_collect(m->store, &dropped) == 0);
		m->dropped += dropped;
	}
	if (draw_below(m, 300) == 0) {
		must(m, store_compact(m->store) == STORE_OK);
		store_refresh(m->store);
	}
	if (draw_below(m, 400) == 0)
		look_at_all(m);
}

static struct model *
model_new(uint64_t seed, const struct store_options *opt)
{
	struct model *m = calloc(1, sizeof(*m));

	ck_assert_ptr_nonnull(m);
	m->seed = seed;
	m->random = seed * 2 + 1;
	m->opt = *opt;
	for (int i = 0; i < LOGS; i++) {
		m->logs[i].first = 1;
		m->logs[i].entries = calloc(ENTRIES_MOST, sizeof(struct entry));
		ck_assert_ptr_nonnull(m->logs[i].entries);
	}
	m->store = opt->memory ? fixture_memory() : fixture_create(opt);
	return m;
}

static void
model_free(struct model *m)
{
	store_close(m->store);
	for (int i = 0; i < LOGS; i++)
		free(m->logs[i].entries);
	free(m);
}

/* Checks that the random operations have tested enough. */
static void
look_at_draws(struct model *m, unsigned int turns)
{
	must(m, m->statuses[STORE_OK] > turns / 3);
	must(m, m->statuses[STORE_CONFLICT] > turns / 50);
	must(m, m->statuses[STORE_FULL] > turns / 60);
	must(m, m->statuses[STORE_CLOSED] > 0);
	must(m, m->dropped > 0);
}

static void
run_model(uint64_t seed, const struct store_options *opt, unsigned int turns)
{
	struct model *m = model_new(seed, opt);

	for (m->turn = 1; m->turn <= turns; m->turn++)
		one_turn(m);
	look_at_all(m);
	reopen_store(m);
	look_at_all(m);
	if (seed == KNOWN_SEED)
		look_at_draws(m, turns);
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
