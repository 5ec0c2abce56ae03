/*
 * chat_check_realm: what must be true of other realms: those that this one knows, the logs of what
 * came from them, and their people.
 */
#include "chat/fsck/check_realm.h"

#include <inttypes.h>
#include <string.h>

#include "chat/group.h"
#include "chat/key.h"
#include "chat/member.h"
#include "chat/realm/peer.h"
#include "chat/realm/remote_log.h"
#include "chat/realm/remote_user.h"
#include "chat/user.h"

/* A peer, its name and its place in the list. */
enum chat_delivery_result
chat_check_peer(struct chat *chat, struct chat_check_row *row)
{
	struct chat_text name = { .data = (const char *)row->key, .len = row->key_len };
	struct chat_set names = chat_peer_names();
	struct chat_peer peer;
	char folded[NAME_MAX_BYTES];
	uint32_t index;

	if (chat_peer_find(chat, name, &peer) != CHAT_OK || peer.id == 0)
		return chat_check_say(row, CHAT_LOST, "realm %.*s: the record is damaged",
		    (int)name.len, name.data);
	if (name_fold(peer.name, strlen(peer.name), folded) != name.len ||
	    memcmp(folded, name.data, name.len) != 0)
		return chat_check_say(row, CHAT_LOST, "realm %.*s: the name leads to %s",
		    (int)name.len, name.data, peer.name);
	switch (chat_set_index(chat, &names, name.data, name.len, &index)) {
	case STORE_OK:
		return CHAT_SOUND;
	case STORE_ABSENT:
		return chat_check_say(row, CHAT_LOST, "realm %s is not in the list of realms",
		    peer.name);
	default:
		return CHAT_UNKNOWN;
	}
}

static enum chat_result
exists(struct chat *chat, uint64_t destination)
{
	struct chat_group group;
	struct chat_user user;
	enum chat_result result = chat_user_get(chat, destination, &user);

	return result == CHAT_NO_USER ? chat_group_get(chat, destination, &group) : result;
}

/* Whether those who look for an origin find it. */
static enum chat_delivery_result
check_found(struct chat *chat, struct chat_check_row *row, uint64_t destination, uint64_t peer,
    uint64_t log)
{
	struct chat_set set = chat_remote_log_set(destination);
	unsigned char member[CHAT_KEY_PAIR];
	struct chat_remote_log_hint hint;
	struct chat_peer known;
	uint32_t index;

	chat_key_pair(member, peer, log);
	enum store_status status = chat_set_index(chat, &set, member, sizeof(member), &index);
	enum chat_result result = chat_peer_get(chat, peer, &known);
	if (chat_remote_log_hint(chat, &hint) != CHAT_OK ||
	    (status != STORE_OK && status != STORE_ABSENT) ||
	    (result != CHAT_OK && result != CHAT_NO_REALM))
		return CHAT_UNKNOWN;
	if (status == STORE_OK && result == CHAT_OK && chat_remote_log_likely(&hint, destination))
		return CHAT_SOUND;
	return chat_check_say(row, CHAT_LOST,
	    "log %" PRIu64 ": nobody finds that it is of number %" PRIu64
	    " and from realm number %" PRIu64,
	    log, destination, peer);
}

enum chat_delivery_result
chat_check_remote_log(struct chat *chat, struct chat_check_row *row)
{
	uint64_t destination, peer, log;
	struct store_log_info info;

	if (chat_remote_log_is_hint(row->key, row->key_len))
		return row->len == CHAT_REMOTE_LOG_HINT
		    ? CHAT_SOUND
		    : chat_check_say(row, CHAT_LOST,
		          "the record of those who got messages from other realms is damaged");
	if (!chat_remote_log_parse(row->key, row->key_len, row->value, row->len, &destination,
	        &peer, &log))
		return chat_check_say(row, CHAT_LOST,
		    "the record of a log of messages from another realm is damaged");
	/* Before looking for the destination, which goes before its logs are closed. */
	if (store_log_info(chat->store, log, &info) != STORE_OK)
		return CHAT_UNKNOWN;
	switch (exists(chat, destination)) {
	case CHAT_OK:
		break;
	case CHAT_NO_GROUP:
		return CHAT_STALE;
	default:
		return CHAT_UNKNOWN;
	}
	if (info.closed)
		return chat_check_say(row, CHAT_LOST,
		    "log %" PRIu64 ": messages from realm number %" PRIu64 " to number %" PRIu64
		    " are refused as if it were removed",
		    log, peer, destination);
	return check_found(chat, row, destination, peer, log);
}

