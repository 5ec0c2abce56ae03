/*
 * What a group's owner chooses, and whom the owner invites: the verbs, over connections that are
 * bound to who does it, and forgeries of others. For each forgery there is a transaction that
 * differs in one thing and is allowed.
 */
#include <string.h>

#include "base/clock.h"
#include "chat/choice.h"
#include "chat/file/quota.h"
#include "chat/group_delete.h"
#include "chat/invitee.h"
#include "chat/key.h"
#include "chat/member.h"
#include "chat/user_delete.h"
#include "permit_fixture.h"

#define GROUP chat_text("kopi")

static enum chat_result
choose(const struct chat_session *by, const char *choice, const char *word)
{
	permit_as_user(by);
	return chat_choice_set(&file_chat, GROUP, &by->user, chat_text(choice), chat_text(word));
}

static enum chat_result
invite(const struct chat_session *by, const char *user)
{
	permit_as_user(by);
	return chat_choice_invite(&file_chat, GROUP, &by->user, chat_text(user));
}

static enum chat_result
uninvite(const struct chat_session *by, const char *user)
{
	permit_as_user(by);
	return chat_choice_uninvite(&file_chat, GROUP, &by->user, chat_text(user));
}

static enum chat_result
enter(const struct chat_session *who)
{
	file_config.groups_max = file_config.group_members_max = 10;
	permit_as_user(who);
	return chat_group_enter(&file_chat, GROUP, who->user.id);
}

/* A record without choices is the one of before, and each content has one form. */
START_TEST(test_record)
{
	struct chat_group group = { .owner = 7, .created_ms = 8, .name = "kopi" }, read;
	unsigned char data[CHAT_GROUP_RECORD];
	char word[CHAT_CHOICE_WORD];
	size_t len = chat_group_pack(data, &group);

	ck_assert_uint_eq(data[0], 2);
	ck_assert(chat_group_parse(&read, 9, data, len));
	ck_assert_uint_eq(read.private, 0);
	ck_assert_str_eq(chat_choice_word(&file_config, &read, CHAT_CHOICE_PRIVATE, word), "off");
	ck_assert_str_eq(chat_choice_word(&file_config, &read, CHAT_CHOICE_HISTORY, word),
	    "closed");
	ck_assert_str_eq(chat_choice_word(&file_config, &read, CHAT_CHOICE_FILES, word), "owner");
	file_config.group_history = CONFIG_GROUP_HISTORY_OPEN;
	file_config.group_files = CONFIG_GROUP_FILES_SHARED;
	ck_assert_str_eq(chat_choice_word(&file_config, &read, CHAT_CHOICE_HISTORY, word), "open");
	ck_assert_str_eq(chat_choice_word(&file_config, &read, CHAT_CHOICE_FILES, word), "members");
	group.private = 1;
	len = chat_group_pack(data, &group);
	ck_assert(chat_group_parse(&read, 9, data, len));
	ck_assert_uint_eq(read.private, 1);
	ck_assert(!chat_group_parse(&read, 9, data, len - 1));
	data[len - 3] = 0;
	ck_assert(!chat_group_parse(&read, 9, data, len));
	for (size_t i = 1; i <= 3; i++) {
		data[len - 3] = 1;
		data[len - i] = 3;
		ck_assert(!chat_group_parse(&read, 9, data, len));
		data[len - i] = 0;
	}
}
END_TEST

