/*
 * chat_fsck set: the lists by which groups, members, files, partners, peers and remote logs are
 * found. They follow from the tables; what stays keeps its order.
 */
#include "chat/set.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/vector.h"
#include "chat/block.h"
#include "chat/file/file.h"
#include "chat/fsck/int.h"
#include "chat/group.h"
#include "chat/history/logs.h"
#include "chat/realm/remote_log.h"
#include "chat/table.h"
#include "chat/user.h"

#define TEXT_MAX 512

struct item {
	struct chat_set set;
	const unsigned char *member; /* in a row; NULL: in copy */
	uint32_t index;              /* in the stored set; UINT32_MAX: none */
	uint16_t len;
	unsigned char copy[NAME_MAX_BYTES];
};

struct items {
	struct item *list;
	size_t n;
	bool failed;
};

static const unsigned char *
member_of(const struct item *item)
{
	return item->member != NULL ? item->member : item->copy;
}

/* Names a member, such as "group kopi". */
static void
describe_member(struct chat_fsck *f, const struct chat_set *set, const void *member, size_t len,
    char text[TEXT_MAX])
{
	uint64_t id = len == CHAT_KEY_ID ? pack_get_u64(member) : 0, peer, log;
	char name[CHAT_FSCK_NAME];

	switch (set->name[0]) {
	case CHAT_SET_BLOCKS:
		snprintf(text, TEXT_MAX, "a block");
		return;
	case CHAT_SET_REMOTE_LOGS:
		if (chat_remote_log_member(member, len, &peer, &log))
			snprintf(text, TEXT_MAX, "log %" PRIu64 " from realm %s", log,
			    chat_fsck_name(f, peer, name));
		else
			snprintf(text, TEXT_MAX, "a damaged entry");
		return;
	case CHAT_SET_BLOCKERS:
		snprintf(text, TEXT_MAX, "blocker %s", chat_fsck_name(f, id, name));
		return;
	case CHAT_SET_MEMBERS:
		snprintf(text, TEXT_MAX, "member %s", chat_fsck_name(f, id, name));
		return;
	case CHAT_SET_INVITEES:
		snprintf(text, TEXT_MAX, "invitee %s", chat_fsck_name(f, id, name));
		return;
	case CHAT_SET_USER_GROUPS:
	case CHAT_SET_USER_INVITED:
		snprintf(text, TEXT_MAX, "group %s", chat_fsck_name(f, id, name));
		return;
	case CHAT_SET_PARTNERS:
	case CHAT_SET_PASSING:
	case CHAT_SET_CONVERSATIONS:
		snprintf(text, TEXT_MAX, "%s", chat_fsck_name(f, id, name));
		return;
	default:
		snprintf(text, TEXT_MAX, "%s %.*s",
		    set->name[0] == CHAT_SET_GROUPS      ? "group"
		        : set->name[0] == CHAT_SET_PEERS ? "realm"
		                                         : "file",
		    (int)len, (const char *)member);
	}
}

/* Names a set, such as "the list of members of kopi". */
static void
describe_set(struct chat_fsck *f, const struct chat_set *set, char text[TEXT_MAX])
{
	static const char *const words[] = { [CHAT_SET_BLOCKERS] = "blockers",
		[CHAT_SET_BLOCKS] = "blocks",
		[CHAT_SET_MEMBERS] = "members",
		[CHAT_SET_USER_GROUPS] = "groups",
		[CHAT_SET_REMOTE_LOGS] = "logs from other realms",
		[CHAT_SET_PARTNERS] = "users with files",
		[CHAT_SET_CONVERSATIONS] = "conversations",
		[CHAT_SET_INVITEES] = "invitees",
		[CHAT_SET_USER_INVITED] = "invitations" };
	char first[CHAT_FSCK_NAME], second[CHAT_FSCK_NAME];
	struct chat_conversation place;
	uint64_t owner;

	if (chat_file_conversation_of(set, &place)) {
		if (place.first == 0)
			snprintf(text, TEXT_MAX, "the list of files of group %s",
			    chat_fsck_name(f, place.second, second));
		else
			snprintf(text, TEXT_MAX, "the list of files of %s and %s",
			    chat_fsck_name(f, place.first, first),
			    chat_fsck_name(f, place.second, second));
	} else if (set->name[0] < sizeof(words) / sizeof(words[0]) && words[set->name[0]] != NULL &&
	    chat_set_owner(set, (enum chat_set_kind)set->name[0], &owner)) {
		snprintf(text, TEXT_MAX, "the list of %s of %s", words[set->name[0]],
		    chat_fsck_name(f, owner, first));
	} else {
		snprintf(text, TEXT_MAX, "the list of %s",
		    set->name[0] == CHAT_SET_GROUPS        ? "groups"
		        : set->name[0] == CHAT_SET_PEERS   ? "realms"
		        : set->name[0] == CHAT_SET_PASSING ? "passing accounts"
		                                           : "an unknown kind");
	}
}

