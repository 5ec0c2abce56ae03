/*
 * What keeps people out of a group, and groups that go with their last member, over bound
 * connections.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "chat/ban.h"
#include "chat/choice.h"
#include "chat/group_delete.h"
#include "chat/janitor.h"
#include "chat/key.h"
#include "chat/member.h"
#include "chat/message.h"
#include "chat/role.h"
#include "chat/speak.h"
#include "chat/user_delete.h"
#include "permit_fixture.h"

#define GROUP chat_text("kopi")

static enum chat_result
ban(const struct chat_session *by, const char *mask)
{
	permit_as_user(by);
	return chat_ban_add(&file_chat, GROUP, &by->user, chat_text(mask));
}

static enum chat_result
unban(const struct chat_session *by, const char *mask)
{
	permit_as_user(by);
	return chat_ban_remove(&file_chat, GROUP, &by->user, chat_text(mask));
}

static enum chat_result
choose(const struct chat_session *by, const char *choice, const char *word)
{
	permit_as_user(by);
	return chat_choice_set(&file_chat, GROUP, &by->user, chat_text(choice), chat_text(word));
}

static enum chat_result
enter_with(const struct chat_session *who, const char *key)
{
	file_config.groups_max = file_config.group_members_max = 10;
	permit_as_user(who);
	return chat_group_enter_with(&file_chat, GROUP, chat_text(key), who->user.id);
}

static enum chat_result
leave(const struct chat_session *who)
{
	permit_as_user(who);
	return chat_group_leave(&file_chat, GROUP, who->user.id);
}

static enum chat_result
invite(const char *user)
{
	permit_as_user(&messi);
	return chat_choice_invite(&file_chat, GROUP, &messi.user, chat_text(user));
}

static struct chat_group
find_group(void)
{
	struct chat_group group;

	ck_assert_int_eq(chat_group_find(&file_chat, GROUP, &group), CHAT_OK);
	return group;
}

static enum chat_result
judge(const struct chat_session *who)
{
	const struct chat_group group = find_group();

	return chat_ban_judge(&file_chat, &group, &who->user);
}

/* The masks of the group, each with a space behind it. */
static const char *
list_masks(void)
{
	static char text[1024];
	const struct chat_group group = find_group();
	struct chat_ban *bans;
	size_t n;

	text[0] = '\0';
	ck_assert_int_eq(chat_ban_list(&file_chat, &group, &bans, &n), CHAT_OK);
	ck_assert_int_eq(group.banned, n > 0);
	for (size_t i = 0; i < n; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s ", bans[i].mask);
	free(bans);
	return text;
}

START_TEST(test_masks)
{
	static const struct {
		const char *mask;
		enum chat_result result;
	} masks[] = {
		{ "lineker", CHAT_BANNED },
		{ "LINEKER", CHAT_BANNED },
		{ "line*", CHAT_BANNED },
		{ "l*r!*@*", CHAT_BANNED },
		{ "l*k*r!*@*", CHAT_BANNED },
		{ "lineker !*@*", CHAT_BAD_ARGUMENT },
		{ "???????"
		  "!*@*",
		    CHAT_BANNED },
		{ "??????"
		  "!*@*",
		    CHAT_OK },
		{ "*!*@surabaya", CHAT_BANNED },
		{ "*@surabaya", CHAT_BANNED },
		{ "*!lineker", CHAT_BANNED },
		{ "*!*@malang", CHAT_OK },
		{ "inek", CHAT_OK },
		{ "", CHAT_BAD_ARGUMENT },
		{ "!@", CHAT_BAD_ARGUMENT },
		{ "a!@b", CHAT_BAD_ARGUMENT },
		{ "a\xff", CHAT_BAD_ARGUMENT },
	};

	for (size_t i = 0; i < sizeof(masks) / sizeof(masks[0]); i++) {
		enum chat_result result = ban(&messi, masks[i].mask);

		if (masks[i].result == CHAT_BAD_ARGUMENT) {
			ck_assert_int_eq(result, CHAT_BAD_ARGUMENT);
			continue;
		}
		ck_assert_int_eq(result, CHAT_OK);
		ck_assert_int_eq(ban(&messi, masks[i].mask), CHAT_ALREADY_MEMBER);
		ck_assert_msg(judge(&lineker) == masks[i].result, "%s", masks[i].mask);
		ck_assert_int_eq(unban(&messi, masks[i].mask), CHAT_OK);
		ck_assert_int_eq(unban(&messi, masks[i].mask), CHAT_NOT_MEMBER);
		ck_assert_int_eq(judge(&lineker), CHAT_OK);
	}
	ck_assert_str_eq(list_masks(), "");
	file_assert_check(NULL);
}
END_TEST

START_TEST(test_ban)
{
	struct chat_group group;

	ck_assert_int_eq(ban(&henderson, "lineker"), CHAT_FORBIDDEN);
	ck_assert_int_eq(ban(&messi, "lineker"), CHAT_OK);
	ck_assert_int_eq(ban(&messi, "*!*@*"), CHAT_OK);
	ck_assert_str_eq(list_masks(), "lineker!*@* *!*@* ");
	ck_assert_int_eq(enter_with(&lineker, ""), CHAT_BANNED);
	/* An invitee is kept out as well, and a member does not speak; the owner does. */
	ck_assert_int_eq(invite("lineker"), CHAT_OK);
	ck_assert_int_eq(enter_with(&lineker, ""), CHAT_BANNED);
	permit_as_user(&henderson);
	ck_assert_int_eq(chat_message_send_group(&file_chat, &henderson, GROUP, chat_text("halo")),
	    CHAT_BANNED);
	ck_assert_int_eq(file_send_group(&henderson, "kopi", "a", "satu"), CHAT_BANNED);
	permit_as_user(&messi);
	ck_assert_int_eq(chat_message_send_group(&file_chat, &messi, GROUP, chat_text("halo")),
	    CHAT_OK);
	group = find_group();
	ck_assert_int_eq(chat_speak_judge_remote(&file_chat, &group, chat_text("pele"),
	                     chat_text("malang")),
	    CHAT_BANNED);
	/* An operator is banned by nothing, and ends the bans of others. */
	ck_assert_int_eq(chat_role_set(&file_chat, GROUP, &messi.user, chat_text("henderson"),
	                     CHAT_ROLE_OPERATOR, true),
	    CHAT_OK);
	ck_assert_int_eq(judge(&henderson), CHAT_OK);
	ck_assert_int_eq(unban(&henderson, "*!*@*"), CHAT_OK);
	ck_assert_int_eq(unban(&henderson, "lineker!*@*"), CHAT_OK);
	ck_assert_int_eq(enter_with(&lineker, ""), CHAT_OK);
	file_assert_check(NULL);
}
END_TEST

START_TEST(test_most)
{
	char mask[16];

	for (int i = 0; i < CHAT_BANS_MOST; i++) {
		snprintf(mask, sizeof(mask), "u%d", i);
		ck_assert_int_eq(ban(&messi, mask), CHAT_OK);
	}
	ck_assert_int_eq(ban(&messi, "lineker"), CHAT_TOO_MANY);
	ck_assert_int_eq(unban(&messi, "u7"), CHAT_OK);
	ck_assert_int_eq(ban(&messi, "lineker"), CHAT_OK);
	file_assert_check(NULL);
	/* They go with the group. */
	permit_as_user(&messi);
	ck_assert_int_eq(chat_group_delete(&file_chat, GROUP), CHAT_OK);
	file_assert_check(NULL);
}
END_TEST

START_TEST(test_record)
{
	static struct chat_bans bans, read;
	static unsigned char data[CHAT_BAN_RECORD];
	size_t len;

	bans.n = 1;
	memcpy(bans.list[0].mask, "a!*@*", sizeof("a!*@*"));
	memcpy(bans.list[0].by, "messi", sizeof("messi"));
	bans.list[0].ms = 7;
	len = chat_ban_pack(data, &bans);
	ck_assert(chat_ban_parse(&read, data, len));
	ck_assert_uint_eq(read.n, 1);
	ck_assert_str_eq(read.list[0].mask, "a!*@*");
	ck_assert_str_eq(read.list[0].by, "messi");
	ck_assert_int_eq(read.list[0].ms, 7);
	ck_assert(!chat_ban_parse(&read, data, len - 1));
	data[2] = 0;
	ck_assert(!chat_ban_parse(&read, data, len));
	bans.n = CHAT_BANS_MOST;
	for (size_t i = 0; i < bans.n; i++) {
		struct chat_ban *at = &bans.list[i];

		memset(at->mask, 'a', CHAT_BAN_MASK);
		memcpy(at->mask, "b!c@", 4);
		at->mask[CHAT_BAN_MASK] = '\0';
		memset(at->by, 'd', NAME_MAX_BYTES);
		at->by[NAME_MAX_BYTES] = '\0';
	}
	ck_assert_uint_eq(chat_ban_pack(data, &bans), CHAT_BAN_RECORD);
	ck_assert(chat_ban_parse(&read, data, CHAT_BAN_RECORD));
}
END_TEST

/* The record of bans and the group's change together, in the own name. */
static enum store_status
forge_ban(const struct chat_session *by, const char *name, bool flagged)
{
	static struct chat_bans bans;
	static unsigned char data[CHAT_BAN_RECORD];
	struct chat_group before = find_group(), after = before;

	bans.n = 1;
	memcpy(bans.list[0].mask, "a!*@*", sizeof("a!*@*"));
	memcpy(bans.list[0].by, name, strlen(name) + 1);
	after.banned = 1;
	permit_as_user(by);
	store_tx_init(&permit_tx);
	if (flagged)
		chat_group_tx_change(&permit_tx, &before, &after);
	else
		chat_group_tx_expect(&permit_tx, &before);
	chat_key_swap(&permit_tx, CHAT_TABLE_BANS, permit_id(kopi), CHAT_KEY_ID, NULL, 0, data,
	    chat_ban_pack(data, &bans));
	return permit_commit();
}

/* One more than forge_ban() has put there in messi's name. */
static enum store_status
forge_second(const struct chat_session *by)
{
	static struct chat_bans bans;
	static unsigned char old[CHAT_BAN_RECORD], new[CHAT_BAN_RECORD];
	size_t old_len, new_len;

	bans.n = 1;
	memcpy(bans.list[0].mask, "a!*@*", sizeof("a!*@*"));
	memcpy(bans.list[0].by, "messi", sizeof("messi"));
	old_len = chat_ban_pack(old, &bans);
	bans.n = 2;
	memcpy(bans.list[1].mask, "b!*@*", sizeof("b!*@*"));
	memcpy(bans.list[1].by, by->user.name, strlen(by->user.name) + 1);
	new_len = chat_ban_pack(new, &bans);
	permit_as_user(by);
	store_tx_init(&permit_tx);
	permit_expect_group(kopi);
	chat_key_swap(&permit_tx, CHAT_TABLE_BANS, permit_id(kopi), CHAT_KEY_ID, old, old_len, new,
	    new_len);
	return permit_commit();
}

START_TEST(test_forged_ban)
{
	struct chat_group before = find_group(), after = before;

	ck_assert_int_eq(forge_ban(&henderson, "henderson", true), STORE_FORBIDDEN);
	ck_assert_int_eq(forge_ban(&messi, "henderson", true), STORE_FORBIDDEN);
	ck_assert_int_eq(forge_ban(&messi, "messi", false), STORE_FORBIDDEN);
	after.banned = 1;
	permit_as_user(&messi);
	store_tx_init(&permit_tx);
	chat_group_tx_change(&permit_tx, &before, &after);
	PERMIT_FORBIDDEN();
	ck_assert_int_eq(forge_ban(&messi, "messi", true), STORE_OK);
	before.banned = 1;
	permit_as_user(&messi);
	store_tx_init(&permit_tx);
	chat_group_tx_expect(&permit_tx, &before);
	store_tx_delete(&permit_tx, CHAT_TABLE_BANS, permit_id(kopi), CHAT_KEY_ID);
	PERMIT_FORBIDDEN();
	ck_assert_int_eq(forge_second(&henderson), STORE_FORBIDDEN);
	ck_assert_int_eq(forge_second(&messi), STORE_OK);
	file_assert_check(NULL);
}
END_TEST

/* Joining as chat does it, without looking whether the group lets the user in. */
static enum store_status
forge_joining(const struct chat_session *who)
{
	permit_as_user(who);
	store_tx_init(&permit_tx);
	permit_expect_group(kopi);
	ck_assert_int_eq(chat_member_tx_join(&file_chat, &permit_tx, kopi, who->user.id), CHAT_OK);
	return permit_commit();
}

START_TEST(test_key)
{
	char long_key[CHAT_GROUP_KEY_MAX + 2];

	memset(long_key, 'a', sizeof(long_key) - 1);
	long_key[sizeof(long_key) - 1] = '\0';
	ck_assert_int_eq(choose(&messi, "key", long_key), CHAT_BAD_ARGUMENT);
	ck_assert_int_eq(choose(&messi, "key", "a b"), CHAT_BAD_ARGUMENT);
	ck_assert_int_eq(choose(&messi, "key", "a,b"), CHAT_BAD_ARGUMENT);
	ck_assert_int_eq(choose(&messi, "key", ""), CHAT_BAD_ARGUMENT);
	ck_assert_int_eq(choose(&messi, "key", long_key + 1), CHAT_OK);
	ck_assert_int_eq(choose(&messi, "key", "Rahasia"), CHAT_OK);
	ck_assert_int_eq(enter_with(&lineker, ""), CHAT_BAD_KEY);
	ck_assert_int_eq(enter_with(&lineker, "rahasia"), CHAT_BAD_KEY);
	ck_assert_int_eq(enter_with(&lineker, "Rahasia"), CHAT_OK);
	ck_assert_int_eq(leave(&lineker), CHAT_OK);
	ck_assert_int_eq(invite("lineker"), CHAT_OK);
	ck_assert_int_eq(enter_with(&lineker, ""), CHAT_OK);
	ck_assert_int_eq(leave(&lineker), CHAT_OK);
	ck_assert_int_eq(choose(&messi, "key", "off"), CHAT_OK);
	ck_assert_int_eq(enter_with(&lineker, "teh"), CHAT_OK);
	file_assert_check(NULL);
}
END_TEST

START_TEST(test_limit)
{
	ck_assert_int_eq(choose(&messi, "limit", "0"), CHAT_BAD_ARGUMENT);
	ck_assert_int_eq(choose(&messi, "limit", "dua"), CHAT_BAD_ARGUMENT);
	ck_assert_int_eq(choose(&messi, "limit", "4294967296"), CHAT_BAD_ARGUMENT);
	ck_assert_int_eq(choose(&messi, "limit", "2"), CHAT_OK);
	ck_assert_int_eq(enter_with(&lineker, ""), CHAT_GROUP_FULL);
	ck_assert_int_eq(forge_joining(&lineker), STORE_FORBIDDEN);
	ck_assert_int_eq(choose(&messi, "limit", "3"), CHAT_OK);
	ck_assert_int_eq(forge_joining(&lineker), STORE_OK);
	ck_assert_int_eq(leave(&lineker), CHAT_OK);
	ck_assert_int_eq(enter_with(&lineker, ""), CHAT_OK);
	ck_assert_int_eq(leave(&lineker), CHAT_OK);
	ck_assert_int_eq(choose(&messi, "limit", "1"), CHAT_OK);
	ck_assert_int_eq(invite("lineker"), CHAT_OK);
	ck_assert_int_eq(enter_with(&lineker, ""), CHAT_OK);
	ck_assert_int_eq(leave(&lineker), CHAT_OK);
	ck_assert_int_eq(choose(&messi, "limit", "off"), CHAT_OK);
	ck_assert_int_eq(ban(&messi, "lineker"), CHAT_OK);
	ck_assert_int_eq(forge_joining(&lineker), STORE_FORBIDDEN);
	file_assert_check(NULL);
}
END_TEST

START_TEST(test_secret)
{
	struct chat_group group;

	ck_assert_int_eq(choose(&messi, "secret", "on"), CHAT_OK);
	group = find_group();
	ck_assert(chat_choice_hidden(&group));
	ck_assert(!chat_choice_listed(&file_chat, "kopi", lineker.user.id));
	ck_assert(chat_choice_listed(&file_chat, "kopi", henderson.user.id));
	ck_assert_int_eq(chat_choice_visible(&file_chat, &group, &lineker.user), CHAT_NOT_MEMBER);
	ck_assert_int_eq(chat_choice_visible(&file_chat, &group, &henderson.user), CHAT_OK);
	ck_assert_int_eq(enter_with(&lineker, ""), CHAT_OK);
}
END_TEST

static void
make_temporary(void)
{
	struct chat_group group = { .owner = lineker.user.id, .name = "teh", .temporary = 1 };

	file_config.groups_max = file_config.group_members_max = file_config.groups_own_max = 10;
	permit_as_user(&lineker);
	ck_assert_int_eq(chat_group_make(&file_chat, &group, true), CHAT_OK);
}

/* A temporary group goes with its last member, whoever that is. */
START_TEST(test_temporary)
{
	struct chat_group group;

	make_temporary();
	permit_as_user(&henderson);
	ck_assert_int_eq(chat_group_enter(&file_chat, chat_text("teh"), henderson.user.id),
	    CHAT_OK);
	permit_as_user(&lineker);
	ck_assert_int_eq(chat_group_leave(&file_chat, chat_text("teh"), lineker.user.id), CHAT_OK);
	ck_assert_int_eq(chat_group_find(&file_chat, chat_text("teh"), &group), CHAT_OK);
	/* Nobody ends it while somebody is in it. */
	ck_assert_int_eq(chat_group_delete(&file_chat, chat_text("teh")), CHAT_FORBIDDEN);
	permit_as_user(&henderson);
	ck_assert_int_eq(chat_group_leave(&file_chat, chat_text("teh"), henderson.user.id),
	    CHAT_OK);
	ck_assert_int_eq(chat_group_find(&file_chat, chat_text("teh"), &group), CHAT_NO_GROUP);
	permit_as_nobody();
	file_assert_check(NULL);
	/* Also with the account of its last member. */
	make_temporary();
	permit_as_nobody();
	ck_assert_int_eq(chat_user_delete(&file_chat, chat_text("lineker")), CHAT_OK);
	ck_assert_int_eq(chat_group_find(&file_chat, chat_text("teh"), &group), CHAT_NO_GROUP);
	file_assert_check(NULL);
}
END_TEST

/* One that is not temporary stays, and no worker says otherwise of it. */
START_TEST(test_lasting)
{
	struct chat_group before = find_group(), after = before;

	after.temporary = 1;
	permit_as_user(&messi);
	store_tx_init(&permit_tx);
	chat_group_tx_change(&permit_tx, &before, &after);
	PERMIT_FORBIDDEN();
	ck_assert_int_eq(leave(&messi), CHAT_OK);
	ck_assert_int_eq(leave(&henderson), CHAT_OK);
	before = find_group();
	permit_as_user(&lineker);
	ck_assert_int_eq(chat_group_delete_empty(&file_chat, &before), CHAT_FORBIDDEN);
	file_assert_check(NULL);
}
END_TEST

static void
put(int table, const void *value, size_t len)
{
	permit_as_nobody();
	store_tx_init(&permit_tx);
	if (value == NULL)
		store_tx_delete(&permit_tx, table, permit_id(kopi), CHAT_KEY_ID);
	else
		store_tx_put(&permit_tx, table, permit_id(kopi), CHAT_KEY_ID, value, len);
	PERMIT_ALLOWED();
}

/* What a death or a damaged disk may leave is found. */
START_TEST(test_check)
{
	static unsigned char bans[CHAT_BAN_RECORD];
	struct chat_group group = find_group();
	unsigned char data[CHAT_GROUP_RECORD];
	size_t len;

	permit_as_nobody();
	group.banned = 1;
	len = chat_group_pack(data, &group);
	put(CHAT_TABLE_GROUPS, data, len);
	file_assert_check("group kopi: its record says that it has bans, which are not there");
	group.banned = 0;
	put(CHAT_TABLE_GROUPS, data, chat_group_pack(data, &group));
	ck_assert_int_eq(ban(&messi, "lineker"), CHAT_OK);
	permit_as_nobody();
	ck_assert_int_eq(store_get(file_chat.store, CHAT_TABLE_BANS, permit_id(kopi), CHAT_KEY_ID,
	                     bans, sizeof(bans), &len),
	    STORE_OK);
	put(CHAT_TABLE_GROUPS, data, chat_group_pack(data, &group));
	file_assert_check("group kopi: its record says that it has no bans");
	put(CHAT_TABLE_BANS, "x", 1);
	file_assert_check("the record of a group's bans is damaged");
	put(CHAT_TABLE_BANS, NULL, 0);
	store_tx_init(&permit_tx);
	store_tx_put(&permit_tx, CHAT_TABLE_BANS, permit_id(999999), CHAT_KEY_ID, bans, len);
	PERMIT_ALLOWED();
	file_assert_check("bans of a group that is gone");
}
END_TEST

/* The janitor ends what the last member could not. */
START_TEST(test_janitor)
{
	struct chat_janitor janitor;
	struct chat_group group;

	make_temporary();
	permit_as_nobody();
	ck_assert_int_eq(chat_group_find(&file_chat, chat_text("teh"), &group), CHAT_OK);
	ck_assert_int_eq(chat_janitor_run(&file_chat, &janitor), CHAT_OK);
	ck_assert_int_eq(chat_group_find(&file_chat, chat_text("teh"), &group), CHAT_OK);
	store_tx_init(&permit_tx);
	ck_assert_int_eq(chat_member_tx_leave(&file_chat, &permit_tx, group.id, lineker.user.id),
	    CHAT_OK);
	PERMIT_ALLOWED();
	ck_assert_int_eq(chat_janitor_run(&file_chat, &janitor), CHAT_OK);
	ck_assert_int_eq(chat_group_find(&file_chat, chat_text("teh"), &group), CHAT_NO_GROUP);
	ck_assert_int_eq(chat_group_find(&file_chat, GROUP, &group), CHAT_OK);
	file_assert_check(NULL);
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = { test_masks, test_ban, test_most, test_record,
		test_forged_ban, test_key, test_limit, test_secret, test_temporary, test_lasting,
		test_check, test_janitor };

	return permit_main("permit_ban", tests, sizeof(tests) / sizeof(tests[0]));
}
