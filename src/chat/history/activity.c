/* chat_activity: entries of logs of activity, and appending them. */
#include "chat/history/activity.h"

#include <string.h>

#include "chat/history/logs.h"
#include "chat/pack.h"
#include "chat/ring.h"
#include "chat/user.h"

#define ACTIVITY_VERSION 'a' /* messages begin with numbers below it */

size_t
chat_activity_write(unsigned char entry[CHAT_ACTIVITY_RECORD], const struct chat_activity *activity)
{
	struct pack p;

	pack_init(&p, entry, CHAT_ACTIVITY_RECORD);
	pack_u8(&p, ACTIVITY_VERSION);
	pack_u8(&p, (uint8_t)activity->kind);
	pack_u64(&p, activity->with);
	pack_u64(&p, activity->id);
	pack_u8(&p, (uint8_t)activity->reason);
	pack_text(&p, activity->name);
	return p.len;
}

/* Whether an entry says what one of its kind says, and nothing else. */
static bool
is_of_kind(const struct chat_activity *activity)
{
	bool member = false;

	switch (activity->kind) {
	case CHAT_ACTIVITY_READ:
	case CHAT_ACTIVITY_DELIVERED:
	case CHAT_ACTIVITY_REFUSED:
		break;
	case CHAT_ACTIVITY_JOIN:
	case CHAT_ACTIVITY_LEAVE:
		member = true;
		break;
	default:
		return false;
	}
	return activity->reason < CHAT_REASONS &&
	    (activity->reason != CHAT_REASON_NONE) == (activity->kind == CHAT_ACTIVITY_REFUSED) &&
	    (activity->id == 0) == member &&
	    (member ? name_valid(activity->name, strlen(activity->name))
	            : activity->name[0] == '\0');
}

int
chat_activity_read(struct chat_activity *activity, const void *entry, size_t len)
{
	struct unpack u;

	unpack_init(&u, entry, len);
	bool known = unpack_u8(&u) == ACTIVITY_VERSION;
	activity->kind = (enum chat_activity_kind)unpack_u8(&u);
	activity->with = unpack_u64(&u);
	activity->id = unpack_u64(&u);
	activity->reason = (enum chat_reason)unpack_u8(&u);
	unpack_text(&u, activity->name, sizeof(activity->name));
	return known && !u.bad && is_of_kind(activity) ? 0 : -1;
}

/* Who has left a group is no member any more, and has other devices. */
static void
tx_ring(struct store_tx *tx, uint64_t owner, const struct chat_activity *activity)
{
	bool member = activity->kind == CHAT_ACTIVITY_JOIN || activity->kind == CHAT_ACTIVITY_LEAVE;

	if (member)
		store_tx_ring(tx, CHAT_RING_GROUP, owner, 0);
	store_tx_ring(tx, CHAT_RING_USERS, member ? activity->with : owner, 0);
}

enum chat_result
chat_activity_append(struct chat *chat, uint64_t owner, uint64_t payer,
    const struct chat_activity *activity)
{
	unsigned char entry[CHAT_ACTIVITY_RECORD];
	size_t len = chat_activity_write(entry, activity);
	struct store_tx tx;
	uint64_t log;

	if (!chat->config->history)
		return CHAT_OK;
	enum chat_result result = chat_history_make_activity(chat, owner, &log);
	if (result != CHAT_OK)
		return result;
	store_tx_init(&tx);
	store_tx_append(&tx, log, entry, len, 0, STORE_NO_LIMIT);
	if (payer != 0)
		store_tx_charge(&tx, payer, len, chat->config->send_bytes);
	tx_ring(&tx, owner, activity);
	return chat_from_store(store_commit(chat->store, &tx, NULL));
}

void
chat_activity_of_member(struct chat *chat, uint64_t group, uint64_t user,
    enum chat_activity_kind kind, uint64_t payer)
{
	struct chat_activity activity = { .kind = kind, .with = user };
	struct chat_user member;

	if (!chat->config->history || chat_user_get(chat, user, &member) != CHAT_OK)
		return;
	memcpy(activity.name, member.name, sizeof(activity.name));
	(void)chat_activity_append(chat, group, payer, &activity);
}
