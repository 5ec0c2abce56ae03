/*
 * chat_permit: expectations are for everybody; changes are judged by the rules of the principal's
 * kind. What a transaction may hold is bounded, so that judging it is, too.
 */
#include "chat/permit.h"

#include "chat/permit_int.h"
#include "chat/table.h"

/* Steps that change tables, but for cursors: a rule may look at all others for each of them. */
#define CHANGES_MOST 96

static bool
is_expectation(const struct store_step *step)
{
	return step->kind == STORE_STEP_EXPECT || step->kind == STORE_STEP_EXPECT_ABSENT;
}

static bool
is_bounded(const struct permit *permit)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < permit->n; i++)
		n += permit->steps[i].key_len > 0 && !is_expectation(&permit->steps[i]) &&
		    permit->steps[i].key[0] != STORE_CURSORS;
	return n <= CHANGES_MOST;
}

static chat_permit_rule *
find_rule(unsigned int kind)
{
	switch (kind) {
	case CHAT_PRINCIPAL_USER:
		return chat_permit_user_may;
	case CHAT_PRINCIPAL_PEER:
	case CHAT_PRINCIPAL_SERVER:
		return chat_permit_peer_may;
	default:
		return NULL;
	}
}

bool
chat_permit(struct store *store, const struct store_principal *principal,
    const struct store_step *steps, unsigned int n, unsigned int *refused)
{
	struct permit permit = { .chat = { .store = store },
		.who = *principal,
		.steps = steps,
		.n = n };
	chat_permit_rule *rule = find_rule(principal->kind);

	*refused = 0;
	if (rule == NULL || !is_bounded(&permit))
		return false;
	for (; *refused < n; ++*refused)
		if (!is_expectation(&steps[*refused]) && !rule(&permit, &steps[*refused]))
			return false;
	return true;
}
