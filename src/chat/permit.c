/* chat_permit: the accounts are out of reach of everybody who is bound. */
#include "chat/permit.h"

#include "chat/table.h"

static bool
is_expectation(const struct store_step *step)
{
	return step->kind == STORE_STEP_EXPECT || step->kind == STORE_STEP_EXPECT_ABSENT;
}

static bool
may_do(const struct store_step *step)
{
	if (step->key_len == 0 || is_expectation(step))
		return true;
	return step->key[0] != CHAT_TABLE_USERS && step->key[0] != CHAT_TABLE_USER_NAMES;
}

bool
chat_permit(struct store *store, const struct store_principal *principal,
    const struct store_step *steps, unsigned int n, unsigned int *refused)
{
	(void)store;
	(void)principal;
	for (*refused = 0; *refused < n; ++*refused)
		if (!may_do(&steps[*refused]))
			return false;
	return true;
}
