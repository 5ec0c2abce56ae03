/*
 * chat_repair_people: accounts and groups, and their names. A name whose account is lost gets an
 * account that is locked; an account or group whose name is lost gets it back from its record.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "chat/fsck/repair_int.h"
#include "chat/group.h"
#include "chat/user.h"

#define BAD_ACCOUNTS 8 /* more than half of them */

void
chat_repair_id(struct chat_repair *r, uint64_t id)
{
	if (id > r->highest_id)
		r->highest_id = id;
}

static bool
has_id(struct repair_rows *rows, uint64_t id)
{
	unsigned char key[CHAT_KEY_ID];

	chat_key_id(key, id);
	return repair_rows_find(rows, key, sizeof(key)) != NULL;
}

bool
chat_repair_has_user(struct chat_repair *r, uint64_t id)
{
	return has_id(&r->tables[STORE_USERS], id);
}

bool
chat_repair_has_group(struct chat_repair *r, uint64_t id)
{
	return has_id(&r->tables[STORE_GROUPS], id);
}

static void
put_user(struct chat_repair *r, const struct chat_user *user)
{
	unsigned char key[CHAT_KEY_ID], data[CHAT_USER_RECORD];
	size_t len = chat_user_pack(data, user);

	chat_key_id(key, user->id);
	repair_rows_put(&r->tables[STORE_USERS], key, sizeof(key), data, len);
}

static void
put_group(struct chat_repair *r, const struct chat_group *group)
{
	unsigned char key[CHAT_KEY_ID], data[CHAT_GROUP_RECORD];
	size_t len = chat_group_pack(data, group);

	chat_key_id(key, group->id);
	repair_rows_put(&r->tables[STORE_GROUPS], key, sizeof(key), data, len);
}

/* Whose name this is, 0: nobody's. */
static uint64_t
id_of_name(struct chat_repair *r, enum store_table names, const char *name, size_t len)
{
	char folded[NAME_MAX_BYTES];
	size_t folded_len = name_fold(name, len, folded);

	return repair_rows_number(&r->tables[names], folded, folded_len);
}

static void
put_name(struct chat_repair *r, enum store_table names, const char *name, uint64_t id)
{
	char folded[NAME_MAX_BYTES];
	size_t len = name_fold(name, strlen(name), folded);

	repair_rows_put_number(&r->tables[names], folded, len, id);
}

/* The name, or one that says whose it was, where it is taken or none. */
static void
choose_name(struct chat_repair *r, enum store_table names, uint64_t id, const char *name,
    size_t len, char chosen[NAME_MAX_BYTES + 1])
{
	uint64_t owner = len == 0 ? 0 : id_of_name(r, names, name, len);

	if (name_valid(name, len) && !name_reserved(name, len) && (owner == 0 || owner == id)) {
		memcpy(chosen, name, len);
		chosen[len] = '\0';
	} else {
		snprintf(chosen, NAME_MAX_BYTES + 1, "lost-%" PRIu64, id);
	}
}

void
chat_repair_make_user(struct chat_repair *r, uint64_t id, const char *name, size_t len)
{
	struct chat_user user = { .id = id,
		.locked = true,
		.epoch = 1,
		.created_ms = clock_now_ms() };

	choose_name(r, STORE_USER_NAMES, id, name, len, user.name);
	put_user(r, &user);
	put_name(r, STORE_USER_NAMES, user.name, id);
	chat_repair_id(r, id);
	store_fsck_say(r->fsck, STORE_FOUND_LOST, 0,
	    "account %s, number %" PRIu64 ": all but its %s; it has no password and is locked",
	    user.name, id, len > 0 ? "name" : "number");
}

void
chat_repair_make_group(struct chat_repair *r, uint64_t id, const char *name, size_t len)
{
	struct chat_group group = { .id = id, .created_ms = clock_now_ms() };

	choose_name(r, STORE_GROUP_NAMES, id, name, len, group.name);
	put_group(r, &group);
	put_name(r, STORE_GROUP_NAMES, group.name, id);
	chat_repair_id(r, id);
	store_fsck_say(r->fsck, STORE_FOUND_LOST, 0, "group %s, number %" PRIu64 ": whose it is",
	    group.name, id);
}

