/*
 * chat_fsck user: accounts and groups, and their names. A name whose record is lost gets one anew,
 * of an account that is locked; a record whose name is lost gives it back.
 */
#include "chat/user.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "chat/fsck/int.h"
#include "chat/group.h"
#include "chat/table.h"

#define BAD_ACCOUNTS 8 /* more than half of them */

/* The differences between users and groups. */
struct kind {
	const char *word;
	int names;
	int records;
	int others;       /* the table in which no record has the same number */
	const char *made; /* how a repair makes a lost record anew */
};

static const struct kind users = { .word = "user",
	.names = CHAT_TABLE_USER_NAMES,
	.records = CHAT_TABLE_USERS,
	.others = CHAT_TABLE_GROUPS,
	.made = "a repair gives it an account that is locked" };
static const struct kind groups = { .word = "group",
	.names = CHAT_TABLE_GROUP_NAMES,
	.records = CHAT_TABLE_GROUPS,
	.others = CHAT_TABLE_USERS,
	.made = "a repair makes a group that belongs to nobody and is private" };

union record {
	struct chat_user user;
	struct chat_group group;
};

/* Reads the record of a user or group. Returns the name in it, NULL if it is damaged. */
static char *
read_record(const struct kind *kind, const struct chat_fsck_row *row, union record *record)
{
	uint64_t id = row->key_len == CHAT_KEY_ID ? pack_get_u64(row->key) : 0;

	if (id == 0)
		return NULL;
	if (kind == &users)
		return row->len <= CHAT_USER_RECORD &&
		        chat_user_parse(&record->user, id, chat_fsck_value(row), row->len)
		    ? record->user.name
		    : NULL;
	return row->len <= CHAT_GROUP_RECORD &&
	        chat_group_parse(&record->group, id, chat_fsck_value(row), row->len)
	    ? record->group.name
	    : NULL;
}

static void
put_record(struct chat_fsck *f, const struct kind *kind, const union record *record)
{
	unsigned char key[CHAT_KEY_ID], data[CHAT_USER_RECORD];
	bool user = kind == &users;
	size_t len =
	    user ? chat_user_pack(data, &record->user) : chat_group_pack(data, &record->group);

	chat_key_id(key, user ? record->user.id : record->group.id);
	chat_fsck_rows_put(&f->tables[kind->records], key, sizeof(key), data, len);
}

static void
put_name(struct chat_fsck *f, const struct kind *kind, const char *name, uint64_t id)
{
	char folded[NAME_MAX_BYTES];
	size_t len = name_fold(name, strlen(name), folded);

	chat_fsck_rows_put_number(&f->tables[kind->names], folded, len, id);
}

/* Makes a record for a number, with this name unless it is "" or belongs to another. */
static void
make_record(struct chat_fsck *f, const struct kind *kind, uint64_t id, const char *name)
{
	union record record = { .user = { .name = "" } };
	size_t len = strlen(name);
	uint64_t owner = len == 0 ? 0 : chat_fsck_id_of(f, kind->names, name);
	char *chosen = kind == &users ? record.user.name : record.group.name;

	if (kind == &users)
		record.user = (struct chat_user){ .id = id,
			.locked = true,
			.epoch = 1,
			.created_ms = clock_now_ms() };
	else
		/* It may have been private. */
		record.group =
		    (struct chat_group){ .id = id, .created_ms = clock_now_ms(), .private = 1 };
	if (name_valid(name, len) && !name_reserved(name, len) && (owner == 0 || owner == id))
		memcpy(chosen, name, len + 1);
	else
		snprintf(chosen, NAME_MAX_BYTES + 1, "lost-%" PRIu64, id);
	put_record(f, kind, &record);
	put_name(f, kind, chosen, id);
	chat_fsck_take_id(f, id);
}

void
chat_fsck_make_user(struct chat_fsck *f, uint64_t id, const char *name)
{
	chat_fsck_say(f, STORE_FOUND_LOST, CHAT_TABLE_USERS, NULL,
	    "user %s, " CHAT_FSCK_NUMBER ": all but messages; %s", name, id, users.made);
	make_record(f, &users, id, name);
}

void
chat_fsck_make_group(struct chat_fsck *f, uint64_t id, const char *name)
{
	chat_fsck_say(f, STORE_FOUND_LOST, CHAT_TABLE_GROUPS, NULL,
	    "group %s, " CHAT_FSCK_NUMBER ": all but messages; %s", name, id, groups.made);
	make_record(f, &groups, id, name);
}

/* Records of a newer program are not damaged. */
static bool
are_of_this_program(struct chat_fsck *f)
{
	const struct chat_fsck_rows *rows = &f->tables[CHAT_TABLE_USERS];
	const struct chat_fsck_row *row;
	union record record;
	size_t bad = 0;

	for (size_t i = 0; (row = chat_fsck_rows_next(rows, &i)) != NULL;)
		bad += read_record(&users, row, &record) == NULL;
	if (bad <= rows->n / 2 + BAD_ACCOUNTS)
		return true;
	log_warnx("most accounts cannot be read: were they made by a newer kabar?");
	return false;
}

/* Drops records that cannot be read: such users and groups have only their names. */
static void
drop_damaged(struct chat_fsck *f, const struct kind *kind)
{
	struct chat_fsck_row *row;
	union record record;

	for (size_t i = 0; (row = chat_fsck_rows_next(&f->tables[kind->records], &i)) != NULL;) {
		uint64_t id = row->key_len == CHAT_KEY_ID ? pack_get_u64(row->key) : 0;

		if (read_record(kind, row, &record) != NULL) {
			chat_fsck_take_id(f, id);
			continue;
		}
		chat_fsck_say(f, STORE_FOUND_LOST, kind->records, row,
		    "%s " CHAT_FSCK_NUMBER ": the record is damaged", kind->word, id);
		chat_fsck_rows_drop(row);
	}
}

