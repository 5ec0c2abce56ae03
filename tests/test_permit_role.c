/*
 * Roles, topics and moderated groups, over bound connections: what chat does, the committer allows,
 * and it refuses what a worker does that passes over chat.
 */
#include <string.h>

#include "chat/ban.h"
#include "chat/choice.h"
#include "chat/history/logs.h"
#include "chat/history/watch.h"
#include "chat/key.h"
#include "chat/message.h"
#include "chat/role.h"
#include "chat/speak.h"
#include "chat/topic.h"
#include "permit_fixture.h"

#define GROUP chat_text("kopi")

/* Messi owns kopi; henderson is a member, lineker is none. */
static enum chat_result
set_role(const struct chat_session *by, const char *user, uint8_t role, bool on)
{
	permit_as_user(by);
	return chat_role_set(&file_chat, GROUP, &by->user, chat_text(user), role, on);
}

static enum chat_result
set_topic(const struct chat_session *by, const char *text)
{
	permit_as_user(by);
	return chat_topic_set(&file_chat, GROUP, &by->user, chat_text(text));
}

static enum chat_result
choose(const struct chat_session *by, const char *choice, const char *word)
{
	permit_as_user(by);
	return chat_choice_set(&file_chat, GROUP, &by->user, chat_text(choice), chat_text(word));
}

static enum chat_result
enter(const struct chat_session *who)
{
	file_config.groups_max = file_config.group_members_max = 10;
	permit_as_user(who);
	return chat_group_enter(&file_chat, GROUP, who->user.id);
}

static enum chat_result
say(const struct chat_session *by)
{
	permit_as_user(by);
	return chat_message_send_group(&file_chat, by, GROUP, chat_text("halo"));
}

static enum chat_result
kick(const struct chat_session *by, const char *user)
{
	permit_as_user(by);
	return chat_choice_kick(&file_chat, GROUP, &by->user, chat_text(user), chat_text("bising"));
}

static struct chat_group
find_group(void)
{
	struct chat_group group;

	ck_assert_int_eq(chat_group_find(&file_chat, GROUP, &group), CHAT_OK);
	return group;
}

static uint8_t
role_of(const struct chat_session *who)
{
	const struct chat_group group = find_group();

	return chat_role_of(&file_chat, &group, who->user.id);
}

/* The record has the form of before where there is no role. */
START_TEST(test_record)
{
	struct chat_member member = { .joined_ms = 7 }, read;
	unsigned char data[CHAT_MEMBER_RECORD];
	size_t len = chat_member_pack(data, &member);

	ck_assert_uint_eq(data[0], 2);
	ck_assert(chat_member_parse(&read, data, len));
	ck_assert_uint_eq(read.role, 0);
	member.role = CHAT_ROLE_VOICE | CHAT_ROLE_OPERATOR;
	len = chat_member_pack(data, &member);
	ck_assert(chat_member_parse(&read, data, len));
	ck_assert_uint_eq(read.role, member.role);
	ck_assert_int_eq(read.joined_ms, 7);
	ck_assert(!chat_member_parse(&read, data, len - 1));
	data[len - 1] = 0;
	ck_assert(!chat_member_parse(&read, data, len));
	data[len - 1] = 4;
	ck_assert(!chat_member_parse(&read, data, len));
}
END_TEST

/* Each of what version 4 has makes a record of that version, which reads back the same. */
START_TEST(test_group_record)
{
	const struct chat_group groups[] = {
		{ .moderated = 1 },
		{ .topics = 1 },
		{ .secret = 1 },
		{ .temporary = 1 },
		{ .banned = 1 },
		{ .limit = 70000 },
		{ .key = "rahasia" },
		{ .topic = "kopi", .topic_by = "messi", .topic_ms = 9 },
	};

	for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++) {
		unsigned char data[CHAT_GROUP_RECORD], again[CHAT_GROUP_RECORD];
		struct chat_group group = groups[i], read;

		memcpy(group.name, "kopi", sizeof("kopi"));
		size_t len = chat_group_pack(data, &group);
		ck_assert_uint_eq(data[0], 4);
		ck_assert(chat_group_parse(&read, 9, data, len));
		ck_assert_uint_eq(chat_group_pack(again, &read), len);
		ck_assert_mem_eq(data, again, len);
		ck_assert(chat_group_same_choices(&group, &read));
		ck_assert(chat_group_same_topic(&group, &read));
		ck_assert(!chat_group_parse(&read, 9, data, len - 1));
	}
}
END_TEST