/* What a newer program has written is not damaged. */
static bool
is_known(struct chat_repair *r)
{
	const struct repair_rows *rows = &r->tables[STORE_USERS];
	struct chat_user user;
	size_t bad = 0;

	for (size_t i = 0; i < rows->n; i++)
		bad += rows->list[i].key_len != CHAT_KEY_ID ||
		    !chat_user_parse(&user, 0, rows->list[i].value, rows->list[i].len);
	if (bad <= rows->n / 2 + BAD_ACCOUNTS)
		return true;
	log_warnx("most accounts cannot be read: were they made by a newer kabar?");
	return false;
}

/* Users and groups whose records cannot be read have nothing but their names. */
static void
drop_damaged(struct chat_repair *r, enum store_table table)
{
	struct repair_rows *rows = &r->tables[table];
	struct chat_group group;
	struct chat_user user;

	for (size_t i = 0; i < rows->n; i++) {
		struct repair_record *record = &rows->list[i];
		uint64_t id = record->key_len == CHAT_KEY_ID ? pack_get_u64(record->key) : 0;
		bool good = id != 0 &&
		    record->len <= (table == STORE_USERS ? CHAT_USER_RECORD : CHAT_GROUP_RECORD) &&
		    (table == STORE_USERS
		            ? chat_user_parse(&user, id, record->value, record->len)
		            : chat_group_parse(&group, id, record->value, record->len));

		if (good) {
			chat_repair_id(r, id);
			continue;
		}
		repair_rows_drop(record);
		store_fsck_say(r->fsck, STORE_FOUND_LOST, 0, "the record of %s number %" PRIu64,
		    table == STORE_USERS ? "account" : "group", id);
	}
}

static bool
is_named(const char *name, const struct repair_record *key)
{
	char folded[NAME_MAX_BYTES];

	return name_fold(name, strlen(name), folded) == key->key_len &&
	    memcmp(folded, key->key, key->key_len) == 0;
}

/* The key has a hash, the name within the record has none. */
static void
rename_user(struct chat_repair *r, struct chat_user *user, const struct repair_record *key)
{
	memcpy(user->name, key->key, key->key_len);
	user->name[key->key_len] = '\0';
	put_user(r, user);
	store_fsck_say(r->fsck, STORE_FOUND_DAMAGED, 0, "the name of account %s", user->name);
}

static void
rename_group(struct chat_repair *r, struct chat_group *group, const struct repair_record *key)
{
	memcpy(group->name, key->key, key->key_len);
	group->name[key->key_len] = '\0';
	put_group(r, group);
	store_fsck_say(r->fsck, STORE_FOUND_DAMAGED, 0, "the name of group %s", group->name);
}

/* A name whose record says another one, which is found by itself or not. */
static void
settle_named(struct chat_repair *r, enum store_table names, struct repair_record *key, uint64_t id)
{
	unsigned char id_key[CHAT_KEY_ID];
	const struct repair_record *record;
	struct chat_group group;
	struct chat_user user;

	chat_key_id(id_key, id);
	record =
	    repair_rows_find(&r->tables[names == STORE_USER_NAMES ? STORE_USERS : STORE_GROUPS],
	        id_key, sizeof(id_key));
	if (names == STORE_USER_NAMES) {
		if (!chat_user_parse(&user, id, record->value, record->len) ||
		    is_named(user.name, key))
			return;
		if (id_of_name(r, names, user.name, strlen(user.name)) == 0)
			rename_user(r, &user, key);
		else
			repair_rows_drop(key);
		return;
	}
	if (!chat_group_parse(&group, id, record->value, record->len) || is_named(group.name, key))
		return;
	if (id_of_name(r, names, group.name, strlen(group.name)) == 0)
		rename_group(r, &group, key);
	else
		repair_rows_drop(key);
}