/* Messi owns kopi; henderson is a member, lineker is none. */
START_TEST(test_private)
{
	ck_assert_int_eq(choose(&henderson, "private", "on"), CHAT_FORBIDDEN);
	ck_assert_int_eq(choose(&messi, "private", "maybe"), CHAT_BAD_ARGUMENT);
	ck_assert_int_eq(choose(&messi, "colour", "on"), CHAT_BAD_ARGUMENT);
	ck_assert(chat_choice_listed(&file_chat, "kopi", lineker.user.id));
	ck_assert_int_eq(choose(&messi, "private", "ON"), CHAT_OK);
	ck_assert(!chat_choice_listed(&file_chat, "kopi", lineker.user.id));
	ck_assert(chat_choice_listed(&file_chat, "kopi", henderson.user.id));
	ck_assert_int_eq(enter(&lineker), CHAT_NOT_INVITED);
	ck_assert_int_eq(invite(&lineker, "lineker"), CHAT_FORBIDDEN);
	ck_assert_int_eq(invite(&henderson, "lineker"), CHAT_FORBIDDEN);
	ck_assert_int_eq(invite(&messi, "henderson"), CHAT_ALREADY_MEMBER);
	ck_assert_int_eq(invite(&messi, "nobody"), CHAT_NO_USER);
	ck_assert_int_eq(invite(&messi, "lineker@malang"), CHAT_NO_USER);
	ck_assert_int_eq(invite(&messi, "Lineker"), CHAT_OK);
	ck_assert_int_eq(invite(&messi, "lineker"), CHAT_OK);
	/* Invitees see it in no list, and join once. */
	ck_assert(!chat_choice_listed(&file_chat, "kopi", lineker.user.id));
	ck_assert_int_eq(enter(&lineker), CHAT_OK);
	ck_assert_int_eq(chat_group_leave(&file_chat, GROUP, lineker.user.id), CHAT_OK);
	ck_assert_int_eq(enter(&lineker), CHAT_NOT_INVITED);
	file_assert_check(NULL);
}
END_TEST

START_TEST(test_uninvite)
{
	ck_assert_int_eq(choose(&messi, "private", "on"), CHAT_OK);
	ck_assert_int_eq(uninvite(&messi, "lineker"), CHAT_NOT_INVITED);
	ck_assert_int_eq(invite(&messi, "lineker"), CHAT_OK);
	ck_assert_int_eq(uninvite(&henderson, "lineker"), CHAT_FORBIDDEN);
	ck_assert_int_eq(uninvite(&messi, "lineker"), CHAT_OK);
	ck_assert_int_eq(enter(&lineker), CHAT_NOT_INVITED);
	ck_assert_int_eq(invite(&messi, "lineker"), CHAT_OK);
	ck_assert_int_eq(uninvite(&lineker, "lineker"), CHAT_OK);
	ck_assert_int_eq(enter(&lineker), CHAT_NOT_INVITED);
	ck_assert_int_eq(choose(&messi, "private", "off"), CHAT_OK);
	ck_assert_int_eq(enter(&lineker), CHAT_OK);
	file_assert_check(NULL);
}
END_TEST

static void
pass_moment(void)
{
	int64_t now_ms = clock_now_ms();

	while (clock_now_ms() == now_ms)
		continue;
}

/* The file `a` of kopi becomes this user's, as chat_file_put() does it. */
static enum store_status
forge_file(const struct chat_session *by)
{
	unsigned char key[CHAT_FILE_KEY], old[CHAT_FILE_RECORD], new[CHAT_FILE_RECORD];
	struct chat_conversation with = chat_conversation_group(kopi);
	size_t key_len = chat_file_key(key, with, chat_text("a"));
	struct chat_file before, after;

	permit_as_user(by);
	ck_assert_int_eq(chat_file_get(&file_chat, with, chat_text("a"), &before), CHAT_OK);
	after = before;
	after.owner = by->user.id;
	store_tx_init(&permit_tx);
	ck_assert_int_eq(chat_quota_tx(&file_chat, &permit_tx, &before, &after), CHAT_OK);
	chat_key_swap(&permit_tx, CHAT_TABLE_FILES, key, key_len, old, chat_file_pack(old, &before),
	    new, chat_file_pack(new, &after));
	return permit_commit();
}