static void
say_member(struct chat_fsck *f, enum store_finding_class class, const struct chat_set *set,
    const void *member, size_t len, const char *format)
{
	char item[TEXT_MAX], list[TEXT_MAX], text[3 * TEXT_MAX];

	describe_member(f, set, member, len, item);
	describe_set(f, set, list);
	snprintf(text, sizeof(text), "%s %s %s", item, format, list);
	chat_fsck_say(f, class, CHAT_TABLE_SETS, NULL, "%s", text);
}

static uint32_t
find_index(struct chat_fsck *f, const struct item *item)
{
	struct chat_set_row record = { .record = CHAT_SET_INDEX,
		.set = item->set,
		.member = member_of(item),
		.member_len = item->len };
	unsigned char key[CHAT_SET_KEY];
	size_t key_len = chat_set_key(key, &record);
	const struct chat_fsck_row *row =
	    chat_fsck_rows_find(&f->tables[CHAT_TABLE_SETS], key, key_len);

	if (row == NULL)
		return UINT32_MAX;
	chat_set_row(&record, row->key, row->key_len, chat_fsck_value(row), row->len);
	return record.record == CHAT_SET_INDEX ? record.number : UINT32_MAX;
}

/* Copies a member that fits; a longer one is in a row, which stays. */
static void
add_item(struct chat_fsck *f, struct items *items, struct chat_set set, const void *member,
    size_t len)
{
	struct item *item = vector_add(&items->list, &items->n, sizeof(*item));

	items->failed |= item == NULL;
	if (item == NULL)
		return;
	*item = (struct item){ .set = set, .len = (uint16_t)len };
	if (len <= sizeof(item->copy))
		memcpy(item->copy, member, len);
	else
		item->member = member;
	item->index = find_index(f, item);
}

static void
add_id(struct chat_fsck *f, struct items *items, struct chat_set set, uint64_t id)
{
	unsigned char member[CHAT_KEY_ID];

	chat_key_id(member, id);
	add_item(f, items, set, member, sizeof(member));
}

static void
add_groups(struct chat_fsck *f, struct items *items)
{
	const struct chat_fsck_row *row;
	struct chat_group group;

	for (size_t i = 0; (row = chat_fsck_rows_next(&f->tables[CHAT_TABLE_GROUPS], &i)) != NULL;)
		if (chat_group_parse(&group, pack_get_u64(row->key), chat_fsck_value(row),
		        row->len) &&
		    chat_fsck_id_of(f, CHAT_TABLE_GROUP_NAMES, group.name) == group.id)
			add_item(f, items, chat_group_names(), group.name, strlen(group.name));
}

static void
add_passing(struct chat_fsck *f, struct items *items)
{
	const struct chat_fsck_row *row;
	struct chat_user user;

	for (size_t i = 0; (row = chat_fsck_rows_next(&f->tables[CHAT_TABLE_USERS], &i)) != NULL;)
		if (chat_user_parse(&user, pack_get_u64(row->key), chat_fsck_value(row),
		        row->len) &&
		    user.guest)
			add_id(f, items, chat_user_guests(), user.id);
}

/* Of each pair of a group and a user in a table, both into the other's set. */
static void
add_pairs(struct chat_fsck *f, struct items *items, int table, enum chat_set_kind users,
    enum chat_set_kind groups)
{
	const struct chat_fsck_row *row;

