/* chat_permit_step: a step that is judged, and the others of its transaction. */
#include <string.h>

#include "chat/key.h"
#include "chat/permit_int.h"

int
chat_permit_step_table(const struct store_step *step)
{
	return step->key_len == 0 ? 0 : step->key[0];
}

const unsigned char *
chat_permit_step_key(const struct store_step *step, size_t *len)
{
	*len = step->key_len - 1;
	return step->key + 1;
}

bool
chat_permit_step_replaces(const struct store_step *step)
{
	return step->kind == STORE_STEP_PUT || step->kind == STORE_STEP_DELETE;
}

bool
chat_permit_step_id(const struct store_step *step, uint64_t *id)
{
	if (step->key_len != 1 + CHAT_KEY_ID)
		return false;
	*id = pack_get_u64(step->key + 1);
	return true;
}

bool
chat_permit_step_pair(const struct store_step *step, uint64_t *first, uint64_t *second)
{
	if (step->key_len != 1 + CHAT_KEY_PAIR)
		return false;
	*first = pack_get_u64(step->key + 1);
	*second = pack_get_u64(step->key + 1 + CHAT_KEY_ID);
	return true;
}

static bool
is_same_key(const struct store_step *a, const struct store_step *b)
{
	return a->key_len == b->key_len && memcmp(a->key, b->key, a->key_len) == 0;
}

const struct store_step *
chat_permit_step_expected(const struct permit *permit, const struct store_step *step)
{
	for (unsigned int i = 0; i < permit->n; i++) {
		const struct store_step *other = &permit->steps[i];

		if ((other->kind == STORE_STEP_EXPECT || other->kind == STORE_STEP_EXPECT_ABSENT) &&
		    is_same_key(other, step))
			return other;
	}
	return NULL;
}

bool
chat_permit_step_is_new(const struct permit *permit, const struct store_step *step)
{
	const struct store_step *expected = chat_permit_step_expected(permit, step);

	return expected != NULL && expected->kind == STORE_STEP_EXPECT_ABSENT;
}

/*
 * The store is asked when a request comes; what was asked before this one may change it until
 * then, so a rule takes the expectation's word.
 */
static const struct store_step *
find_expected(const struct permit *permit, int table, const void *key, size_t len,
    enum store_step_kind kind)
{
	unsigned char bytes[1 + CHAT_KEY_PAIR] = { (unsigned char)table };
	const struct store_step step = { .key = bytes, .key_len = 1 + len };

	memcpy(bytes + 1, key, len);
	const struct store_step *expected = chat_permit_step_expected(permit, &step);
	return expected != NULL && expected->kind == kind ? expected : NULL;
}

const struct store_step *
chat_permit_step_expects(const struct permit *permit, int table, const void *key, size_t key_len)
{
	return find_expected(permit, table, key, key_len, STORE_STEP_EXPECT);
}

bool
chat_permit_step_expects_none(const struct permit *permit, int table, const void *key,
    size_t key_len)
{
	return find_expected(permit, table, key, key_len, STORE_STEP_EXPECT_ABSENT) != NULL;
}

const struct store_step *
chat_permit_step_change(const struct permit *permit, int table, const void *key, size_t key_len)
{
	for (unsigned int i = 0; i < permit->n; i++) {
		const struct store_step *step = &permit->steps[i];

		if (chat_permit_step_replaces(step) && step->key_len == 1 + key_len &&
		    step->key[0] == table && memcmp(step->key + 1, key, key_len) == 0)
			return step;
	}
	return NULL;
}

static bool
read_number(const struct store_step *step, size_t len, uint64_t *number)
{
	*number = 0;
	if (step->kind == STORE_STEP_DELETE || step->kind == STORE_STEP_EXPECT_ABSENT)
		return true;
	for (size_t i = 0; i < step->len; i++)
		*number = *number << 8 | step->value[i];
	return step->len == len;
}

bool
chat_permit_step_numbers(const struct permit *permit, const struct store_step *step, size_t len,
    uint64_t *before, uint64_t *after)
{
	const struct store_step *expected = chat_permit_step_expected(permit, step);

	return expected != NULL && chat_permit_step_replaces(step) &&
	    read_number(expected, len, before) && read_number(step, len, after);
}

bool
chat_permit_step_draws_id(struct permit *permit, const struct store_step *step)
{
	static const char key[] = { 'i', 'd' };

	(void)permit;
	return step->kind == STORE_STEP_NEXT && step->a > 0 && step->a <= CHAT_IDS_AT_ONCE &&
	    step->key_len == 1 + sizeof(key) && memcmp(step->key + 1, key, sizeof(key)) == 0;
}

bool
chat_permit_step_pays(const struct permit *permit, const struct store_step *step)
{
	return step->log == permit->who.id && (step->b & STORE_OWED) == 0;
}

bool
chat_permit_step_is_paid(const struct permit *permit)
{
	uint64_t appended = 0, paid = 0;

	for (unsigned int i = 0; i < permit->n; i++) {
		const struct store_step *step = &permit->steps[i];

		if (step->kind == STORE_STEP_APPEND)
			appended += step->len;
		else if (step->kind == STORE_STEP_CHARGE && step->a <= STORE_TX_MAX)
			paid += step->a;
	}
	return appended <= paid;
}
