/*
 * chat_history: the records of conversations and of logs of activity, and beside them, under each
 * log's id, whose it is: so no log is named twice. Making them is left to make.c.
 */
#include "chat/history/logs.h"

#include "chat/key.h"
#include "chat/pack.h"
#include "chat/realm/remote_user.h"

#define HISTORY_VERSION 1
#define PART_SHIFT      60                  /* the highest bits of 64 choose one of 16 parts */
#define PART_SIZE       (UINT32_C(1) << 27) /* indexes that a walk has for each part */
#define SMALL           4                   /* a part is small up to a quarter of its share */

size_t
chat_history_pack(unsigned char value[CHAT_HISTORY_RECORD], const struct chat_history *history)
{
	struct pack p;

	pack_init(&p, value, CHAT_HISTORY_RECORD);
	pack_u8(&p, HISTORY_VERSION);
	pack_u64(&p, history->from_low);
	pack_u64(&p, history->from_high);
	pack_u64(&p, history->low_activity);
	pack_u64(&p, history->high_activity);
	return p.len;
}

/* Two users have two logs, one with itself has one, and the server only sends. */
static bool
has_its_logs(const struct chat_history *history)
{
	if (history->low > history->high || history->high == 0 || history->from_low == 0 ||
	    history->high_activity == 0)
		return false;
	if (history->low == CHAT_HISTORY_SERVER)
		return history->from_high == 0 && history->low_activity == 0;
	return history->from_high != 0 && history->low_activity != 0 &&
	    (history->from_low == history->from_high) == (history->low == history->high);
}

bool
chat_history_parse(const void *key, size_t key_len, const void *value, size_t len,
    struct chat_history *history)
{
	const unsigned char *bytes = key;
	struct unpack u;

	if (key_len != CHAT_KEY_PAIR)
		return false;
	history->low = pack_get_u64(bytes);
	history->high = pack_get_u64(bytes + CHAT_KEY_ID);
	unpack_init(&u, value, len);
	bool known = unpack_u8(&u) == HISTORY_VERSION;
	history->from_low = unpack_u64(&u);
	history->from_high = unpack_u64(&u);
	history->low_activity = unpack_u64(&u);
	history->high_activity = unpack_u64(&u);
	return known && !u.bad && has_its_logs(history);
}

void
chat_history_key(unsigned char key[CHAT_KEY_PAIR], uint64_t a, uint64_t b)
{
	chat_key_pair(key, a < b ? a : b, a < b ? b : a);
}

enum chat_result
chat_history_get(struct chat *chat, uint64_t a, uint64_t b, struct chat_history *history)
{
	unsigned char key[CHAT_KEY_PAIR], value[CHAT_HISTORY_RECORD];
	size_t len;
	enum store_status status;

	chat_history_key(key, a, b);
	status = store_get(chat->store, CHAT_TABLE_CONVERSATIONS, key, sizeof(key), value,
	    sizeof(value), &len);
	if (status != STORE_OK)
		return status == STORE_ABSENT ? CHAT_NO_USER : CHAT_FAILED;
	return chat_history_parse(key, sizeof(key), value, len, history) ? CHAT_OK : CHAT_FAILED;
}

uint64_t
chat_history_from(const struct chat_history *history, uint64_t sender)
{
	return sender == history->low ? history->from_low : history->from_high;
}

uint64_t
chat_history_to(const struct chat_history *history, uint64_t reader)
{
	return chat_history_from(history, chat_history_partner(history, reader));
}

uint64_t
chat_history_activity(const struct chat_history *history, uint64_t id)
{
	return id == history->low ? history->low_activity : history->high_activity;
}

uint64_t
chat_history_partner(const struct chat_history *history, uint64_t id)
{
	return id == history->low ? history->high : history->low;
}

/* Ids that follow one another, or that are multiples, are spread over the parts. */
struct chat_set
chat_history_list(uint64_t user, uint64_t partner)
{
	const uint64_t mixed = partner * UINT64_C(0x9e3779b97f4a7c15);

	return chat_set_part(CHAT_SET_CONVERSATIONS, user, (unsigned char)(mixed >> PART_SHIFT));
}

static struct chat_set
part_of(uint64_t user, uint32_t part)
{
	return chat_set_part(CHAT_SET_CONVERSATIONS, user, (unsigned char)part);
}

enum chat_result
chat_history_next(struct chat *chat, uint64_t user, uint32_t *at, uint64_t *partner)
{
	enum store_status status = STORE_ABSENT;

	while (*at / PART_SIZE < CHAT_HISTORY_PARTS) {
		const struct chat_set set = part_of(user, *at / PART_SIZE);

		status = chat_set_item_id(chat, &set, *at % PART_SIZE, partner);
		if (status != STORE_ABSENT) {
			++*at;
			break;
		}
		*at = (*at / PART_SIZE + 1) * PART_SIZE;
	}
	return status == STORE_ABSENT ? CHAT_NO_USER : chat_from_store(status);
}

