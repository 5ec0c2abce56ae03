/*
 * chat_fsck member: memberships. One that only one of the two sets still has gets a record; one
 * whose group or user is gone goes. The sets themselves are left to set.c.
 */
#include "chat/member.h"

#include <inttypes.h>

#include "chat/fsck/int.h"
#include "chat/table.h"

static void
put_member(struct chat_fsck *f, uint64_t group, uint64_t user)
{
	const struct chat_member member = { .joined_ms = 0 };
	unsigned char key[CHAT_KEY_PAIR], data[CHAT_MEMBER_RECORD];

	chat_key_pair(key, group, user);
	chat_fsck_rows_put(&f->tables[CHAT_TABLE_MEMBERS], key, sizeof(key), data,
	    chat_member_pack(data, &member));
}

/* A damaged record loses only the time of joining. */
static void
check_member(struct chat_fsck *f, struct chat_fsck_row *row)
{
	struct chat_member member;
	char name[CHAT_FSCK_NAME];
	uint64_t group = row->key_len == CHAT_KEY_PAIR ? pack_get_u64(row->key) : 0;
	uint64_t user = group == 0 ? 0 : pack_get_u64(row->key + CHAT_KEY_ID);

	if (group == 0) {
		chat_fsck_say(f, STORE_FOUND_DAMAGED, CHAT_TABLE_MEMBERS, row,
		    "the record of a membership is damaged");
		chat_fsck_rows_drop(row);
	} else if (!chat_fsck_has_group(f, group)) {
		chat_fsck_say(f, STORE_FOUND_DAMAGED, CHAT_TABLE_MEMBERS, row,
		    "group " CHAT_FSCK_NUMBER " has members, but is not there", group);
		chat_fsck_rows_drop(row);
	} else if (!chat_fsck_has_user(f, user)) {
		chat_fsck_say(f, STORE_FOUND_STALE, CHAT_TABLE_MEMBERS, row,
		    "group %s: a member, " CHAT_FSCK_NUMBER ", is no user",
		    chat_fsck_name(f, group, name), user);
		chat_fsck_rows_drop(row);
	} else if (!chat_member_parse(&member, chat_fsck_value(row), row->len)) {
		chat_fsck_say(f, STORE_FOUND_DAMAGED, CHAT_TABLE_MEMBERS, row,
		    "the record of a membership is damaged");
		put_member(f, group, user);
	}
}

/* A membership that a set has, by one of its two records, and that has no record of its own. */
static void
take_listed(struct chat_fsck *f, const struct chat_set_row *item)
{
	char group_name[CHAT_FSCK_NAME], user_name[CHAT_FSCK_NAME];
	uint64_t group, user;

	if ((item->record != CHAT_SET_ITEM && item->record != CHAT_SET_INDEX) ||
	    item->member_len != CHAT_KEY_ID)
		return;
	if (chat_set_owner(&item->set, CHAT_SET_MEMBERS, &group))
		user = pack_get_u64(item->member);
	else if (chat_set_owner(&item->set, CHAT_SET_USER_GROUPS, &user))
		group = pack_get_u64(item->member);
	else
		return;
	if (!chat_fsck_has_group(f, group) || !chat_fsck_has_user(f, user) ||
	    chat_fsck_has_member(f, group, user))
		return;
	chat_fsck_say(f, STORE_FOUND_DAMAGED, CHAT_TABLE_MEMBERS, NULL,
	    "group %s: user %s is listed, but is no member there",
	    chat_fsck_name(f, group, group_name), chat_fsck_name(f, user, user_name));
	put_member(f, group, user);
}

int
chat_fsck_members(struct chat_fsck *f)
{
	struct chat_fsck_row *row;
	struct chat_set_row item;

	for (size_t i = 0; (row = chat_fsck_rows_next(&f->tables[CHAT_TABLE_MEMBERS], &i)) != NULL;)
		check_member(f, row);
	for (size_t i = 0; (row = chat_fsck_rows_next(&f->tables[CHAT_TABLE_SETS], &i)) != NULL;) {
		chat_set_row(&item, row->key, row->key_len, chat_fsck_value(row), row->len);
		take_listed(f, &item);
	}
	return 0;
}