	for (size_t i = 0; (row = chat_fsck_rows_next(&f->tables[table], &i)) != NULL;) {
		uint64_t group = pack_get_u64(row->key);
		uint64_t user = pack_get_u64(row->key + CHAT_KEY_ID);

		add_id(f, items, chat_set_of(users, group), user);
		add_id(f, items, chat_set_of(groups, user), group);
	}
}

static void
add_peers(struct chat_fsck *f, struct items *items)
{
	const struct chat_fsck_row *row;

	for (size_t i = 0; (row = chat_fsck_rows_next(&f->tables[CHAT_TABLE_PEERS], &i)) != NULL;)
		add_item(f, items, chat_peer_names(), row->key, row->key_len);
}

static void
add_remote_logs(struct chat_fsck *f, struct items *items)
{
	const struct chat_fsck_row *row;
	unsigned char member[CHAT_KEY_PAIR];
	uint64_t destination, peer, log;

	for (size_t i = 0;
	     (row = chat_fsck_rows_next(&f->tables[CHAT_TABLE_REMOTE_LOGS], &i)) != NULL;) {
		if (!chat_remote_log_parse(row->key, row->key_len, chat_fsck_value(row), row->len,
		        &destination, &peer, &log))
			continue;
		chat_key_pair(member, peer, log);
		add_item(f, items, chat_remote_log_set(destination), member, sizeof(member));
	}
}

