/*
 * chat_repair_member: memberships: a record is made for each that only one of the two sets still
 * has, and dropped where group or user is gone. The sets themselves are left to chat_repair_set.
 */
#include "chat/fsck/repair_int.h"
#include "chat/member.h"

static void
put_member(struct chat_repair *r, uint64_t group, uint64_t user, int64_t joined_ms)
{
	const struct chat_member member = { .joined_ms = joined_ms };
	unsigned char key[CHAT_KEY_PAIR], data[CHAT_MEMBER_RECORD];

	chat_key_pair(key, group, user);
	repair_rows_put(&r->tables[STORE_MEMBERS], key, sizeof(key), data,
	    chat_member_pack(data, &member));
}

static bool
has_ends(struct chat_repair *r, uint64_t group, uint64_t user)
{
	return chat_repair_has_group(r, group) && chat_repair_has_user(r, user);
}

/* Keeps what the records say; of a damaged one only when the user joined is lost. */
static void
repair_records(struct chat_repair *r)
{
	struct repair_rows *rows = &r->tables[STORE_MEMBERS];
	size_t n = rows->n;

	for (size_t i = 0; i < n; i++) {
		struct repair_record *record = &rows->list[i];
		struct chat_member member = { .joined_ms = 0 };

		if (record->gone)
			continue;
		if (record->key_len != CHAT_KEY_PAIR ||
		    !has_ends(r, pack_get_u64(record->key), pack_get_u64(record->key + 8)))
			repair_rows_drop(record);
		else if (!chat_member_parse(&member, record->value, record->len))
			put_member(r, pack_get_u64(record->key), pack_get_u64(record->key + 8), 0);
	}
}

/* A membership that a set has, by one of its two records, and that has no record of its own. */
static void
add_listed(struct chat_repair *r, const struct chat_set_row *row)
{
	unsigned char key[CHAT_KEY_PAIR];
	uint64_t owner, item, group, user;

	if (row->set.len != 1 + CHAT_KEY_ID || row->member_len != CHAT_KEY_ID ||
	    (row->set.name[0] != CHAT_SET_MEMBERS && row->set.name[0] != CHAT_SET_USER_GROUPS))
		return;
	owner = pack_get_u64(row->set.name + 1);
	item = pack_get_u64(row->member);
	group = row->set.name[0] == CHAT_SET_MEMBERS ? owner : item;
	user = row->set.name[0] == CHAT_SET_MEMBERS ? item : owner;
	chat_key_pair(key, group, user);
	if (has_ends(r, group, user) &&
	    repair_rows_find(&r->tables[STORE_MEMBERS], key, sizeof(key)) == NULL)
		put_member(r, group, user, 0);
}

int
chat_repair_members(struct chat_repair *r)
{
	const struct repair_rows *sets = &r->tables[STORE_SETS];
	struct chat_set_row row;

	repair_records(r);
	for (size_t i = 0; i < sets->n; i++) {
		const struct repair_record *record = &sets->list[i];

		chat_set_row(&row, record->key, record->key_len, record->value, record->len);
		if (row.record == CHAT_SET_ITEM || row.record == CHAT_SET_INDEX)
			add_listed(r, &row);
	}
	return r->tables[STORE_MEMBERS].failed ? -1 : 0;
}
