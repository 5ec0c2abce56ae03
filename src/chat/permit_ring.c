/*
 * chat_permit_ring: of what a transaction may tell, so that nobody is woken at a stranger's will:
 * of what it does itself.
 */
#include "chat/history/activity.h"
#include "chat/history/logs.h"
#include "chat/key.h"
#include "chat/permit.h"
#include "chat/permit_int.h"
#include "chat/realm/remote_log.h"
#include "chat/ring.h"

static bool
appends_to(const struct permit *permit, uint64_t log)
{
	for (unsigned int i = 0; i < permit->n; i++)
		if (permit->steps[i].kind == STORE_STEP_APPEND && permit->steps[i].log == log)
			return true;
	return false;
}

/* Whether the log of a group is told that this user has come or gone. */
static bool
tells_of_member(const struct permit *permit, uint64_t user)
{
	struct chat_activity activity;

	for (unsigned int i = 0; i < permit->n; i++)
		if (permit->steps[i].kind == STORE_STEP_APPEND &&
		    chat_activity_read(&activity, permit->steps[i].value, permit->steps[i].len) ==
		        0 &&
		    activity.with == user &&
		    chat_activity_class(activity.kind) == CHAT_ACTIVITY_OF_MEMBER)
			return true;
	return false;
}

/* What another realm sends goes into the logs that are kept for it. */
static bool
delivers_to(struct permit *permit, uint64_t id)
{
	uint64_t log;

	return chat_remote_log_find(&permit->chat, id, permit->who.id, &log) == CHAT_OK &&
	    appends_to(permit, log);
}

static bool
may_ring_user(struct permit *permit, uint64_t id)
{
	if (id == 0)
		return true;
	if (permit->who.kind != CHAT_PRINCIPAL_USER)
		return delivers_to(permit, id);
	return id == permit->who.id || appends_to(permit, id) || tells_of_member(permit, id);
}

static bool
may_ring_group(struct permit *permit, uint64_t id)
{
	uint64_t activity;

	if (permit->who.kind != CHAT_PRINCIPAL_USER)
		return delivers_to(permit, id);
	return appends_to(permit, id) ||
	    (chat_history_activity_of(&permit->chat, id, &activity) == CHAT_OK &&
	        appends_to(permit, activity));
}

static bool
may_ring_people(const struct permit *permit, uint64_t id)
{
	uint64_t group, member;

	for (unsigned int i = 0; i < permit->n; i++)
		if (chat_permit_step_table(&permit->steps[i]) == CHAT_TABLE_MEMBERS &&
		    chat_permit_step_replaces(&permit->steps[i]) &&
		    chat_permit_step_pair(&permit->steps[i], &group, &member) && group == id)
			return true;
	return false;
}

static bool
may_ring_rooms(const struct permit *permit)
{
	for (unsigned int i = 0; i < permit->n; i++) {
		const int table = chat_permit_step_table(&permit->steps[i]);

		if (chat_permit_step_replaces(&permit->steps[i]) &&
		    (table == CHAT_TABLE_GROUP_NAMES || table == CHAT_TABLE_GROUPS ||
		        table == CHAT_TABLE_MEMBERS))
			return true;
	}
	return false;
}

/* A message for another realm comes with the epoch of its outbox. */
static bool
may_ring_bridge(const struct permit *permit)
{
	for (unsigned int i = 0; i < permit->n; i++) {
		const struct store_step *step = &permit->steps[i];

		if (step->key_len == 1 + CHAT_KEY_STATE && step->key[0] == STORE_LOG_STATE &&
		    step->key[1] == CHAT_STATE_EPOCH &&
		    appends_to(permit, pack_get_u64(step->key + 2)))
			return true;
	}
	return false;
}

/* An administrator ends sessions of others. */
static bool
may_ring_session(struct permit *permit, uint64_t id)
{
	if (permit->who.kind != CHAT_PRINCIPAL_USER || id == permit->who.id)
		return permit->who.kind == CHAT_PRINCIPAL_USER;
	for (unsigned int i = 0; i < permit->n; i++)
		if (chat_permit_step_table(&permit->steps[i]) == CHAT_TABLE_TOKENS &&
		    permit->steps[i].kind == STORE_STEP_DELETE)
			return chat_permit_find_admin(permit);
	return false;
}

bool
chat_permit_ring_may(struct permit *permit, const struct store_step *step)
{
	const bool user = permit->who.kind == CHAT_PRINCIPAL_USER;

	switch (step->log) {
	case CHAT_RING_USERS:
		return may_ring_user(permit, step->a) && may_ring_user(permit, step->b);
	case CHAT_RING_GROUP:
		return may_ring_group(permit, step->a);
	case CHAT_RING_PEOPLE:
		return user && may_ring_people(permit, step->a);
	case CHAT_RING_ROOMS:
		return user && may_ring_rooms(permit);
	case CHAT_RING_SESSION:
		return may_ring_session(permit, step->a);
	case CHAT_RING_BRIDGE:
		return user && may_ring_bridge(permit);
	default:
		return false;
	}
}