static void
add_files(struct chat_fsck *f, struct items *items)
{
	const struct chat_fsck_row *row;
	struct chat_conversation place;
	struct chat_text name;

	for (size_t i = 0; (row = chat_fsck_rows_next(&f->tables[CHAT_TABLE_FILES], &i)) != NULL;) {
		if (!chat_file_parse_key(row->key, row->key_len, &place, &name) ||
		    chat_conversation_is_outbound(place))
			continue;
		add_item(f, items, chat_file_names(place), name.data, name.len);
		if (place.first == 0)
			continue;
		add_id(f, items, chat_file_partners(place.first), place.second);
		add_id(f, items, chat_file_partners(place.second), place.first);
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
compare_items(const void *a, const void *b)
{
	const struct item *left = a, *right = b;
	size_t len = left->len < right->len ? left->len : right->len;
	int order = compare_sets(left, right);

	if (order == 0)
		order = (left->index > right->index) - (left->index < right->index);
	if (order == 0)
		order = memcmp(member_of(left), member_of(right), len);
	return order != 0 ? order : (left->len > right->len) - (left->len < right->len);
}

/* Sorts by set, and drops duplicates: two users may have several files with each other. */
static void
sort_items(struct items *items)
{
	size_t n = 0;

	if (items->n > 1)
		qsort(items->list, items->n, sizeof(*items->list), compare_items);
	for (size_t i = 0; i < items->n; i++)
		if (n == 0 || compare_items(&items->list[i], &items->list[n - 1]) != 0)
			items->list[n++] = items->list[i];
	items->n = n;
}

static bool
put_row(struct chat_fsck *f, const struct chat_set_row *row)
{
	unsigned char key[CHAT_SET_KEY], value[CHAT_SET_MEMBER];
	size_t key_len = chat_set_key(key, row), len = chat_set_value(value, row);

	return chat_fsck_rows_put(&f->tables[CHAT_TABLE_SETS], key, key_len, value, len);
}

/* Puts a member under its index, and the index under the member. True if a record changed. */
static bool
put_item(struct chat_fsck *f, const struct item *item, uint32_t index)
{
	struct chat_set_row row = { .record = CHAT_SET_ITEM,
		.set = item->set,
		.number = index,
		.member = member_of(item),
		.member_len = item->len };
	bool changed = put_row(f, &row);

	row.record = CHAT_SET_INDEX;
	changed |= put_row(f, &row);
	if (item->index != UINT32_MAX)
		return changed;
	say_member(f, STORE_FOUND_DAMAGED, &item->set, member_of(item), item->len, "is not in");
	return false;
}

/* Puts all members of one set, and their count behind them. Returns the count. */
static size_t
put_set(struct chat_fsck *f, const struct item *first, size_t n_items)
{
	struct chat_set_row count = { .record = CHAT_SET_COUNT, .set = first->set };
	bool changed = false, added = false;
	char text[TEXT_MAX];
	size_t n = 0;

	for (; n < n_items && compare_sets(first, &first[n]) == 0; n++) {
		changed |= put_item(f, &first[n], (uint32_t)n);
		added |= first[n].index == UINT32_MAX;
	}
	count.number = (uint32_t)n;
	changed |= put_row(f, &count);
	if (changed && !added) {
		describe_set(f, &first->set, text);
		chat_fsck_say(f, STORE_FOUND_DAMAGED, CHAT_TABLE_SETS, NULL, "%s is damaged", text);
	}
	return n;
}

/* A record that no member needed leads to nothing. */
static void
drop_rest(struct chat_fsck *f)
{
	struct chat_fsck_row *row;
	struct chat_set_row record;

	for (size_t i = 0; (row = chat_fsck_rows_next(&f->tables[CHAT_TABLE_SETS], &i)) != NULL;) {
		if (row->marked)
			continue;
		chat_set_row(&record, row->key, row->key_len, chat_fsck_value(row), row->len);
		if (record.record == CHAT_SET_INDEX)
			say_member(f,
			    record.set.name[0] == CHAT_SET_FILES ||
			            record.set.name[0] == CHAT_SET_GROUPS ||
			            record.set.name[0] == CHAT_SET_PEERS
			        ? STORE_FOUND_LOST
			        : STORE_FOUND_DAMAGED,
			    &record.set, record.member, record.member_len,
			    "is missing, but stands in");
		else
			chat_fsck_say(f, STORE_FOUND_DAMAGED, CHAT_TABLE_SETS, row,
			    "a list has a record that does not belong there");
		chat_fsck_rows_drop(row);
	}
}

/* A member is a part of the record's key, which stays. */
static void
add_blocks(struct chat_fsck *f, struct items *items)
{
	const struct chat_fsck_row *row;
	struct chat_block block;

	for (size_t i = 0;
	     (row = chat_fsck_rows_next(&f->tables[CHAT_TABLE_BLOCKS], &i)) != NULL;) {
		if (!chat_block_parse_key(&block, row->key, row->key_len))
			continue;
		add_item(f, items, chat_set_of(CHAT_SET_BLOCKS, block.user), block.member,
		    block.member_len);
		if (block.blocked != 0)
			add_id(f, items, chat_set_of(CHAT_SET_BLOCKERS, block.blocked), block.user);
	}
}

/* Those of other realms, and the server, have no lists. */
static void
add_histories(struct chat_fsck *f, struct items *items)
{
	const struct chat_fsck_row *row;
	struct chat_history history;

	for (size_t i = 0;
	     (row = chat_fsck_rows_next(&f->tables[CHAT_TABLE_CONVERSATIONS], &i)) != NULL;) {
		if (!chat_history_parse(row->key, row->key_len, chat_fsck_value(row), row->len,
		        &history))
			continue;
		if (history.low != CHAT_HISTORY_SERVER &&
		    !chat_fsck_has_remote_user(f, history.low))
			add_id(f, items, chat_history_list(history.low, history.high),
			    history.high);
		if (!chat_fsck_has_remote_user(f, history.high))
			add_id(f, items, chat_history_list(history.high, history.low), history.low);
	}
}

int
chat_fsck_sets(struct chat_fsck *f)
{
	struct items items = { .n = 0 };

	add_groups(f, &items);
	add_passing(f, &items);
	add_pairs(f, &items, CHAT_TABLE_MEMBERS, CHAT_SET_MEMBERS, CHAT_SET_USER_GROUPS);
	add_pairs(f, &items, CHAT_TABLE_INVITEES, CHAT_SET_INVITEES, CHAT_SET_USER_INVITED);
	add_peers(f, &items);
	add_remote_logs(f, &items);
	add_files(f, &items);
	add_blocks(f, &items);
	add_histories(f, &items);
	sort_items(&items);
	chat_fsck_rows_unmark(&f->tables[CHAT_TABLE_SETS]);
	for (size_t i = 0; i < items.n && !items.failed;)
		i += put_set(f, &items.list[i], items.n - i);
	if (!items.failed)
		drop_rest(f);
	free(items.list);
	return items.failed ? -1 : 0;
}
