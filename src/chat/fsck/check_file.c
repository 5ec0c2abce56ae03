/*
 * chat_check_file: what must be true of the files that users have sent each other: their contents
 * and the lists in which they are found. The sums over them are left to chat_check_sum.
 */
#include "chat/fsck/check_file.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "chat/file/file.h"
#include "chat/fsck/check_realm.h"
#include "chat/group.h"
#include "chat/key.h"
#include "chat/member.h"

static enum store_status
has_partner(struct chat *chat, uint64_t user, uint64_t partner)
{
	struct chat_set partners = chat_file_partners(user);
	unsigned char id[CHAT_KEY_ID];
	uint32_t index;

	chat_key_id(id, partner);
	return chat_set_index(chat, &partners, id, sizeof(id), &index);
}

/* Whether the file is found by those who look for it. */
static enum store_status
is_listed(struct chat *chat, struct chat_conversation place, struct chat_text name)
{
	struct chat_set names = chat_file_names(place);
	uint32_t index;

	if (chat_conversation_is_outbound(place))
		return STORE_OK; /* it is nobody's yet */
	enum store_status status = chat_set_index(chat, &names, name.data, name.len, &index);
	if (status == STORE_OK && place.first != 0)
		status = has_partner(chat, place.first, place.second);
	if (status == STORE_OK && place.first != 0)
		status = has_partner(chat, place.second, place.first);
	return status;
}

enum chat_delivery_result
chat_check_file(struct chat *chat, struct chat_check_row *row)
{
	struct chat_conversation place;
	struct chat_text name;
	struct chat_file file;
	int64_t size;

	if (!chat_file_parse(row->key, row->key_len, row->value, row->len, &place, &name, &file))
		return chat_check_say(row, CHAT_LOST, "the record of a file is damaged");
	switch (chat_conversation_exists(chat, place)) {
	case CHAT_OK:
		break;
	case CHAT_NO_USER:
		return CHAT_STALE;
	default:
		return CHAT_UNKNOWN;
	}
	size = chat_blob_size(chat->config, file.hash);
	if (size < 0 && errno != ENOENT)
		return CHAT_UNKNOWN;
	if (size < 0)
		return chat_check_say(row, CHAT_LOST, "file %.*s: the content is missing",
		    (int)name.len, name.data);
	if ((uint64_t)size != file.size)
		return chat_check_say(row, CHAT_LOST,
		    "file %.*s: the content has %" PRId64 " bytes instead of %" PRIu64,
		    (int)name.len, name.data, size, file.size);
	switch (is_listed(chat, place, name)) {
	case STORE_OK:
		return CHAT_SOUND;
	case STORE_ABSENT:
		return chat_check_say(row, CHAT_LOST, "file %.*s is not in the lists of its users",
		    (int)name.len, name.data);
	default:
		return CHAT_UNKNOWN;
	}
}

static const char *
word_of(const struct chat_set *set)
{
	static const char *const words[] = { [CHAT_SET_FILES] = "a list of files",
		[CHAT_SET_GROUPS] = "the list of groups",
		[CHAT_SET_MEMBERS] = "a list of a group's members",
		[CHAT_SET_REMOTE_LOGS] = "a list of realms from which messages came",
		[CHAT_SET_PEERS] = "the list of realms",
		[CHAT_SET_PARTNERS] = "a list of users with files",
		[CHAT_SET_USER_GROUPS] = "a list of a user's groups" };
	size_t kind = set->name[0];

	return kind < sizeof(words) / sizeof(words[0]) && words[kind] != NULL ? words[kind]
	                                                                      : "a list";
}

static enum chat_delivery_result
check_count(struct chat *chat, struct chat_check_row *row, const struct chat_set_row *record)
{
	unsigned char member[CHAT_SET_MEMBER];
	size_t len;

	for (uint32_t i = 0; i < record->number; i++)
		if (chat_set_item(chat, &record->set, i, member, &len) != STORE_OK)
			return chat_check_say(row, CHAT_LOST,
			    "%s: entry %" PRIu32 " of %" PRIu32 " is missing",
			    word_of(&record->set), i + 1, record->number);
	return CHAT_SOUND;
}