/* A new member fetches what was sent before only where the owner, or else the realm, opens it. */
START_TEST(test_history)
{
	ck_assert_int_eq(file_send_group(&henderson, "kopi", "a", "dulu"), CHAT_OK);
	/* Of the moment of joining both may be. */
	pass_moment();
	ck_assert_int_eq(enter(&lineker), CHAT_OK);
	permit_as_nobody();
	ck_assert_str_eq(file_get(&lineker, "kopi", "a"), "= no such file");
	ck_assert_str_eq(file_list(&lineker), "");
	ck_assert_str_eq(file_get(&messi, "kopi", "a"), "dulu");
	ck_assert_int_eq(file_send_group(&lineker, "kopi", "b", "baru"), CHAT_OK);
	ck_assert_str_eq(file_list(&lineker), "kopi: b");
	ck_assert_int_eq(choose(&henderson, "history", "open"), CHAT_FORBIDDEN);
	ck_assert_int_eq(choose(&messi, "history", "open"), CHAT_OK);
	ck_assert_str_eq(file_get(&lineker, "kopi", "a"), "dulu");
	ck_assert_str_eq(file_list(&lineker), "kopi: a b");
	file_config.group_history = CONFIG_GROUP_HISTORY_OPEN;
	ck_assert_int_eq(choose(&messi, "history", "closed"), CHAT_OK);
	ck_assert_str_eq(file_get(&lineker, "kopi", "a"), "= no such file");
	/* What is sent anew is open, and the own file, also to who comes again. */
	permit_as_nobody();
	ck_assert_int_eq(file_send_group(&henderson, "kopi", "a", "lagi"), CHAT_OK);
	ck_assert_str_eq(file_get(&lineker, "kopi", "a"), "lagi");
	ck_assert_int_eq(chat_group_leave(&file_chat, GROUP, lineker.user.id), CHAT_OK);
	pass_moment();
	ck_assert_int_eq(enter(&lineker), CHAT_OK);
	ck_assert_str_eq(file_list(&lineker), "kopi: b");
	file_assert_check(NULL);
}
END_TEST

/* The owner's choice stands above the setting, and the committer keeps it. */
START_TEST(test_files)
{
	struct chat_session *members[] = { &henderson, &messi, &lineker };

	ck_assert_int_eq(enter(&lineker), CHAT_OK);
	permit_as_user(&messi);
	ck_assert_int_eq(file_send_group(&messi, "kopi", "a", "satu"), CHAT_OK);
	permit_as_user(&henderson);
	ck_assert_int_eq(file_send_group(&henderson, "kopi", "a", "dua"), CHAT_FORBIDDEN);
	ck_assert_int_eq(choose(&henderson, "files", "members"), CHAT_FORBIDDEN);
	ck_assert_int_eq(choose(&messi, "files", "members"), CHAT_OK);
	for (size_t i = 0; i < 3; i++) {
		permit_as_user(members[i]);
		ck_assert_int_eq(file_send_group(members[i], "kopi", "a", "tiga"), CHAT_OK);
	}
	file_config.group_files = CONFIG_GROUP_FILES_SHARED;
	ck_assert_int_eq(choose(&messi, "files", "owner"), CHAT_OK);
	permit_as_user(&henderson);
	ck_assert_int_eq(file_send_group(&henderson, "kopi", "a", "empat"), CHAT_FORBIDDEN);
	/* Nor does a worker that passes over it. */
	ck_assert_int_eq(forge_file(&henderson), STORE_FORBIDDEN);
	ck_assert_int_eq(forge_file(&messi), STORE_OK);
	file_assert_check(NULL);
}
END_TEST