/* A record that has nothing of its version, or what may not be, is damaged. */
START_TEST(test_group_forms)
{
	struct chat_group group = { .name = "kopi", .moderated = 1 }, read;
	unsigned char data[CHAT_GROUP_RECORD];
	size_t len = chat_group_pack(data, &group), at = 21 + 4 + 3;

	ck_assert_uint_eq(data[at], 1);
	data[at] = 0;
	ck_assert(!chat_group_parse(&read, 9, data, len));
	data[at] = 2;
	ck_assert(!chat_group_parse(&read, 9, data, len));
	memcpy(group.topic_by, "messi", sizeof("messi"));
	len = chat_group_pack(data, &group);
	ck_assert(!chat_group_parse(&read, 9, data, len));
	group.topic_by[0] = '\0';
	memcpy(group.key, "a b", sizeof("a b"));
	len = chat_group_pack(data, &group);
	ck_assert(!chat_group_parse(&read, 9, data, len));
}
END_TEST

START_TEST(test_roles)
{
	ck_assert_uint_eq(role_of(&messi), CHAT_ROLE_OWNER);
	ck_assert_uint_eq(role_of(&henderson), 0);
	ck_assert_int_eq(set_role(&henderson, "henderson", CHAT_ROLE_OPERATOR, true),
	    CHAT_FORBIDDEN);
	ck_assert_int_eq(set_role(&messi, "lineker", CHAT_ROLE_VOICE, true), CHAT_NOT_MEMBER);
	ck_assert_int_eq(set_role(&messi, "nobody", CHAT_ROLE_VOICE, true), CHAT_NO_USER);
	ck_assert_int_eq(set_role(&messi, "henderson", CHAT_ROLE_OWNER, true), CHAT_BAD_ARGUMENT);
	ck_assert_int_eq(set_role(&messi, "henderson", CHAT_ROLE_OPERATOR, true), CHAT_OK);
	ck_assert_int_eq(set_role(&messi, "henderson", CHAT_ROLE_OPERATOR, true), CHAT_OK);
	ck_assert_uint_eq(role_of(&henderson), CHAT_ROLE_OPERATOR);
	/* An operator does what the owner does, but to the owner. */
	ck_assert_int_eq(set_role(&henderson, "henderson", CHAT_ROLE_VOICE, true), CHAT_OK);
	ck_assert_uint_eq(role_of(&henderson), CHAT_ROLE_OPERATOR | CHAT_ROLE_VOICE);
	ck_assert_int_eq(choose(&henderson, "private", "on"), CHAT_OK);
	permit_as_user(&henderson);
	ck_assert_int_eq(chat_choice_invite(&file_chat, GROUP, &henderson.user,
	                     chat_text("lineker")),
	    CHAT_OK);
	ck_assert_int_eq(enter(&lineker), CHAT_OK);
	ck_assert_int_eq(kick(&lineker, "henderson"), CHAT_FORBIDDEN);
	ck_assert_int_eq(kick(&henderson, "messi"), CHAT_FORBIDDEN);
	ck_assert_int_eq(kick(&henderson, "lineker"), CHAT_OK);
	file_assert_check(NULL);
	/* Who has left comes back without a role. */
	ck_assert_int_eq(choose(&messi, "private", "off"), CHAT_OK);
	permit_as_user(&henderson);
	ck_assert_int_eq(chat_group_leave(&file_chat, GROUP, henderson.user.id), CHAT_OK);
	ck_assert_int_eq(enter(&henderson), CHAT_OK);
	ck_assert_uint_eq(role_of(&henderson), 0);
}
END_TEST

/* A role that a worker puts into a record is refused, but for one who may give it. */
static enum store_status
forge_role(const struct chat_session *by, uint64_t user, uint8_t role, int64_t later_ms)
{
	struct chat_member before, after;

	permit_as_user(by);
	ck_assert_int_eq(chat_member_get(&file_chat, kopi, user, &before), CHAT_OK);
	after = before;
	after.role = role;
	after.joined_ms += later_ms;
	store_tx_init(&permit_tx);
	permit_expect_group(kopi);
	chat_member_tx_change(&permit_tx, kopi, user, &before, &after);
	return permit_commit();
}

START_TEST(test_forged_role)
{
	struct chat_group group = find_group();
	struct chat_member founder = { .joined_ms = 1, .role = CHAT_ROLE_OPERATOR };
	unsigned char data[CHAT_MEMBER_RECORD];

	ck_assert_int_eq(forge_role(&henderson, henderson.user.id, CHAT_ROLE_OPERATOR, 0),
	    STORE_FORBIDDEN);
	ck_assert_int_eq(forge_role(&lineker, henderson.user.id, CHAT_ROLE_VOICE, 0),
	    STORE_FORBIDDEN);
	ck_assert_int_eq(forge_role(&messi, henderson.user.id, CHAT_ROLE_VOICE, -1),
	    STORE_FORBIDDEN);
	ck_assert_int_eq(forge_role(&messi, henderson.user.id, CHAT_ROLE_OPERATOR, 0), STORE_OK);
	ck_assert_int_eq(forge_role(&henderson, messi.user.id, CHAT_ROLE_VOICE, 0), STORE_OK);
	/* Nobody joins with a role. */
	permit_as_user(&lineker);
	store_tx_init(&permit_tx);
	chat_group_tx_expect(&permit_tx, &group);
	ck_assert_int_eq(chat_member_tx_join(&file_chat, &permit_tx, kopi, lineker.user.id),
	    CHAT_OK);
	store_tx_put(&permit_tx, CHAT_TABLE_MEMBERS, permit_pair(kopi, lineker.user.id),
	    CHAT_KEY_PAIR, data, chat_member_pack(data, &founder));
	PERMIT_FORBIDDEN();
	file_assert_check(NULL);
}
END_TEST

