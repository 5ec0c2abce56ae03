/* chat_group_list: groups by their records, and by the set of their names. */
#include "chat/group_list.h"

#include <string.h>

#include "chat/key.h"

struct group_visit {
	int (*visit)(void *arg, const struct chat_group *);
	void *arg;
};

static int
visit_group(void *arg, const void *key, size_t key_len, const void *value, size_t len)
{
	const struct group_visit *groups = arg;
	struct chat_group group;

	if (key_len != CHAT_KEY_ID || !chat_group_parse(&group, pack_get_u64(key), value, len))
		return 0;
	return groups->visit(groups->arg, &group);
}

enum chat_result
chat_group_list_each(struct chat *chat, int (*visit)(void *arg, const struct chat_group *),
    void *arg)
{
	struct group_visit groups = { .visit = visit, .arg = arg };

	return store_each(chat->store, CHAT_TABLE_GROUPS, visit_group, &groups) == 0 ? CHAT_OK
	                                                                             : CHAT_FAILED;
}

enum chat_result
chat_group_list_name(struct chat *chat, uint32_t index, char name[NAME_MAX_BYTES + 1])
{
	struct chat_set names = chat_group_names();
	unsigned char member[CHAT_SET_MEMBER];
	size_t len;
	enum store_status status = chat_set_item(chat, &names, index, member, &len);

	if (status != STORE_OK)
		return status == STORE_ABSENT ? CHAT_NO_GROUP : CHAT_FAILED;
	if (len > NAME_MAX_BYTES)
		return CHAT_FAILED;
	memcpy(name, member, len);
	name[len] = '\0';
	return CHAT_OK;
}