/* With the user, and with the group, invitations go. */
START_TEST(test_removed)
{
	uint64_t id;

	ck_assert_int_eq(invite(&messi, "lineker"), CHAT_OK);
	ck_assert_int_eq(chat_invitee_group(&file_chat, lineker.user.id, 0, &id), CHAT_OK);
	ck_assert_uint_eq(id, kopi);
	permit_as_nobody();
	ck_assert_int_eq(chat_user_delete(&file_chat, chat_text("lineker")), CHAT_OK);
	ck_assert_int_eq(chat_invitee_user(&file_chat, kopi, 0, &id), CHAT_NOT_INVITED);
	file_assert_check(NULL);
	permit_as_user(&henderson);
	ck_assert_int_eq(chat_group_leave(&file_chat, GROUP, henderson.user.id), CHAT_OK);
	ck_assert_int_eq(invite(&messi, "henderson"), CHAT_OK);
	ck_assert_int_eq(chat_group_delete(&file_chat, GROUP), CHAT_OK);
	ck_assert_int_eq(chat_invitee_group(&file_chat, henderson.user.id, 0, &id),
	    CHAT_NOT_INVITED);
	file_assert_check(NULL);
}
END_TEST

/* An invitation that a death left is found, and goes with a repair. */
START_TEST(test_check)
{
	unsigned char data[CHAT_INVITEE_RECORD];
	size_t len = chat_invitee_pack(data, &(struct chat_invitee){ .invited_ms = 1 });

	permit_as_nobody();
	store_tx_init(&permit_tx);
	store_tx_put(&permit_tx, CHAT_TABLE_INVITEES, permit_pair(kopi, 999999), CHAT_KEY_PAIR,
	    data, len);
	PERMIT_ALLOWED();
	file_assert_check("an invitation of a user who is gone");
	store_tx_init(&permit_tx);
	store_tx_delete(&permit_tx, CHAT_TABLE_INVITEES, permit_pair(kopi, 999999), CHAT_KEY_PAIR);
	PERMIT_ALLOWED();
	store_tx_init(&permit_tx);
	store_tx_put(&permit_tx, CHAT_TABLE_INVITEES, permit_pair(kopi, henderson.user.id),
	    CHAT_KEY_PAIR, data, len);
	PERMIT_ALLOWED();
	file_assert_check("an invitation of a user who is a member");
}
END_TEST

/*
 * Forgeries.
 */

static void
tx_choose(void)
{
	struct chat_group before, after;

	ck_assert_int_eq(chat_group_get(&file_chat, kopi, &before), CHAT_OK);
	after = before;
	after.private = !before.private;
	store_tx_init(&permit_tx);
	chat_group_tx_change(&permit_tx, &before, &after);
}

START_TEST(test_forged_choice)
{
	permit_as_user(&lineker);
	tx_choose();
	PERMIT_FORBIDDEN();
	permit_as_user(&henderson);
	tx_choose();
	PERMIT_FORBIDDEN();
	permit_as_user(&messi);
	tx_choose();
	PERMIT_ALLOWED();
	/* Also not on the occasion of the owner's leaving, who is another. */
	permit_as_user(&henderson);
	store_tx_init(&permit_tx);
	ck_assert_int_eq(chat_member_tx_leave(&file_chat, &permit_tx, kopi, henderson.user.id),
	    CHAT_OK);
	tx_choose();
	PERMIT_FORBIDDEN();
}
END_TEST

static void
tx_invite(uint64_t user)
{
	store_tx_init(&permit_tx);
	permit_expect_group(kopi);
	ck_assert_int_eq(chat_invitee_tx_add(&file_chat, &permit_tx, kopi, user), CHAT_OK);
}

