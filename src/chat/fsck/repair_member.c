/*
 * chat_repair_member: memberships: who stands in one of the three places stands in all of them
 * again, in the order that there was.
 */
#include <bsd/stdlib.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "chat/fsck/repair_int.h"
#include "chat/group.h"
#include "chat/member.h"

#define NO_PLACE UINT32_MAX

struct pair {
	uint64_t group;
	uint64_t user;
	int64_t joined_ms;
	uint32_t group_index; /* that it had; NO_PLACE: none */
	uint32_t user_index;
	struct chat_member member; /* that it gets */
	bool known;                /* by its own record */
};

struct pairs {
	struct pair *list;
	size_t n;
	size_t size;
};

static int
add(struct chat_repair *r, struct pairs *pairs, struct pair pair)
{
	if (!chat_repair_has_group(r, pair.group) || !chat_repair_has_user(r, pair.user))
		return 0;
	if (pairs->n == pairs->size) {
		size_t size = pairs->size * 2 + 64;
		struct pair *bigger = reallocarray(pairs->list, size, sizeof(*bigger));

		if (bigger == NULL)
			return -1;
		pairs->list = bigger;
		pairs->size = size;
	}
	pairs->list[pairs->n++] = pair;
	return 0;
}

static int
add_records(struct chat_repair *r, struct pairs *pairs)
{
	const struct repair_rows *rows = &r->tables[STORE_MEMBERS];

	for (size_t i = 0; i < rows->n; i++) {
		const struct repair_record *record = &rows->list[i];
		struct pair pair = { .known = true,
			.group_index = NO_PLACE,
			.user_index = NO_PLACE };

		if (record->key_len != CHAT_KEY_PAIR)
			continue;
		if (chat_member_parse(&pair.member, record->value, record->len))
			pair.joined_ms = pair.member.joined_ms;
		pair.group = pack_get_u64(record->key);
		pair.user = pack_get_u64(record->key + 8);
		if (add(r, pairs, pair) != 0)
			return -1;
	}
	return 0;
}

static int
add_items(struct chat_repair *r, struct pairs *pairs, enum store_table table)
{
	const struct repair_rows *rows = &r->tables[table];

	for (size_t i = 0; i < rows->n; i++) {
		const struct repair_record *record = &rows->list[i];
		struct pair pair = { .group_index = NO_PLACE, .user_index = NO_PLACE };
		struct unpack u;

		if (record->key_len != CHAT_KEY_ITEM || record->len != 8)
			continue;
		unpack_init(&u, record->key, record->key_len);
		uint64_t owner = unpack_u64(&u), item = pack_get_u64(record->value);
		uint32_t index = unpack_u32(&u);
		if (table == STORE_GROUP_MEMBERS) {
			pair.group = owner;
			pair.user = item;
			pair.group_index = index;
		} else {
			pair.user = owner;
			pair.group = item;
			pair.user_index = index;
		}
		if (add(r, pairs, pair) != 0)
			return -1;
	}
	return 0;
}

