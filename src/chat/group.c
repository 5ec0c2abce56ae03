/*
 * chat_group: the records of groups and their names. Making is left to group/make.c, joining and
 * leaving to group/join.c.
 */
#include "chat/group.h"

#include <string.h>

#include "base/utf8.h"
#include "chat/key.h"

#define GROUP_PLAIN                                                                  \
	2 /* versions of the record: without choices, with the first three, with all \
	   */
#define GROUP_CHOSEN 3
#define GROUP_FULL   4

/* The names of all groups: looking through the table costs more the more other tables hold. */
static const struct chat_set all_names = { .name = { CHAT_SET_GROUPS }, .len = 1 };

bool
chat_group_same_choices(const struct chat_group *a, const struct chat_group *b)
{
	return a->private == b->private && a->history == b->history && a->files == b->files &&
	    a->moderated == b->moderated && a->topics == b->topics && a->secret == b->secret &&
	    a->limit == b->limit && strcmp(a->key, b->key) == 0;
}

bool
chat_group_same_topic(const struct chat_group *a, const struct chat_group *b)
{
	return strcmp(a->topic, b->topic) == 0 && strcmp(a->topic_by, b->topic_by) == 0 &&
	    a->topic_ms == b->topic_ms;
}

bool
chat_group_key_valid(struct chat_text key)
{
	for (size_t i = 0; i < key.len; i++)
		if (key.data[i] <= ' ' || key.data[i] > '~' || key.data[i] == ',')
			return false;
	return key.len <= CHAT_GROUP_KEY_MAX;
}

bool
chat_group_topic_valid(struct chat_text topic)
{
	for (size_t i = 0; i < topic.len; i++)
		if ((unsigned char)topic.data[i] < ' ' || topic.data[i] == '\177')
			return false;
	return topic.len <= CHAT_TOPIC_MAX && utf8_valid(topic.data, topic.len);
}

static bool
has_choices(const struct chat_group *group)
{
	return group->private != 0 || group->history != 0 || group->files != 0;
}

/* Whether anything is set that versions 2 and 3 do not have. */
static bool
is_full(const struct chat_group *group)
{
	return group->moderated != 0 || group->topics != 0 || group->secret != 0 ||
	    group->limit != 0 || group->key[0] != '\0' || group->temporary != 0 ||
	    group->banned != 0 || group->topic[0] != '\0';
}

static uint8_t
find_version(const struct chat_group *group)
{
	if (is_full(group))
		return GROUP_FULL;
	return has_choices(group) ? GROUP_CHOSEN : GROUP_PLAIN;
}

size_t
chat_group_pack(unsigned char data[CHAT_GROUP_RECORD], const struct chat_group *group)
{
	const uint8_t version = find_version(group);
	struct pack p;

	pack_init(&p, data, CHAT_GROUP_RECORD);
	pack_u8(&p, version);
	pack_u64(&p, group->owner);
	pack_i64(&p, group->created_ms);
	pack_text(&p, group->name);
	if (version == GROUP_PLAIN)
		return p.len;
	pack_u8(&p, group->private);
	pack_u8(&p, group->history);
	pack_u8(&p, group->files);
	if (version == GROUP_CHOSEN)
		return p.len;
	pack_u8(&p, group->moderated);
	pack_u8(&p, group->topics);
	pack_u8(&p, group->secret);
	pack_u8(&p, group->temporary);
	pack_u8(&p, group->banned);
	pack_u32(&p, group->limit);
	pack_text(&p, group->key);
	pack_text(&p, group->topic);
	pack_text(&p, group->topic_by);
	pack_i64(&p, group->topic_ms);
	return p.len;
}

static void
read_full(struct chat_group *group, struct unpack *u)
{
	group->moderated = unpack_u8(u);
	group->topics = unpack_u8(u);
	group->secret = unpack_u8(u);
	group->temporary = unpack_u8(u);
	group->banned = unpack_u8(u);
	group->limit = unpack_u32(u);
	unpack_text(u, group->key, sizeof(group->key));
	unpack_text(u, group->topic, sizeof(group->topic));
	unpack_text(u, group->topic_by, sizeof(group->topic_by));
	group->topic_ms = unpack_i64(u);
}