START_TEST(test_forged_invitation)
{
	unsigned char data[CHAT_INVITEE_RECORD];
	size_t len = chat_invitee_pack(data, &(struct chat_invitee){ .invited_ms = 1 });
	const uint64_t own = lineker.user.id;

	ck_assert_int_eq(choose(&messi, "private", "on"), CHAT_OK);
	permit_as_user(&lineker);
	tx_invite(own);
	PERMIT_FORBIDDEN();
	permit_as_user(&henderson);
	tx_invite(own);
	PERMIT_FORBIDDEN();
	/* A record alone, that no list has; a number that is nobody's; a member. */
	permit_as_user(&lineker);
	store_tx_init(&permit_tx);
	store_tx_put(&permit_tx, CHAT_TABLE_INVITEES, permit_pair(kopi, own), CHAT_KEY_PAIR, data,
	    len);
	PERMIT_FORBIDDEN();
	permit_as_user(&messi);
	store_tx_init(&permit_tx);
	chat_key_swap(&permit_tx, CHAT_TABLE_INVITEES, permit_pair(kopi, 999999), CHAT_KEY_PAIR,
	    NULL, 0, data, len);
	PERMIT_FORBIDDEN();
	tx_invite(henderson.user.id);
	PERMIT_FORBIDDEN();
	tx_invite(own);
	PERMIT_ALLOWED();
	/* Nobody else ends it. */
	permit_as_user(&henderson);
	store_tx_init(&permit_tx);
	ck_assert_int_eq(chat_invitee_tx_end(&file_chat, &permit_tx, kopi, own), CHAT_OK);
	PERMIT_FORBIDDEN();
	permit_as_user(&lineker);
	PERMIT_ALLOWED();
	file_assert_check(NULL);
}
END_TEST

static void
tx_join(uint64_t user)
{
	store_tx_init(&permit_tx);
	permit_expect_group(kopi);
	ck_assert_int_eq(chat_member_tx_join(&file_chat, &permit_tx, kopi, user), CHAT_OK);
}

START_TEST(test_forged_joining)
{
	const uint64_t own = lineker.user.id;

	ck_assert_int_eq(choose(&messi, "private", "on"), CHAT_OK);
	permit_as_user(&lineker);
	tx_join(own);
	PERMIT_FORBIDDEN();
	/* The end of an invitation that there is not. */
	tx_join(own);
	store_tx_delete(&permit_tx, CHAT_TABLE_INVITEES, permit_pair(kopi, own), CHAT_KEY_PAIR);
	PERMIT_FORBIDDEN();
	ck_assert_int_eq(invite(&messi, "lineker"), CHAT_OK);
	permit_as_user(&lineker);
	/* An invitation that stays. */
	tx_join(own);
	PERMIT_FORBIDDEN();
	tx_join(own);
	ck_assert_int_eq(chat_invitee_tx_end(&file_chat, &permit_tx, kopi, own), CHAT_OK);
	PERMIT_ALLOWED();
	file_assert_check(NULL);
}
END_TEST

/* To a private group nobody writes from another realm, where it is as good as none. */
START_TEST(test_abroad)
{
	struct chat_receive link;

	(void)receive_peer("malang");
	receive_begin(&link, RECEIVE_EPOCH);
	ck_assert_str_eq(receive_one(&link, RECEIVE_GROUP("kopi", "satu")), "none");
	ck_assert_int_eq(choose(&messi, "private", "on"), CHAT_OK);
	permit_as_nobody();
	ck_assert_str_eq(receive_one(&link, RECEIVE_GROUP("kopi", "dua")), "no_group");
	ck_assert_str_eq(receive_one(&link, RECEIVE_USER("messi", "tiga")), "none");
}
END_TEST

/* Those of other realms change nothing of it, whatever they are. */
START_TEST(test_peers)
{
	static const unsigned int kinds[] = { CHAT_PRINCIPAL_PEER, CHAT_PRINCIPAL_SERVER };
	const struct chat_peer malang = receive_peer("malang");

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		permit_as(kinds[i], malang.id);
		tx_choose();
		PERMIT_FORBIDDEN();
		tx_invite(lineker.user.id);
		PERMIT_FORBIDDEN();
		tx_join(lineker.user.id);
		PERMIT_FORBIDDEN();
	}
}
END_TEST

int
main(void)
{
	const TTest *tests[] = { test_record, test_private, test_uninvite, test_history, test_files,
		test_removed, test_check, test_forged_choice, test_forged_invitation,
		test_forged_joining, test_abroad, test_peers };

	return permit_main("permit_choice", tests, sizeof(tests) / sizeof(tests[0]));
}
