/* store_model_look: compares a store with its model. See store_model.h. */
#include <stdlib.h>

#include "store_model.h"

void
model_look_at_tables(struct model *m)
{
	static unsigned char found[STORE_VALUE_MAX];
	char key[STORE_KEY_MAX];
	uint64_t number;
	size_t len;

	for (int t = 0; t < MODEL_TABLES; t++) {
		for (int k = 0; k < MODEL_KEYS; k++) {
			const struct model_value *value = &m->records[t][k];
			enum store_status status = store_get(m->store, model_tables[t], key,
			    model_key(key, false, k), found, sizeof(found), &len);

			model_must(m, status == (value->present ? STORE_OK : STORE_ABSENT));
			model_must(m, !value->present || model_is_value(value, found, len));
		}
		for (int k = 0; k < MODEL_NUMBERS; k++) {
			model_must(m,
			    store_get_number(m->store, model_tables[t], key,
			        model_key(key, true, k), &number) == STORE_OK);
			model_must(m, number == m->numbers[t][k]);
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
	for (int t = 0; t < MODEL_TABLES; t++) {
		size_t found = 0, expected = 0;

		model_must(m, store_each(m->store, model_tables[t], count_records, &found) == 0);
		for (int k = 0; k < MODEL_KEYS; k++)
			expected += m->records[t][k].present;
		model_must(m, found == expected);
	}
}

static void
look_at_entry(struct model *m, int log, uint64_t number, uint64_t seq, int64_t *seqs)
{
	const struct model_entry *expected = &m->logs[log].entries[number];
	struct store_entry entry;

	model_must(m, store_entry(m->store, seq, &entry) == STORE_OK);
	model_must(m, store_entry_number(&entry, MODEL_LOG_ID(log)) == number);
	model_must(m, entry.places[0].log == entry.log && entry.places[0].number == entry.number);
	model_must(m, entry.seq == seq && expected->order == seq);
	model_must(m, model_is_value(&expected->value, entry.data, entry.len));
	seqs[expected->order] = (int64_t)seq;
}

/* Some seq is between those of two entries, or one's own. */
static void
look_for_number(struct model *m, int index)
{
	const struct model_log *log = &m->logs[index];
	uint64_t seq = model_draw(m, m->order + 3), number, expected = log->last;

	while (expected >= log->first && log->entries[expected].order > seq)
		expected--;
	model_must(m, store_log_find(m->store, MODEL_LOG_ID(index), seq, &number) == STORE_OK);
	model_must(m, number == (expected < log->first ? 0 : expected));
}

static void
look_at_log(struct model *m, int index, uint64_t after, int64_t *seqs)
{
	const struct model_log *log = &m->logs[index];
	struct store_log_info info;
	struct store_reader reader;
	uint64_t seq, number = after + 1 > log->first ? after + 1 : log->first;

	model_must(m, store_log_info(m->store, MODEL_LOG_ID(index), &info) == STORE_OK);
	model_must(m, info.first == log->first);
	model_must(m, info.last == log->last);
	model_must(m, info.bytes == log->bytes);
	model_must(m, info.closed == log->closed);
	model_must(m, store_reader_init(&reader, m->store, MODEL_LOG_ID(index), after) == STORE_OK);
	for (; store_reader_peek(&reader, &seq) == STORE_OK; store_reader_skip(&reader))
		look_at_entry(m, index, number++, seq, seqs);
	model_must(m, store_reader_peek(&reader, &seq) == STORE_ABSENT);
	model_must(m, number == (after > log->last ? after + 1 : log->last + 1));
	look_for_number(m, index);
}

/* The seqs have the order in which the entries were appended. */
void
model_look_at_logs(struct model *m, bool from_start)
{
	int64_t *seqs = calloc(m->order + 1, sizeof(*seqs)), before = 0;

	ck_assert_ptr_nonnull(seqs);
	for (int i = 0; i < MODEL_LOGS; i++)
		look_at_log(m, i, from_start ? 0 : model_draw(m, m->logs[i].last + 3), seqs);
	for (uint64_t order = 1; order <= m->order; order++) {
		if (seqs[order] == 0)
			continue;
		model_must(m, seqs[order] > before);
		before = seqs[order];
	}
	free(seqs);
}

void
model_look(struct model *m)
{
	model_look_at_tables(m);
	count_tables(m);
	model_look_at_logs(m, true);
	if (m->check != NULL)
		m->check(m->store);
}

/* Records that a process has read before may have changed since. */
void
model_look_at_records(struct model *m)
{
	static unsigned char found[STORE_VALUE_MAX];
	char key[STORE_KEY_MAX];
	size_t len;

	for (int k = 0; k < MODEL_KEYS; k += 3) {
		const struct model_value *value = &m->records[0][k];
		enum store_status status = store_get(m->store, model_tables[0], key,
		    model_key(key, false, k), found, sizeof(found), &len);

		model_must(m, status == (value->present ? STORE_OK : STORE_ABSENT));
		model_must(m, !value->present || model_is_value(value, found, len));
	}
}

void
model_look_at_draws(struct model *m, unsigned int turns)
{
	model_must(m, m->statuses[STORE_OK] > turns / 3);
	model_must(m, m->statuses[STORE_CONFLICT] > turns / 50);
	model_must(m, m->statuses[STORE_FULL] > turns / 60);
	model_must(m, m->statuses[STORE_CLOSED] > 0);
	model_must(m, m->dropped > 0);
}