/* Whether all that is set may be so; what is not set has its one form. */
static bool
is_sound(const struct chat_group *group)
{
	const char *by = group->topic_by;

	return group->private <= 1 && group->history <= CHAT_GROUP_HISTORY_OPEN &&
	    group->files <= CHAT_GROUP_FILES_MEMBERS && group->moderated <= 1 &&
	    group->topics <= 1 && group->secret <= 1 && group->temporary <= 1 &&
	    group->banned <= 1 && chat_group_key_valid(chat_text(group->key)) &&
	    chat_group_topic_valid(chat_text(group->topic)) &&
	    (by[0] == '\0' || name_valid(by, strlen(by))) &&
	    (group->topic[0] != '\0' || (by[0] == '\0' && group->topic_ms == 0));
}

bool
chat_group_parse(struct chat_group *group, uint64_t id, const void *value, size_t len)
{
	struct unpack u;

	unpack_init(&u, value, len);
	uint8_t version = unpack_u8(&u);
	*group = (struct chat_group){ .id = id };
	group->owner = unpack_u64(&u);
	group->created_ms = unpack_i64(&u);
	unpack_text(&u, group->name, sizeof(group->name));
	if (version >= GROUP_CHOSEN) {
		group->private = unpack_u8(&u);
		group->history = unpack_u8(&u);
		group->files = unpack_u8(&u);
	}
	if (version == GROUP_FULL)
		read_full(group, &u);
	return !u.bad && version == find_version(group) && is_sound(group) &&
	    name_valid(group->name, strlen(group->name));
}

enum chat_result
chat_group_get(struct chat *chat, uint64_t id, struct chat_group *group)
{
	unsigned char key[CHAT_KEY_ID], data[CHAT_GROUP_RECORD];
	size_t len;
	enum store_status status;

	chat_key_id(key, id);
	status =
	    store_get(chat->store, CHAT_TABLE_GROUPS, key, sizeof(key), data, sizeof(data), &len);
	if (status != STORE_OK)
		return status == STORE_ABSENT ? CHAT_NO_GROUP : CHAT_FAILED;
	return chat_group_parse(group, id, data, len) ? CHAT_OK : CHAT_FAILED;
}

enum chat_result
chat_group_find(struct chat *chat, struct chat_text name, struct chat_group *group)
{
	char folded[NAME_MAX_BYTES];
	uint64_t id;

	if (!name_valid(name.data, name.len))
		return CHAT_NO_GROUP;
	size_t len = name_fold(name.data, name.len, folded);
	if (store_get_number(chat->store, CHAT_TABLE_GROUP_NAMES, folded, len, &id) != STORE_OK)
		return CHAT_FAILED;
	return id == 0 ? CHAT_NO_GROUP : chat_group_get(chat, id, group);
}

/* `before` NULL: there shall be no record. */
void
chat_group_tx_change(struct store_tx *tx, const struct chat_group *before,
    const struct chat_group *group)
{
	unsigned char key[CHAT_KEY_ID], old[CHAT_GROUP_RECORD], new[CHAT_GROUP_RECORD];
	size_t old_len = before == NULL ? 0 : chat_group_pack(old, before);
	size_t new_len = chat_group_pack(new, group);

	chat_key_id(key, group->id);
	chat_key_swap(tx, CHAT_TABLE_GROUPS, key, sizeof(key), old, old_len, new, new_len);
}

void
chat_group_tx_expect(struct store_tx *tx, const struct chat_group *group)
{
	unsigned char key[CHAT_KEY_ID], data[CHAT_GROUP_RECORD];
	size_t len = chat_group_pack(data, group);

	chat_key_id(key, group->id);
	store_tx_expect(tx, CHAT_TABLE_GROUPS, key, sizeof(key), data, len);
}

struct chat_set
chat_group_names(void)
{
	return all_names;
}