static void
settle_name(struct chat_repair *r, enum store_table names, size_t index)
{
	bool users = names == STORE_USER_NAMES;
	struct repair_record *key = &r->tables[names].list[index];
	char name[NAME_MAX_BYTES + 1];
	size_t len = key->key_len;
	uint64_t id = key->len == 8 ? pack_get_u64(key->value) : 0;

	if (key->gone)
		return;
	if (id == 0 || !name_valid((const char *)key->key, len) ||
	    (users ? chat_repair_has_group(r, id) : chat_repair_has_user(r, id))) {
		repair_rows_drop(key);
		return;
	}
	if (users ? chat_repair_has_user(r, id) : chat_repair_has_group(r, id)) {
		settle_named(r, names, key, id);
		return;
	}
	memcpy(name, key->key, len);
	if (users)
		chat_repair_make_user(r, id, name, len);
	else
		chat_repair_make_group(r, id, name, len);
}

/* By its record a user or group is found by name, unless another one is. */
static void
give_name_back(struct chat_repair *r, enum store_table names, uint64_t id, const char *name)
{
	uint64_t owner = id_of_name(r, names, name, strlen(name));

	if (owner == id)
		return;
	if (owner == 0) {
		put_name(r, names, name, id);
		store_fsck_say(r->fsck, STORE_FOUND_DAMAGED, 0,
		    "%s, number %" PRIu64 ", is found by name again", name, id);
	} else if (names == STORE_USER_NAMES) {
		chat_repair_make_user(r, id, "", 0);
	} else {
		chat_repair_make_group(r, id, "", 0);
	}
}

int
chat_repair_users(struct chat_repair *r)
{
	struct repair_rows *rows = &r->tables[STORE_USERS];
	struct chat_user user;

	if (!is_known(r))
		return -1;
	drop_damaged(r, STORE_USERS);
	drop_damaged(r, STORE_GROUPS);
	for (size_t i = 0, n = r->tables[STORE_USER_NAMES].n; i < n; i++)
		settle_name(r, STORE_USER_NAMES, i);
	for (size_t i = 0, n = rows->n; i < n; i++) {
		const struct repair_record *record = &rows->list[i];

		if (!record->gone &&
		    chat_user_parse(&user, pack_get_u64(record->key), record->value, record->len))
			give_name_back(r, STORE_USER_NAMES, user.id, user.name);
	}
	return 0;
}

/* One that was being removed has lost its name first, and its place in the list. */
static bool
was_being_removed(struct chat_repair *r, const struct chat_group *group)
{
	struct chat_set_row row = { .record = CHAT_SET_INDEX,
		.set = chat_group_names(),
		.member = (const unsigned char *)group->name,
		.member_len = strlen(group->name) };
	unsigned char key[CHAT_SET_KEY];
	size_t len = chat_set_key(key, &row);

	return !r->fsck->tables_damaged &&
	    repair_rows_find(&r->tables[STORE_SETS], key, len) == NULL &&
	    id_of_name(r, STORE_GROUP_NAMES, group->name, strlen(group->name)) != group->id;
}

int
chat_repair_groups(struct chat_repair *r)
{
	struct repair_rows *rows = &r->tables[STORE_GROUPS];
	struct chat_group group;

	for (size_t i = 0, n = r->tables[STORE_GROUP_NAMES].n; i < n; i++)
		settle_name(r, STORE_GROUP_NAMES, i);
	for (size_t i = 0, n = rows->n; i < n; i++) {
		const struct repair_record *record = &rows->list[i];

		if (record->gone ||
		    !chat_group_parse(&group, pack_get_u64(record->key), record->value,
		        record->len))
			continue;
		if (group.owner != 0 && !chat_repair_has_user(r, group.owner)) {
			group.owner = 0;
			put_group(r, &group);
			store_fsck_say(r->fsck, STORE_FOUND_DAMAGED, 0,
			    "group %s, whose owner is gone", group.name);
		}
		if (!was_being_removed(r, &group))
			give_name_back(r, STORE_GROUP_NAMES, group.id, group.name);
	}
	return 0;
}