START_TEST(test_topic)
{
	struct chat_group group;
	char long_text[CHAT_TOPIC_MAX + 2];

	memset(long_text, 'a', sizeof(long_text) - 1);
	long_text[sizeof(long_text) - 1] = '\0';
	ck_assert_int_eq(set_topic(&lineker, "kopi"), CHAT_NOT_MEMBER);
	ck_assert_int_eq(set_topic(&henderson, "kopi"), CHAT_FORBIDDEN);
	ck_assert_int_eq(set_topic(&messi, "a\tb"), CHAT_BAD_ARGUMENT);
	ck_assert_int_eq(set_topic(&messi, "\xff"), CHAT_BAD_ARGUMENT);
	ck_assert_int_eq(set_topic(&messi, long_text), CHAT_BAD_ARGUMENT);
	ck_assert_int_eq(set_topic(&messi, long_text + 1), CHAT_OK);
	ck_assert_int_eq(set_topic(&messi, "kopi Gayo ☕"), CHAT_OK);
	group = find_group();
	ck_assert_str_eq(group.topic, "kopi Gayo ☕");
	ck_assert_str_eq(group.topic_by, "messi");
	ck_assert_int_gt(group.topic_ms, 0);
	ck_assert_int_eq(choose(&messi, "topics", "members"), CHAT_OK);
	ck_assert_int_eq(set_topic(&lineker, "teh"), CHAT_NOT_MEMBER);
	ck_assert_int_eq(set_topic(&henderson, "teh"), CHAT_OK);
	group = find_group();
	ck_assert_str_eq(group.topic_by, "henderson");
	ck_assert_int_eq(set_topic(&henderson, ""), CHAT_OK);
	group = find_group();
	ck_assert_str_eq(group.topic_by, "");
	ck_assert_int_eq(group.topic_ms, 0);
	file_assert_check(NULL);
}
END_TEST

/* In another's name, or with something else besides. */
START_TEST(test_forged_topic)
{
	struct chat_group before = find_group(), after = before;

	memcpy(after.topic, "kopi", sizeof("kopi"));
	memcpy(after.topic_by, "henderson", sizeof("henderson"));
	after.topic_ms = 1;
	permit_as_user(&messi);
	store_tx_init(&permit_tx);
	chat_group_tx_change(&permit_tx, &before, &after);
	PERMIT_FORBIDDEN();
	permit_as_user(&henderson);
	store_tx_init(&permit_tx);
	chat_group_tx_change(&permit_tx, &before, &after);
	PERMIT_FORBIDDEN();
	ck_assert_int_eq(choose(&messi, "topics", "members"), CHAT_OK);
	before.topics = after.topics = 1;
	after.moderated = 1;
	permit_as_user(&henderson);
	store_tx_init(&permit_tx);
	chat_group_tx_change(&permit_tx, &before, &after);
	PERMIT_FORBIDDEN();
	after.moderated = 0;
	store_tx_init(&permit_tx);
	chat_group_tx_change(&permit_tx, &before, &after);
	PERMIT_ALLOWED();
}
END_TEST

/* The committer refuses what chat would have refused. */
static enum store_status
forge_message(const struct chat_session *by)
{
	const struct chat_message message = { .kind = CHAT_GROUP,
		.from_id = by->user.id,
		.from = chat_text(by->user.name),
		.from_name = chat_text(by->user.fullname),
		.realm = chat_text(""),
		.to = GROUP,
		.to_name = GROUP,
		.text = chat_text("halo") };
	unsigned char entry[CHAT_MESSAGE_RECORD];
	size_t len = chat_message_write(entry, sizeof(entry), &message);

	permit_as_user(by);
	store_tx_init(&permit_tx);
	store_tx_append(&permit_tx, kopi, entry, len, 0, STORE_NO_LIMIT);
	store_tx_charge(&permit_tx, by->user.id, len, 0);
	return permit_commit();
}