/* Whether a member of a list of names is a file, if it is such a list. */
static bool
leads_to_file(struct chat *chat, const struct chat_set_row *record)
{
	struct chat_conversation place;
	struct chat_file file;
	struct chat_set names;
	struct chat_text name = { .data = (const char *)record->member, .len = record->member_len };

	if (record->set.len != 1 + CHAT_KEY_PAIR)
		return true;
	place.first = pack_get_u64(record->set.name + 1);
	place.second = pack_get_u64(record->set.name + 9);
	names = chat_file_names(place);
	return record->set.name[0] != names.name[0] ||
	    chat_file_get(chat, place, name, &file) != CHAT_NO_FILE;
}

/* The same for the list of groups. */
static bool
leads_to_group(struct chat *chat, const struct chat_set_row *record)
{
	struct chat_text name = { .data = (const char *)record->member, .len = record->member_len };
	struct chat_set names = chat_group_names();
	struct chat_group group;

	if (record->set.len != names.len || memcmp(record->set.name, names.name, names.len) != 0)
		return true;
	return chat_group_find(chat, name, &group) != CHAT_NO_GROUP;
}

/* The same for a group's members and a user's groups. */
static enum chat_delivery_result
check_listed_member(struct chat *chat, struct chat_check_row *row,
    const struct chat_set_row *record)
{
	uint64_t owner, item;

	if (record->set.len != 1 + CHAT_KEY_ID || record->member_len != CHAT_KEY_ID)
		return CHAT_SOUND;
	owner = pack_get_u64(record->set.name + 1);
	item = pack_get_u64(record->member);
	if (record->set.name[0] == CHAT_SET_MEMBERS &&
	    chat_member_find(chat, owner, item) == CHAT_NOT_MEMBER)
		return chat_check_say(row, CHAT_LOST,
		    "group number %" PRIu64 ": user number %" PRIu64
		    " is listed, but is no member there",
		    owner, item);
	if (record->set.name[0] == CHAT_SET_USER_GROUPS &&
	    chat_member_find(chat, item, owner) == CHAT_NOT_MEMBER)
		return chat_check_say(row, CHAT_LOST,
		    "user number %" PRIu64 ": group number %" PRIu64
		    " is listed, but the user is no member there",
		    owner, item);
	return CHAT_SOUND;
}

enum chat_delivery_result
chat_check_set(struct chat *chat, struct chat_check_row *row)
{
	unsigned char member[CHAT_SET_MEMBER];
	struct chat_set_row record;
	enum chat_delivery_result result;
	uint32_t index, count;
	size_t len;

	chat_set_row(&record, row->key, row->key_len, row->value, row->len);
	switch (record.record) {
	case CHAT_SET_COUNT:
		return check_count(chat, row, &record);
	case CHAT_SET_ITEM:
		if (chat_set_count(chat, &record.set, &count) != STORE_OK)
			return CHAT_UNKNOWN;
		if (record.number >= count ||
		    chat_set_index(chat, &record.set, record.member, record.member_len, &index) !=
		        STORE_OK ||
		    index != record.number)
			break;
		if (!leads_to_group(chat, &record))
			return chat_check_say(row, CHAT_LOST, "group %.*s is listed, but missing",
			    (int)record.member_len, (const char *)record.member);
		if (!leads_to_file(chat, &record))
			return chat_check_say(row, CHAT_LOST, "file %.*s is listed, but missing",
			    (int)record.member_len, (const char *)record.member);
		result = check_listed_member(chat, row, &record);
		return result != CHAT_SOUND ? result : chat_check_listed_realm(chat, row, &record);
	case CHAT_SET_INDEX:
		if (chat_set_item(chat, &record.set, record.number, member, &len) == STORE_OK &&
		    len == record.member_len && memcmp(member, record.member, len) == 0)
			return CHAT_SOUND;
		break;
	case CHAT_SET_BAD:
		break;
	}
	return chat_check_say(row, CHAT_LOST, "%s: a record is damaged", word_of(&record.set));
}
