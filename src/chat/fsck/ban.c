/*
 * chat_fsck ban: bans of groups. Those that cannot be read go, and so do those whose group is gone.
 * A group's record says whether it has any.
 */
#include "chat/ban.h"

#include "chat/fsck/int.h"
#include "chat/table.h"

static void
check_bans(struct chat_fsck *f, struct chat_fsck_row *row)
{
	const uint64_t group = row->key_len == CHAT_KEY_ID ? pack_get_u64(row->key) : 0;
	struct chat_bans bans;

	if (group == 0 || !chat_ban_parse(&bans, chat_fsck_value(row), row->len))
		chat_fsck_say(f, STORE_FOUND_LOST, CHAT_TABLE_BANS, row,
		    "the record of a group's bans is damaged");
	else if (!chat_fsck_has_group(f, group))
		chat_fsck_say(f, STORE_FOUND_STALE, CHAT_TABLE_BANS, row,
		    "bans of a group that is gone");
	else
		return;
	chat_fsck_rows_drop(row);
}

/* Without the word of its record, nobody looks for a group's bans. */
static void
check_group(struct chat_fsck *f, const struct chat_fsck_row *row)
{
	const uint64_t id = pack_get_u64(row->key);
	const bool banned = chat_fsck_rows_find_id(&f->tables[CHAT_TABLE_BANS], id) != NULL;
	unsigned char key[CHAT_KEY_ID], data[CHAT_GROUP_RECORD];
	struct chat_group group;

	if (!chat_group_parse(&group, id, chat_fsck_value(row), row->len) || group.banned == banned)
		return;
	chat_fsck_say(f, STORE_FOUND_DAMAGED, CHAT_TABLE_GROUPS, row,
	    "group %s: its record says that it has %s", group.name,
	    banned ? "no bans" : "bans, which are not there");
	group.banned = banned;
	chat_key_id(key, id);
	chat_fsck_rows_put(&f->tables[CHAT_TABLE_GROUPS], key, sizeof(key), data,
	    chat_group_pack(data, &group));
}

int
chat_fsck_bans(struct chat_fsck *f)
{
	struct chat_fsck_row *row;

	for (size_t i = 0; (row = chat_fsck_rows_next(&f->tables[CHAT_TABLE_BANS], &i)) != NULL;)
		check_bans(f, row);
	for (size_t i = 0; (row = chat_fsck_rows_next(&f->tables[CHAT_TABLE_GROUPS], &i)) != NULL;)
		check_group(f, row);
	return 0;
}
