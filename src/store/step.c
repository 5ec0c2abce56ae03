/*
 * store_step: checks and does a single step of a transaction. The order of steps, and undoing them
 * when one fails, is left to store_apply.
 */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "store/int.h"

static enum store_status
check_value(struct store_file *file, const struct store_step *step)
{
	unsigned char value[STORE_VALUE_MAX];
	size_t len;
	enum store_status status =
	    store_file_get(file, step->key, step->key_len, value, sizeof(value), &len);

	if (status == STORE_FAILED)
		return status;
	if (step->kind == STORE_STEP_EXPECT_ABSENT)
		return status == STORE_ABSENT ? STORE_OK : STORE_CONFLICT;
	if (status == STORE_ABSENT || len != step->len || memcmp(value, step->value, len) != 0)
		return STORE_CONFLICT;
	return STORE_OK;
}

/* The other logs of an append have no limit, but must be open. */
static enum store_status
check_also(struct store *store, const struct store_step *step)
{
	struct store_head head;

	for (unsigned int i = 0; i < step->n_also; i++) {
		if (store_head_take(store, step->also[i], &head) != STORE_OK)
			return STORE_FAILED;
		if (head.closed)
			return STORE_CLOSED;
	}
	return STORE_OK;
}

static enum store_status
check_append(struct store *store, const struct store_step *step)
{
	struct store_head head;
	uint64_t floor = step->a;
	enum store_status status = check_also(store, step);

	if (status != STORE_OK)
		return status;
	if (store_head_take(store, step->log, &head) != STORE_OK)
		return STORE_FAILED;
	if (head.closed)
		return STORE_CLOSED;
	if (floor < head.first - 1)
		floor = head.first - 1;
	if (step->b == STORE_NO_LIMIT || head.last < floor)
		return STORE_OK;
	if (head.last - floor >= (step->b & UINT32_MAX))
		return STORE_FULL;
	/* How large that is depends on what this process remembers: it was judged before. */
	if (store->writer->ordered)
		return STORE_OK;
	return store_unread_fits(store, step->log, &head, floor, step->b >> 32, step->len)
	    ? STORE_OK
	    : STORE_FULL;
}

static enum store_status
check_charge(struct store *store, const struct store_step *step)
{
	struct store_writer *writer = store->writer;

	if (writer->ordered)
		return STORE_OK;
	if (writer->budget == NULL)
		writer->budget = store_budget_new();
	if (step->log == STORE_PAYER_NONE)
		return STORE_OK;
	return writer->budget == NULL ? STORE_FAILED
	                              : store_budget_check(writer->budget, &store->opt, step->log,
	                                    step->a, step->b, clock_monotonic_ms());
}

enum store_status
store_step_check(struct store *store, struct store_file *file, const struct store_step *step,
    struct store_outcome *outcome)
{
	switch (step->kind) {
	case STORE_STEP_EXPECT:
	case STORE_STEP_EXPECT_ABSENT:
		return check_value(file, step);
	case STORE_STEP_APPEND:
		return check_append(store, step);
	case STORE_STEP_CHARGE:
		return check_charge(store, step);
	case STORE_STEP_ONCE:
		return store_once_check(store, file, step, &outcome->value);
	default:
		return STORE_OK;
	}
}

static int
do_trim(struct store *store, const struct store_step *step)
{
	struct store_head head;

	if (store_head_take(store, step->log, &head) != STORE_OK)
		return -1;
	if (step->a <= head.first)
		return 0;
	head.first = step->a <= head.last ? step->a : head.last + 1;
	head.bytes -= step->b < head.bytes ? step->b : head.bytes;
	return store_head_set(store, step->log, &head);
}

static int
do_close(struct store *store, const struct store_step *step)
{
	struct store_head head;

	if (store_head_take(store, step->log, &head) != STORE_OK)
		return -1;
	head.closed = true;
	head.first = head.last + 1;
	head.bytes = 0;
	return store_head_set(store, step->log, &head);
}

