/*
 * chat_repair_set: the lists in which groups, members, files, partners, peers and origins are
 * found. They follow from the tables; what stays keeps its order.
 */
#include <bsd/stdlib.h>
#include <stdlib.h>
#include <string.h>

#include "chat/file/file.h"
#include "chat/fsck/repair_int.h"
#include "chat/group.h"
#include "chat/realm/peer.h"
#include "chat/realm/remote_log.h"

struct item {
	struct chat_set set;
	unsigned char member[CHAT_SET_MEMBER];
	size_t len;
	uint32_t index; /* that it had; UINT32_MAX: none */
};

struct items {
	struct item *list;
	size_t n;
	size_t size;
	bool failed;
};

static uint32_t
index_of(struct chat_repair *r, const struct chat_set *set, const void *member, size_t len)
{
	struct chat_set_row row = { .record = CHAT_SET_INDEX,
		.set = *set,
		.member = member,
		.member_len = len };
	unsigned char key[CHAT_SET_KEY];
	size_t key_len = chat_set_key(key, &row);
	const struct repair_record *record = repair_rows_find(&r->tables[STORE_SETS], key, key_len);

	if (record == NULL)
		return UINT32_MAX;
	chat_set_row(&row, record->key, record->key_len, record->value, record->len);
	return row.record == CHAT_SET_INDEX ? row.number : UINT32_MAX;
}

static void
add(struct chat_repair *r, struct items *items, struct chat_set set, const void *member, size_t len)
{
	struct item *item;

	if (items->n == items->size) {
		size_t size = items->size * 2 + 64;
		struct item *bigger = reallocarray(items->list, size, sizeof(*bigger));

		if (bigger == NULL) {
			items->failed = true;
			return;
		}
		items->list = bigger;
		items->size = size;
	}
	item = &items->list[items->n++];
	*item = (struct item){ .set = set, .len = len };
	memcpy(item->member, member, len);
	item->index = index_of(r, &set, member, len);
}

static void
add_groups(struct chat_repair *r, struct items *items)
{
	const struct repair_rows *rows = &r->tables[STORE_GROUPS];
	char folded[NAME_MAX_BYTES];
	struct chat_group group;

	for (size_t i = 0; i < rows->n; i++) {
		if (rows->list[i].gone ||
		    !chat_group_parse(&group, pack_get_u64(rows->list[i].key), rows->list[i].value,
		        rows->list[i].len))
			continue;
		size_t len = name_fold(group.name, strlen(group.name), folded);
		if (repair_rows_number(&r->tables[STORE_GROUP_NAMES], folded, len) == group.id)
			add(r, items, chat_group_names(), group.name, strlen(group.name));
	}
}

static void
add_members(struct chat_repair *r, struct items *items)
{
	const struct repair_rows *rows = &r->tables[STORE_MEMBERS];

	for (size_t i = 0; i < rows->n; i++) {
		const unsigned char *group = rows->list[i].key, *user = group + CHAT_KEY_ID;

		if (rows->list[i].gone)
			continue;
		add(r, items, chat_set_of(CHAT_SET_MEMBERS, pack_get_u64(group)), user,
		    CHAT_KEY_ID);
		add(r, items, chat_set_of(CHAT_SET_USER_GROUPS, pack_get_u64(user)), group,
		    CHAT_KEY_ID);
	}
}

static void
add_peers(struct chat_repair *r, struct items *items)
{
	const struct repair_rows *rows = &r->tables[STORE_PEERS];

	for (size_t i = 0; i < rows->n; i++)
		if (!rows->list[i].gone)
			add(r, items, chat_peer_names(), rows->list[i].key, rows->list[i].key_len);
}

static void
add_remote_logs(struct chat_repair *r, struct items *items)
{
	const struct repair_rows *rows = &r->tables[STORE_REMOTE_LOGS];
	unsigned char member[CHAT_KEY_PAIR];
	uint64_t destination, peer, log;

	for (size_t i = 0; i < rows->n; i++) {
		const struct repair_record *record = &rows->list[i];

		if (record->gone ||
		    !chat_remote_log_parse(record->key, record->key_len, record->value, record->len,
		        &destination, &peer, &log))
			continue;
		chat_key_pair(member, peer, log);
		add(r, items, chat_remote_log_set(destination), member, sizeof(member));
	}
}