/* Somebody of another realm is found by name and by id. */
enum chat_delivery_result
chat_check_remote_user(struct chat *chat, struct chat_check_row *row)
{
	struct chat_remote_user person, other;
	struct chat_peer peer;
	uint64_t id;
	enum chat_result result = CHAT_NO_REALM;
	enum chat_remote_user_record record =
	    chat_remote_user_parse(row->key, row->key_len, row->value, row->len, &person);

	if (record == CHAT_REMOTE_USER_BAD)
		return chat_check_say(row, CHAT_LOST,
		    "the record of somebody of another realm is damaged");
	if (chat_remote_user_id(chat, person.peer, chat_text(person.name), &id) != CHAT_OK)
		return CHAT_UNKNOWN;
	if (record == CHAT_REMOTE_USER_NAME)
		result = chat_remote_user_get(chat, person.id, &other);
	else if (id == person.id)
		result = chat_peer_get(chat, person.peer, &peer);
	if (result == CHAT_FAILED)
		return CHAT_UNKNOWN;
	if (result == CHAT_OK && (record == CHAT_REMOTE_USER_ID || other.peer == person.peer))
		return CHAT_SOUND;
	return chat_check_say(row, CHAT_LOST,
	    "%s of realm number %" PRIu64 " is not found by name and number %" PRIu64, person.name,
	    person.peer, person.id);
}

static bool
same_set(const struct chat_set *first, const struct chat_set *second)
{
	return first->len == second->len && memcmp(first->name, second->name, first->len) == 0;
}

static enum chat_delivery_result
check_listed_peer(struct chat *chat, struct chat_check_row *row, const struct chat_set_row *record)
{
	struct chat_text name = { .data = (const char *)record->member, .len = record->member_len };
	struct chat_peer peer;

	if (chat_peer_find(chat, name, &peer) != CHAT_NO_REALM)
		return CHAT_SOUND;
	return chat_check_say(row, CHAT_LOST, "realm %.*s is listed, but missing", (int)name.len,
	    name.data);
}

static enum chat_delivery_result
check_listed_remote_log(struct chat *chat, struct chat_check_row *row,
    const struct chat_set_row *record, uint64_t destination)
{
	uint64_t peer, log, found;

	if (!chat_remote_log_member(record->member, record->member_len, &peer, &log))
		return chat_check_say(row, CHAT_LOST,
		    "number %" PRIu64 ": its list of other realms is damaged", destination);
	if (chat_remote_log_find(chat, destination, peer, &found) != CHAT_OK)
		return CHAT_UNKNOWN;
	if (found == log)
		return CHAT_SOUND;
	return chat_check_say(row, CHAT_LOST,
	    "log %" PRIu64 " is listed with number %" PRIu64 " as from realm number %" PRIu64
	    ", but is not",
	    log, destination, peer);
}

enum chat_delivery_result
chat_check_listed_realm(struct chat *chat, struct chat_check_row *row,
    const struct chat_set_row *record)
{
	struct chat_set peers = chat_peer_names(), remote_logs;
	uint64_t destination = 0;

	if (same_set(&record->set, &peers))
		return check_listed_peer(chat, row, record);
	if (record->set.len == 1 + CHAT_KEY_ID)
		destination = pack_get_u64(record->set.name + 1);
	remote_logs = chat_remote_log_set(destination);
	return same_set(&record->set, &remote_logs)
	    ? check_listed_remote_log(chat, row, record, destination)
	    : CHAT_SOUND;
}

/* Whether a log is one of the origins of a user or group. */
static enum chat_result
is_remote_log(struct chat *chat, uint64_t destination, uint64_t log, bool *is)
{
	uint64_t peer, found;
	enum chat_result result = CHAT_OK;

	for (uint32_t i = 0; !*is && result == CHAT_OK; i++) {
		result = chat_remote_log_at(chat, destination, i, &peer, &found);
		*is = result == CHAT_OK && found == log;
	}
	return result == CHAT_NO_REALM ? CHAT_OK : result;
}

enum chat_result
chat_check_reads(struct chat *chat, uint64_t user, uint64_t log, bool *reads)
{
	struct chat_remote_log_hint hint;
	uint64_t group;
	enum chat_result result = chat_remote_log_hint(chat, &hint);

	*reads = false;
	if (result != CHAT_OK || hint.len == 0)
		return result;
	result = is_remote_log(chat, user, log, reads);
	for (uint32_t i = 0; !*reads && result == CHAT_OK; i++) {
		result = chat_member_group(chat, user, i, &group);
		if (result == CHAT_OK && chat_remote_log_likely(&hint, group))
			result = is_remote_log(chat, group, log, reads);
	}
	return result == CHAT_NOT_MEMBER ? CHAT_OK : result;
}