static bool
is_name_of(const char *name, const struct chat_fsck_row *key)
{
	char folded[NAME_MAX_BYTES];

	return name_fold(name, strlen(name), folded) == key->key_len &&
	    memcmp(folded, key->key, key->key_len) == 0;
}

/*
 * A name whose record says another one. If that one leads to the record, too, this one is wrong;
 * else the record is: the key has a hash, the name within the record has none.
 */
static void
check_named(struct chat_fsck *f, const struct kind *kind, struct chat_fsck_row *key, uint64_t id)
{
	union record record;
	char *name =
	    read_record(kind, chat_fsck_rows_find_id(&f->tables[kind->records], id), &record);

	if (name == NULL || is_name_of(name, key))
		return;
	chat_fsck_say(f, STORE_FOUND_DAMAGED, kind->names, key, "%s %.*s: the name leads to %s",
	    kind->word, (int)key->key_len, (const char *)key->key, name);
	if (chat_fsck_id_of(f, kind->names, name) != 0) {
		chat_fsck_rows_drop(key);
		return;
	}
	memcpy(name, key->key, key->key_len);
	name[key->key_len] = '\0';
	put_record(f, kind, &record);
}

static void
check_name(struct chat_fsck *f, const struct kind *kind, struct chat_fsck_row *key)
{
	uint64_t id = key->len == CHAT_KEY_ID ? pack_get_u64(chat_fsck_value(key)) : 0;
	char name[NAME_MAX_BYTES + 1];

	if (id == 0 || !name_valid((const char *)key->key, key->key_len) ||
	    chat_fsck_rows_find_id(&f->tables[kind->others], id) != NULL) {
		chat_fsck_say(f, STORE_FOUND_DAMAGED, kind->names, key,
		    "%ss: the record of a name is damaged", kind->word);
		chat_fsck_rows_drop(key);
		return;
	}
	if (chat_fsck_rows_find_id(&f->tables[kind->records], id) != NULL) {
		check_named(f, kind, key, id);
		return;
	}
	memcpy(name, key->key, key->key_len);
	name[key->key_len] = '\0';
	chat_fsck_say(f, STORE_FOUND_LOST, kind->names, key,
	    "%s %s: what the name stands for, " CHAT_FSCK_NUMBER ", is not there; %s", kind->word,
	    name, id, kind->made);
	make_record(f, kind, id, name);
}

/* A user or group is found by the name in its record, unless the name leads to another. */
static void
give_name_back(struct chat_fsck *f, const struct kind *kind, uint64_t id, const char *name)
{
	uint64_t owner = chat_fsck_id_of(f, kind->names, name);

	if (owner == id)
		return;
	if (owner == 0) {
		chat_fsck_say(f, STORE_FOUND_DAMAGED, kind->names, NULL,
		    "%s %s, " CHAT_FSCK_NUMBER ", is not found by this name", kind->word, name, id);
		put_name(f, kind, name, id);
		return;
	}
	chat_fsck_say(f, STORE_FOUND_LOST, kind->records, NULL,
	    "%s %s, " CHAT_FSCK_NUMBER ": the name is another's; %s", kind->word, name, id,
	    kind->made);
	make_record(f, kind, id, "");
}

/* A removal takes a group's name away first, and its place in the list. */
static bool
was_being_removed(struct chat_fsck *f, const struct chat_group *group)
{
	struct chat_set_row row = { .record = CHAT_SET_INDEX,
		.set = chat_group_names(),
		.member = (const unsigned char *)group->name,
		.member_len = strlen(group->name) };
	unsigned char key[CHAT_SET_KEY];
	size_t len = chat_set_key(key, &row);

	if (f->fsck->tables_damaged ||
	    chat_fsck_rows_find(&f->tables[CHAT_TABLE_SETS], key, len) != NULL ||
	    chat_fsck_id_of(f, CHAT_TABLE_GROUP_NAMES, group->name) == group->id)
		return false;
	chat_fsck_say(f, STORE_FOUND_WARNING, CHAT_TABLE_GROUPS, NULL,
	    "group %s, " CHAT_FSCK_NUMBER ", was not removed to the end", group->name, group->id);
	return true;
}

static void
check_records(struct chat_fsck *f, const struct kind *kind)
{
	const struct chat_fsck_row *row;
	union record record;

	/* Records that are made on the way have their names. */
	for (size_t i = 0; (row = chat_fsck_rows_next(&f->tables[kind->records], &i)) != NULL;) {
		const char *name = read_record(kind, row, &record);

		if (name == NULL)
			continue;
		if (kind == &groups && record.group.owner != 0 &&
		    !chat_fsck_has_user(f, record.group.owner)) {
			chat_fsck_say(f, STORE_FOUND_STALE, kind->records, row,
			    "group %s: the owner is gone", name);
			record.group.owner = 0;
			put_record(f, kind, &record);
		}
		if (kind == &users || !was_being_removed(f, &record.group))
			give_name_back(f, kind, kind == &users ? record.user.id : record.group.id,
			    name);
	}
}

static void
check_kind(struct chat_fsck *f, const struct kind *kind)
{
	size_t n = f->tables[kind->names].n;

	for (size_t i = 0; i < n; i++)
		if (!f->tables[kind->names].list[i].gone)
			check_name(f, kind, &f->tables[kind->names].list[i]);
	check_records(f, kind);
}

int
chat_fsck_users(struct chat_fsck *f)
{
	if (!f->fsck->dry && !are_of_this_program(f))
		return -1;
	drop_damaged(f, &users);
	drop_damaged(f, &groups);
	check_kind(f, &users);
	check_kind(f, &groups);
	return 0;
}