static void
add_files(struct chat_repair *r, struct items *items)
{
	const struct repair_rows *rows = &r->tables[STORE_FILES];
	unsigned char id[CHAT_KEY_ID];
	struct chat_conversation place;
	struct chat_text name;
	struct chat_file file;

	for (size_t i = 0; i < rows->n; i++) {
		const struct repair_record *record = &rows->list[i];

		if (record->gone ||
		    !chat_file_parse(record->key, record->key_len, record->value, record->len,
		        &place, &name, &file) ||
		    chat_conversation_is_outbound(place))
			continue;
		add(r, items, chat_file_names(place), name.data, name.len);
		if (place.first == 0)
			continue;
		chat_key_id(id, place.second);
		add(r, items, chat_file_partners(place.first), id, sizeof(id));
		chat_key_id(id, place.first);
		add(r, items, chat_file_partners(place.second), id, sizeof(id));
	}
}

static int
compare_sets(const struct item *left, const struct item *right)
{
	if (left->set.len != right->set.len)
		return left->set.len < right->set.len ? -1 : 1;
	return memcmp(left->set.name, right->set.name, left->set.len);
}

static int
compare(const void *a, const void *b)
{
	const struct item *left = a, *right = b;
	size_t len = left->len < right->len ? left->len : right->len;
	int order = compare_sets(left, right);

	if (order == 0)
		order = (left->index > right->index) - (left->index < right->index);
	if (order == 0)
		order = memcmp(left->member, right->member, len);
	return order != 0 ? order : (left->len > right->len) - (left->len < right->len);
}

static void
put(struct chat_repair *r, const struct chat_set_row *row, const void *value, size_t len)
{
	unsigned char key[CHAT_SET_KEY];
	size_t key_len = chat_set_key(key, row);

	repair_rows_put(&r->tables[STORE_SETS], key, key_len, value, len);
}

/* One member under its index, and its index under it; behind the last, how many there are. */
static void
put_item(struct chat_repair *r, const struct item *item, uint32_t index, bool last)
{
	struct chat_set_row row = { .set = item->set,
		.number = index,
		.member = item->member,
		.member_len = item->len };
	unsigned char number[4];
	struct pack p;

	row.record = CHAT_SET_ITEM;
	put(r, &row, item->member, item->len);
	pack_init(&p, number, sizeof(number));
	pack_u32(&p, index);
	row.record = CHAT_SET_INDEX;
	put(r, &row, number, sizeof(number));
	if (!last)
		return;
	pack_init(&p, number, sizeof(number));
	pack_u32(&p, index + 1);
	row.record = CHAT_SET_COUNT;
	put(r, &row, number, sizeof(number));
}

int
chat_repair_sets(struct chat_repair *r)
{
	struct items items = { .n = 0 };
	size_t n = 0;

	add_groups(r, &items);
	add_members(r, &items);
	add_peers(r, &items);
	add_remote_logs(r, &items);
	add_files(r, &items);
	if (items.n > 1)
		qsort(items.list, items.n, sizeof(*items.list), compare);
	for (size_t i = 0; i < items.n; i++)
		if (n == 0 || compare(&items.list[i], &items.list[n - 1]) != 0)
			items.list[n++] = items.list[i];
	repair_rows_unmark(&r->tables[STORE_SETS]);
	for (size_t i = 0, index = 0; i < n && !items.failed; i++) {
		bool last = i + 1 == n || compare_sets(&items.list[i], &items.list[i + 1]) != 0;

		put_item(r, &items.list[i], (uint32_t)index, last);
		index = last ? 0 : index + 1;
	}
	repair_rows_drop_unmarked(&r->tables[STORE_SETS]);
	free(items.list);
	return items.failed ? -1 : 0;
}