enum chat_result
chat_history_count(struct chat *chat, uint64_t user, uint32_t *count)
{
	enum store_status status = STORE_OK;

	*count = 0;
	for (uint32_t part = 0; part < CHAT_HISTORY_PARTS && status == STORE_OK; part++) {
		const struct chat_set set = part_of(user, part);
		uint32_t n;

		status = chat_set_count(chat, &set, &n);
		*count += n;
	}
	return chat_from_store(status);
}

enum chat_result
chat_history_room(struct chat *chat, uint64_t user, uint64_t partner, uint32_t most)
{
	const struct chat_set set = chat_history_list(user, partner);
	uint32_t count;
	enum chat_result result = chat_from_store(chat_set_count(chat, &set, &count));

	if (result != CHAT_OK || count < most / CHAT_HISTORY_PARTS / SMALL)
		return result;
	result = chat_history_count(chat, user, &count);
	if (result != CHAT_OK)
		return result;
	return count < most ? CHAT_OK : CHAT_TOO_MANY;
}

enum chat_result
chat_history_activity_of(struct chat *chat, uint64_t owner, uint64_t *log)
{
	unsigned char key[CHAT_KEY_ID];

	chat_key_id(key, owner);
	return chat_from_store(
	    store_get_number(chat->store, CHAT_TABLE_ACTIVITY, key, sizeof(key), log));
}

bool
chat_history_parse_owner(const void *key, size_t key_len, const void *value, size_t len,
    uint64_t *log, struct chat_history_owner *owner)
{
	const unsigned char *bytes = value;

	if (key_len != CHAT_KEY_ID || len != CHAT_KEY_PAIR)
		return false;
	*log = pack_get_u64(key);
	owner->first = pack_get_u64(bytes);
	owner->second = pack_get_u64(bytes + CHAT_KEY_ID);
	return true;
}

enum chat_result
chat_history_owner(struct chat *chat, uint64_t log, struct chat_history_owner *owner)
{
	unsigned char key[CHAT_KEY_ID], value[CHAT_KEY_PAIR];
	size_t len;
	enum store_status status;

	chat_key_id(key, log);
	status = store_get(chat->store, CHAT_TABLE_CONVERSATIONS, key, sizeof(key), value,
	    sizeof(value), &len);
	if (status != STORE_OK)
		return status == STORE_ABSENT ? CHAT_NO_USER : CHAT_FAILED;
	return chat_history_parse_owner(key, sizeof(key), value, len, &log, owner) ? CHAT_OK
	                                                                           : CHAT_FAILED;
}

enum chat_result
chat_history_of_message(struct chat *chat, uint64_t sender, uint64_t receiver,
    struct chat_history_logs *logs)
{
	struct chat_history history;
	enum chat_result result;

	logs->n = 0;
	if (!chat->config->history)
		return CHAT_OK;
	result = chat_history_make(chat, sender, receiver, &history);
	if (result != CHAT_OK)
		return result == CHAT_TOO_MANY ? CHAT_OK : result;
	logs->list[logs->n++] = chat_history_from(&history, sender);
	if (sender != CHAT_HISTORY_SERVER)
		logs->list[logs->n++] = chat_history_activity(&history, sender);
	return CHAT_OK;
}

enum chat_result
chat_history_of_outbound(struct chat *chat, uint64_t sender,
    const struct chat_history_remote *receiver, struct chat_history_logs *logs)
{
	struct chat_history history;
	enum chat_result result;
	uint64_t id;

	logs->n = 0;
	if (!chat->config->history)
		return CHAT_OK;
	result = chat_history_meet(chat, receiver, sender, &history, &id);
	if (result != CHAT_OK)
		return result == CHAT_TOO_MANY || result == CHAT_BAD_ARGUMENT ? CHAT_OK : result;
	logs->list[logs->n++] = chat_history_from(&history, sender);
	logs->list[logs->n++] = chat_history_activity(&history, sender);
	return CHAT_OK;
}

/* Who is removed or blocks the sender at this moment has none; the message's own log decides. */
static bool
goes_without(enum chat_result result)
{
	return result == CHAT_TOO_MANY || result == CHAT_BAD_ARGUMENT || result == CHAT_NO_USER ||
	    result == CHAT_FORBIDDEN;
}

enum chat_result
chat_history_of_inbound(struct chat *chat, const struct chat_history_remote *sender,
    uint64_t receiver, struct chat_history_logs *logs, bool *made)
{
	struct chat_history history;
	enum chat_result result;
	uint64_t id;

	*made = false;
	logs->n = 0;
	if (!chat->config->history)
		return CHAT_OK;
	result = chat_remote_user_id(chat, sender->peer, sender->name, &id);
	if (result == CHAT_OK && id != 0)
		result = chat_history_get(chat, id, receiver, &history);
	*made = result == CHAT_NO_USER || (result == CHAT_OK && id == 0);
	if (*made)
		result = chat_history_meet(chat, sender, receiver, &history, &id);
	if (result != CHAT_OK) {
		*made = false;
		return goes_without(result) ? CHAT_OK : result;
	}
	logs->list[logs->n++] = chat_history_from(&history, id);
	return CHAT_OK;
}
