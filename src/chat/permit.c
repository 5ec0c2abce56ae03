/*
 * chat_permit: expectations are for everybody; changes are judged by the rules of the principal's
 * kind. What a transaction may hold is bounded, so that judging it is, too.
 */
#include "chat/permit.h"

#include "chat/ban.h"
#include "chat/block.h"
#include "chat/file/quota.h"
#include "chat/history/logs.h"
#include "chat/invitee.h"
#include "chat/key.h"
#include "chat/member.h"
#include "chat/permit_int.h"
#include "chat/realm/peer.h"
#include "chat/realm/receive_state.h"
#include "chat/realm/remote_log.h"
#include "chat/realm/remote_user.h"
#include "chat/session.h"
#include "chat/session_list.h"
#include "chat/table.h"

/* Steps that change tables, but for cursors: a rule may look at all others for each of them. */
#define CHANGES_MOST 96

static bool
is_expectation(const struct store_step *step)
{
	return step->kind == STORE_STEP_EXPECT || step->kind == STORE_STEP_EXPECT_ABSENT;
}

/* Whether those who read a record have room for it; else nobody could read it any more. */
static bool
fits_record(const struct store_step *step)
{
	static const size_t longest[] = {
		[CHAT_TABLE_GROUP_NAMES] = CHAT_KEY_ID,
		[CHAT_TABLE_GROUPS] = CHAT_GROUP_RECORD,
		[CHAT_TABLE_MEMBERS] = CHAT_MEMBER_RECORD,
		[CHAT_TABLE_TOKENS] = CHAT_SESSION_RECORD,
		[CHAT_TABLE_FILES] = CHAT_FILE_RECORD,
		[CHAT_TABLE_BLOBS] = CHAT_KEY_ID,
		[CHAT_TABLE_SETS] = CHAT_SET_MEMBER,
		[CHAT_TABLE_QUOTAS] = CHAT_QUOTA_RECORD,
		[CHAT_TABLE_PEERS] = CHAT_PEER_RECORD,
		[CHAT_TABLE_REMOTE_LOGS] = CHAT_REMOTE_LOG_HINT,
		[CHAT_TABLE_REMOTE_USERS] = CHAT_REMOTE_USER_RECORD,
		[CHAT_TABLE_BLOCKS] = CHAT_BLOCK_RECORD,
		[CHAT_TABLE_INVITEES] = CHAT_INVITEE_RECORD,
		[CHAT_TABLE_CONVERSATIONS] = CHAT_HISTORY_RECORD,
		[CHAT_TABLE_ACTIVITY] = CHAT_KEY_ID,
		[CHAT_TABLE_SESSIONS] = CHAT_SESSION_LIST_RECORD,
		[CHAT_TABLE_BANS] = CHAT_BAN_RECORD,
		[STORE_LOG_STATE] = CHAT_RECEIVE_STATE_RECORD,
	};
	size_t table = (size_t)chat_permit_step_table(step);

	return step->kind != STORE_STEP_PUT ||
	    (table < sizeof(longest) / sizeof(longest[0]) && step->len <= longest[table]);
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

/* Only users' clients have keys: no other rule looks at what a transaction remembers. */
static bool
has_rule(const struct permit *permit, const struct store_step *step)
{
	return step->kind != STORE_STEP_ONCE || permit->who.kind == CHAT_PRINCIPAL_USER;
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

static bool
may_do(struct permit *permit, const struct store_step *step)
{
	if (step->kind == STORE_STEP_RING)
		return chat_permit_ring_may(permit, step);
	return fits_record(step) && has_rule(permit, step) &&
	    chat_permit_history_logs(permit, step) && find_rule(permit->who.kind)(permit, step);
}

bool
chat_permit(struct store *store, const struct store_principal *principal,
    const struct store_step *steps, unsigned int n, unsigned int *refused)
{
	struct permit permit = { .chat = { .store = store },
		.who = *principal,
		.steps = steps,
		.n = n };

	*refused = 0;
	if (find_rule(principal->kind) == NULL || !is_bounded(&permit))
		return false;
	for (; *refused < n; ++*refused)
		if (!is_expectation(&steps[*refused]) && !may_do(&permit, &steps[*refused]))
			return false;
	return true;
}