/* 1: the record exists, 0: it does not, or -1. */
static int
has_record(struct store_file *file, const void *key, size_t key_len)
{
	unsigned char byte;
	size_t len;

	switch (store_file_get(file, key, key_len, &byte, sizeof(byte), &len)) {
	case STORE_OK:
		return 1;
	case STORE_ABSENT:
		return 0;
	default:
		return -1;
	}
}

/* Notes a new record that lies with the logs, so that it is copied when their next file begins. */
static int
note_state(struct store_file *file, const struct store_step *step)
{
	int exists;

	if (step->key[0] < STORE_LOG_STATE)
		return 0;
	exists = has_record(file, step->key, step->key_len);
	return exists == 0 ? store_rotate_note(file, step->key, step->key_len)
	    : exists < 0   ? -1
	                   : 0;
}

static int
do_delete(struct store_file *file, const struct store_step *step)
{
	if (step->key[0] >= STORE_LOG_STATE &&
	    store_rotate_forget(file, step->key, step->key_len) != 0)
		return -1;
	return store_file_delete(file, step->key, step->key_len);
}

static int
do_put(struct store_file *file, const struct store_step *step)
{
	if (note_state(file, step) != 0)
		return -1;
	return store_file_put(file, step->key, step->key_len, step->value, step->len);
}

static int
do_once(struct store *store, struct store_file *file, const struct store_step *step)
{
	return note_state(file, step) == 0 ? store_once_do(store, file, step) : -1;
}

static int
do_number(struct store_file *file, const struct store_step *step, struct store_outcome *outcome)
{
	uint64_t number;

	if (note_state(file, step) != 0 ||
	    store_table_number(file, step->key, step->key_len, &number) != 0)
		return -1;
	if (step->kind == STORE_STEP_NEXT) {
		outcome->value = number + 1;
		return store_table_put_number(file, step->key, step->key_len, number + step->a);
	}
	if (step->a <= number)
		return 0;
	return store_table_put_number(file, step->key, step->key_len, step->a);
}

/* The guard record may have been deleted since the client looked. */
static int
do_advance_if(struct store_file *file, const struct store_step *step, struct store_outcome *outcome)
{
	int exists = has_record(file, step->value, step->len);

	return exists > 0 ? do_number(file, step, outcome) : exists;
}

/* The payer's budget is this process's: what the journal has was paid. */
static void
do_charge(struct store *store, const struct store_step *step)
{
	struct store_writer *writer = store->writer;

	if (writer->ordered)
		return;
	if (step->log != STORE_PAYER_NONE) {
		store_budget_charge(writer->budget, step->log, step->a, step->b,
		    clock_monotonic_ms());
		return;
	}
	store->opt.min_free = step->a;
	if (writer->budget != NULL)
		writer->budget->looked_ms = 0;
}

int
store_step_do(struct store *store, struct store_file *file, const struct store_step *step,
    struct store_outcome *outcome)
{
	switch (step->kind) {
	case STORE_STEP_PUT:
		return do_put(file, step);
	case STORE_STEP_DELETE:
		return do_delete(file, step);
	case STORE_STEP_ONCE:
		return do_once(store, file, step);
	case STORE_STEP_NEXT:
	case STORE_STEP_ADVANCE:
		return do_number(file, step, outcome);
	case STORE_STEP_ADVANCE_IF:
		return do_advance_if(file, step, outcome);
	case STORE_STEP_APPEND:
		return store_log_append(store, step, &outcome->value);
	case STORE_STEP_CHARGE:
		do_charge(store, step);
		return 0;
	case STORE_STEP_TRIM:
		return do_trim(store, step);
	case STORE_STEP_CLOSE_LOG:
		return do_close(store, step);
	case STORE_STEP_CARRY:
		return store_log_carry(store, step->a);
	case STORE_STEP_DROP:
		return store_files_drop(store, step->a);
	default:
		return 0;
	}
}