static int
compare(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

static int
by_pair(const void *a, const void *b)
{
	const struct pair *left = a, *right = b;
	int order = compare(left->group, right->group);

	return order != 0 ? order : compare(left->user, right->user);
}

static int
by_group(const void *a, const void *b)
{
	const struct pair *left = a, *right = b;
	int order = compare(left->group, right->group);

	if (order == 0)
		order = compare(left->group_index, right->group_index);
	return order != 0 ? order : compare(left->user, right->user);
}

static int
by_user(const void *a, const void *b)
{
	const struct pair *left = a, *right = b;
	int order = compare(left->user, right->user);

	if (order == 0)
		order = compare(left->user_index, right->user_index);
	return order != 0 ? order : compare(left->group, right->group);
}

static void
sort(struct pairs *pairs, int (*order)(const void *, const void *))
{
	if (pairs->n > 1)
		qsort(pairs->list, pairs->n, sizeof(*pairs->list), order);
}

/* What is said of a membership in several places becomes one. */
static void
merge(struct pairs *pairs)
{
	size_t n = 0;

	sort(pairs, by_pair);
	for (size_t i = 0; i < pairs->n; i++) {
		const struct pair *from = &pairs->list[i];
		struct pair *to = n == 0 ? NULL : &pairs->list[n - 1];

		if (to == NULL || by_pair(to, from) != 0) {
			pairs->list[n++] = *from;
			continue;
		}
		if (from->group_index < to->group_index)
			to->group_index = from->group_index;
		if (from->user_index < to->user_index)
			to->user_index = from->user_index;
		if (from->known)
			to->joined_ms = from->joined_ms;
		to->known |= from->known;
	}
	pairs->n = n;
}

static void
put_group_list(struct chat_repair *r, struct pairs *pairs)
{
	unsigned char key[CHAT_KEY_ITEM];
	uint32_t index = 0;

	sort(pairs, by_group);
	for (size_t i = 0; i < pairs->n; i++) {
		struct pair *pair = &pairs->list[i];

		index = i > 0 && pair[-1].group == pair->group ? index + 1 : 0;
		pair->member.in_group = index;
		chat_key_item(key, pair->group, index);
		repair_rows_put_number(&r->tables[STORE_GROUP_MEMBERS], key, sizeof(key),
		    pair->user);
	}
}

/* Behind each user's list its length. */
static void
put_user_list(struct chat_repair *r, struct pairs *pairs)
{
	struct repair_rows *rows = &r->tables[STORE_USER_GROUPS];
	unsigned char key[CHAT_KEY_ITEM];
	uint32_t index = 0;

	sort(pairs, by_user);
	for (size_t i = 0; i < pairs->n; i++) {
		struct pair *pair = &pairs->list[i];

		index = i > 0 && pair[-1].user == pair->user ? index + 1 : 0;
		pair->member.in_user = index;
		chat_key_item(key, pair->user, index);
		repair_rows_put_number(rows, key, sizeof(key), pair->group);
		if (i + 1 == pairs->n || pair[1].user != pair->user)
			repair_rows_put_number(rows, key, CHAT_KEY_ID, (uint64_t)index + 1);
	}
}

static void
put_records(struct chat_repair *r, struct pairs *pairs)
{
	unsigned char key[CHAT_KEY_PAIR], data[CHAT_MEMBER_RECORD];

	for (size_t i = 0; i < pairs->n; i++) {
		struct pair *pair = &pairs->list[i];

		pair->member.joined_ms = pair->joined_ms;
		chat_key_pair(key, pair->group, pair->user);
		size_t len = chat_member_pack(data, &pair->member);
		repair_rows_put(&r->tables[STORE_MEMBERS], key, sizeof(key), data, len);
	}
}

/* The last of each group's list says how many there are. */
static void
count_members(struct chat_repair *r, const struct pairs *pairs)
{
	struct repair_rows *rows = &r->tables[STORE_GROUPS], counts = { .n = 0 };
	unsigned char key[CHAT_KEY_ID], data[CHAT_GROUP_RECORD];
	struct chat_group group;

	for (size_t i = 0; i < pairs->n; i++) {
		uint64_t count = (uint64_t)pairs->list[i].member.in_group + 1;

		chat_key_id(key, pairs->list[i].group);
		if (count > repair_rows_number(&counts, key, sizeof(key)))
			repair_rows_put_number(&counts, key, sizeof(key), count);
	}
	for (size_t i = 0; i < rows->n; i++) {
		const struct repair_record *record = &rows->list[i];

		if (record->gone ||
		    !chat_group_parse(&group, pack_get_u64(record->key), record->value,
		        record->len))
			continue;
		chat_key_id(key, group.id);
		group.members = (uint32_t)repair_rows_number(&counts, key, sizeof(key));
		size_t len = chat_group_pack(data, &group);
		repair_rows_put(rows, key, sizeof(key), data, len);
	}
	rows->failed |= counts.failed;
	repair_rows_free(&counts);
}

int
chat_repair_members(struct chat_repair *r)
{
	static const enum store_table tables[] = { STORE_MEMBERS, STORE_GROUP_MEMBERS,
		STORE_USER_GROUPS };
	struct pairs pairs = { .n = 0 };
	int result = -1;

	if (add_records(r, &pairs) == 0 && add_items(r, &pairs, STORE_GROUP_MEMBERS) == 0 &&
	    add_items(r, &pairs, STORE_USER_GROUPS) == 0) {
		merge(&pairs);
		for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
			repair_rows_unmark(&r->tables[tables[i]]);
		put_group_list(r, &pairs);
		put_user_list(r, &pairs);
		put_records(r, &pairs);
		for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
			repair_rows_drop_unmarked(&r->tables[tables[i]]);
		count_members(r, &pairs);
		result = 0;
	}
	free(pairs.list);
	return result;
}