START_TEST(test_moderated)
{
	const struct chat_text malang = chat_text("malang");
	struct chat_group group;

	ck_assert_int_eq(say(&henderson), CHAT_OK);
	ck_assert_int_eq(choose(&henderson, "moderated", "on"), CHAT_FORBIDDEN);
	ck_assert_int_eq(choose(&messi, "moderated", "on"), CHAT_OK);
	ck_assert_int_eq(say(&henderson), CHAT_FORBIDDEN);
	ck_assert_int_eq(forge_message(&henderson), STORE_FORBIDDEN);
	ck_assert_int_eq(file_send_group(&henderson, "kopi", "a", "satu"), CHAT_FORBIDDEN);
	ck_assert_int_eq(say(&lineker), CHAT_NOT_MEMBER);
	ck_assert_int_eq(say(&messi), CHAT_OK);
	ck_assert_int_eq(set_role(&messi, "henderson", CHAT_ROLE_VOICE, true), CHAT_OK);
	ck_assert_int_eq(say(&henderson), CHAT_OK);
	ck_assert_int_eq(forge_message(&henderson), STORE_OK);
	ck_assert_int_eq(file_send_group(&henderson, "kopi", "a", "satu"), CHAT_OK);
	ck_assert_int_eq(set_role(&messi, "henderson", CHAT_ROLE_VOICE, false), CHAT_OK);
	ck_assert_int_eq(say(&henderson), CHAT_FORBIDDEN);
	group = find_group();
	ck_assert_int_eq(chat_speak_judge_remote(&file_chat, &group, chat_text("lineker"), malang),
	    CHAT_FORBIDDEN);
	ck_assert_int_eq(choose(&messi, "moderated", "off"), CHAT_OK);
	group = find_group();
	ck_assert_int_eq(chat_speak_judge_remote(&file_chat, &group, chat_text("lineker"), malang),
	    CHAT_OK);
	file_assert_check(NULL);
}
END_TEST

/* What somebody who watches is told. */
static char told[1024];

static void
note_event(void *arg, const struct chat_watch_event *event)
{
	const struct chat_activity *activity = &event->activity;
	size_t len = strlen(told);

	(void)arg;
	if (event->kind == CHAT_WATCH_MEMBER || event->kind == CHAT_WATCH_GROUP)
		snprintf(told + len, sizeof(told) - len, "%s %d %s %s %s: %s\n", event->with,
		    (int)activity->kind, event->kind == CHAT_WATCH_MEMBER ? "member" : "group",
		    activity->by, activity->name, activity->text);
}

START_TEST(test_watch)
{
	struct chat_watch watch;

	file_config.history = true;
	permit_as_nobody();
	ck_assert_int_eq(chat_watch_begin(&file_chat, &watch, UINT64_MAX), CHAT_OK);
	ck_assert_int_eq(chat_watch_read(&file_chat, &watch, &henderson.user, 100, note_event,
	                     NULL),
	    CHAT_OK);
	ck_assert_int_eq(set_topic(&messi, "kopi"), CHAT_OK);
	ck_assert_int_eq(choose(&messi, "KEY", "rahasia"), CHAT_OK);
	ck_assert_int_eq(choose(&messi, "key", "rahasia"), CHAT_OK);
	ck_assert_int_eq(choose(&messi, "key", "OFF"), CHAT_OK);
	ck_assert_int_eq(set_role(&messi, "henderson", CHAT_ROLE_VOICE, true), CHAT_OK);
	ck_assert_int_eq(enter(&lineker), CHAT_OK);
	ck_assert_int_eq(chat_group_leave_with(&file_chat, GROUP, lineker.user.id,
	                     CHAT_ACTIVITY_LEAVE, chat_text("pulang")),
	    CHAT_OK);
	permit_as_nobody();
	ck_assert_int_eq(chat_watch_read(&file_chat, &watch, &henderson.user, 100, note_event,
	                     NULL),
	    CHAT_OK);
	ck_assert_int_eq(kick(&messi, "henderson"), CHAT_OK);
	permit_as_nobody();
	ck_assert_int_eq(chat_watch_read(&file_chat, &watch, &henderson.user, 100, note_event,
	                     NULL),
	    CHAT_OK);
	ck_assert_str_eq(told,
	    "#kopi 7 group messi : kopi\n"
	    "#kopi 8 group messi key: rahasia\n"
	    "#kopi 8 group messi key: off\n"
	    "#kopi 9 group messi henderson: voice\n"
	    "#kopi 2 member  lineker: \n"
	    "#kopi 3 member  lineker: pulang\n"
	    "#kopi 6 member messi henderson: bising\n");
	chat_watch_end(&watch);
	file_assert_check(NULL);
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = { test_record, test_group_record, test_group_forms, test_roles,
		test_forged_role, test_topic, test_forged_topic, test_moderated, test_watch };

	return permit_main("permit_role", tests, sizeof(tests) / sizeof(tests[0]));
}
