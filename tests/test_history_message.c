/*
 * What goes into conversations: messages, files and notices of this realm, joins and leaves, and
 * what becomes of it when users go and when it expires.
 */
#include <stdio.h>
#include <string.h>

#include "chat/fsck/fsck.h"
#include "chat/group.h"
#include "chat/group_delete.h"
#include "chat/history/activity.h"
#include "chat/history/end.h"
#include "chat/history/logs.h"
#include "chat/password.h"
#include "chat/realm/log.h"
#include "chat/user_delete.h"
#include "permit_fixture.h"

/* The entries of a log, "FROM>TO: TEXT" each or "+NAME" and "-NAME", divided by newlines. */
struct listing {
	char text[4096];
	size_t len;
};

static int
add_entry(void *arg, const struct store_entry *entry)
{
	struct listing *listing = arg;
	struct chat_activity activity;
	struct chat_message message;
	char *at = listing->text + listing->len;
	size_t room = sizeof(listing->text) - listing->len;

	if (chat_message_read(&message, entry->data, entry->len) == 0)
		listing->len += (size_t)snprintf(at, room, "%.*s>%.*s: %.*s\n",
		    (int)message.from.len, message.from.data, (int)message.to.len, message.to.data,
		    (int)message.text.len, message.text.data);
	else if (chat_activity_read(&activity, entry->data, entry->len) == 0)
		listing->len += (size_t)snprintf(at, room, "%c%s\n",
		    activity.kind == CHAT_ACTIVITY_JOIN ? '+' : '-', activity.name);
	else
		ck_abort_msg("an entry is neither");
	return 0;
}

static const char *
list(uint64_t log)
{
	static struct listing listing;

	listing.len = 0;
	listing.text[0] = '\0';
	ck_assert_int_eq(chat_log_each(&file_chat, log, 0, add_entry, &listing), CHAT_OK);
	return listing.text;
}

static void
send(const struct chat_session *from, const char *to, const char *text)
{
	ck_assert_int_eq(chat_message_send(&file_chat, from, chat_text(to), chat_text(text)),
	    CHAT_OK);
}

static struct chat_history
between(uint64_t a, uint64_t b)
{
	struct chat_history history;

	ck_assert_int_eq(chat_history_get(&file_chat, a, b, &history), CHAT_OK);
	return history;
}

/* What one user sent to another. */
static const char *
sent(const struct chat_session *from, const struct chat_session *to)
{
	struct chat_history history = between(from->user.id, to->user.id);

	return list(chat_history_from(&history, from->user.id));
}

static uint64_t
activity_of(uint64_t owner)
{
	uint64_t log;

	ck_assert_int_eq(chat_history_activity_of(&file_chat, owner, &log), CHAT_OK);
	ck_assert_uint_ne(log, 0);
	return log;
}

START_TEST(test_messages)
{
	permit_as_user(&henderson);
	send(&henderson, "lineker", "satu");
	permit_as_user(&lineker);
	send(&lineker, "henderson", "dua");
	ck_assert_int_eq(chat_message_send_list(&file_chat, &lineker,
	                     chat_text("messi,henderson,lineker,messi"), chat_text("tiga")),
	    CHAT_OK);
	ck_assert_int_eq(file_send(&lineker, "henderson", "peta", "isi"), CHAT_OK);
	ck_assert_str_eq(sent(&henderson, &lineker), "henderson>lineker: satu\n");
	ck_assert_str_eq(sent(&lineker, &henderson),
	    "lineker>henderson: dua\nlineker>henderson: tiga\nlineker>henderson: peta\n");
	ck_assert_str_eq(sent(&lineker, &messi), "lineker>messi: tiga\n");
	ck_assert_str_eq(sent(&lineker, &lineker), "lineker>lineker: tiga\n");
	ck_assert_str_eq(list(activity_of(lineker.user.id)),
	    "lineker>henderson: dua\nlineker>messi: tiga\nlineker>henderson: tiga\n"
	    "lineker>lineker: tiga\nlineker>henderson: peta\n");
	/* The inbox's log has the same entries. */
	ck_assert_str_eq(list(henderson.user.id),
	    "lineker>henderson: dua\nlineker>henderson: tiga\nlineker>henderson: peta\n");
	permit_as_nobody();
	file_assert_check(NULL);
}
END_TEST

START_TEST(test_notice)
{
	struct chat_history history;
	struct store_tx tx;

	store_tx_init(&tx);
	ck_assert_int_eq(chat_message_tx_notice(&file_chat, &tx, &lineker.user, chat_text("awas")),
	    CHAT_OK);
	ck_assert_int_eq(store_commit(file_chat.store, &tx, NULL), STORE_OK);
	history = between(CHAT_HISTORY_SERVER, lineker.user.id);
	ck_assert_str_eq(list(history.from_low), "kabar>lineker: awas\n");
	ck_assert_str_eq(list(activity_of(lineker.user.id)), "");
	file_assert_check(NULL);
}
END_TEST

START_TEST(test_off)
{
	struct chat_history history;

	file_config.history = false;
	send(&henderson, "lineker", "satu");
	ck_assert_int_eq(chat_group_join(&file_chat, chat_text("kopi"), lineker.user.id), CHAT_OK);
	ck_assert_int_eq(chat_history_get(&file_chat, henderson.user.id, lineker.user.id, &history),
	    CHAT_NO_USER);
	ck_assert_str_eq(list(lineker.user.id), "henderson>lineker: satu\n");
}
END_TEST

START_TEST(test_groups)
{
	file_config.groups_max = file_config.group_members_max = 10;
	permit_as_user(&lineker);
	ck_assert_int_eq(chat_group_enter(&file_chat, chat_text("kopi"), lineker.user.id), CHAT_OK);
	ck_assert_int_eq(chat_group_leave(&file_chat, chat_text("kopi"), lineker.user.id), CHAT_OK);
	ck_assert_int_eq(chat_group_enter(&file_chat, chat_text("kopi"), lineker.user.id), CHAT_OK);
	permit_as_user(&messi);
	ck_assert_int_eq(chat_group_take_out(&file_chat, chat_text("kopi"), henderson.user.id,
	                     messi.user.id, chat_text("")),
	    CHAT_OK);
	ck_assert_str_eq(list(activity_of(kopi)),
	    "+henderson\n+lineker\n-lineker\n+lineker\n-henderson\n");
	permit_as_nobody();
	ck_assert_int_eq(chat_user_delete(&file_chat, chat_text("lineker")), CHAT_OK);
	ck_assert_str_eq(list(activity_of(kopi)),
	    "+henderson\n+lineker\n-lineker\n+lineker\n-henderson\n-lineker\n");
	file_assert_check(NULL);
	/* The owner removes the group with all that it has. */
	uint64_t log = activity_of(kopi);
	struct store_log_info info;
	permit_as_user(&messi);
	ck_assert_int_eq(chat_group_delete(&file_chat, chat_text("kopi")), CHAT_OK);
	ck_assert_int_eq(store_log_info(file_chat.store, log, &info), STORE_OK);
	ck_assert(info.closed);
	ck_assert_int_eq(chat_history_activity_of(&file_chat, kopi, &log), CHAT_OK);
	ck_assert_uint_eq(log, 0);
	permit_as_nobody();
	file_assert_check(NULL);
}
END_TEST

static void
assert_closed(uint64_t log)
{
	struct store_log_info info;

	ck_assert_int_eq(store_log_info(file_chat.store, log, &info), STORE_OK);
	ck_assert(info.closed);
	ck_assert_uint_gt(info.first, info.last);
}

START_TEST(test_user_gone)
{
	const uint64_t gone = lineker.user.id;
	struct chat_history history;
	uint64_t activity;
	uint32_t count;

	send(&henderson, "lineker", "satu");
	send(&lineker, "messi", "dua");
	send(&lineker, "lineker", "tiga");
	history = between(henderson.user.id, gone);
	activity = activity_of(gone);
	ck_assert_int_eq(chat_user_delete(&file_chat, chat_text("lineker")), CHAT_OK);
	assert_closed(history.from_low);
	assert_closed(history.from_high);
	assert_closed(activity);
	ck_assert_int_eq(chat_history_get(&file_chat, henderson.user.id, gone, &history),
	    CHAT_NO_USER);
	ck_assert_int_eq(chat_history_get(&file_chat, gone, gone, &history), CHAT_NO_USER);
	ck_assert_int_eq(chat_history_count(&file_chat, messi.user.id, &count), CHAT_OK);
	ck_assert_uint_eq(count, 0);
	ck_assert_int_eq(chat_history_make(&file_chat, gone, messi.user.id, &history),
	    CHAT_NO_USER);
	file_assert_check(NULL);
}
END_TEST

/* A removal that a crash cut short is gone on with by the janitor. */
START_TEST(test_user_gone_by_half)
{
	struct chat_history history;

	send(&henderson, "lineker", "satu");
	send(&lineker, "messi", "dua");
	store_tx_init(&permit_tx);
	store_tx_delete(&permit_tx, CHAT_TABLE_USERS, permit_id(lineker.user.id), CHAT_KEY_ID);
	store_tx_delete(&permit_tx, CHAT_TABLE_USER_NAMES, "lineker", 7);
	PERMIT_ALLOWED();
	ck_assert_int_eq(chat_password_remove(&file_config, lineker.user.id), CHAT_OK);
	file_assert_check("2 conversations of users who are gone: they will be removed");
	ck_assert_int_eq(chat_history_expire(&file_chat), CHAT_OK);
	ck_assert_int_eq(chat_history_get(&file_chat, henderson.user.id, lineker.user.id, &history),
	    CHAT_NO_USER);
	file_assert_check(NULL);
}
END_TEST

/* Read messages go sooner than others, whether the inbox or the conversation was read. */
START_TEST(test_expiry)
{
	struct chat_history history, now;
	uint64_t activity;

	send(&henderson, "lineker", "satu");
	send(&henderson, "messi", "dua");
	send(&henderson, "messi", "tiga");
	history = between(henderson.user.id, lineker.user.id);
	activity = activity_of(henderson.user.id);
	file_config.message_keep = -1;
	ck_assert_int_eq(chat_history_expire(&file_chat), CHAT_OK);
	ck_assert_str_eq(sent(&henderson, &lineker), "henderson>lineker: satu\n");
	ck_assert_str_eq(list(activity), "");
	store_tx_init(&permit_tx);
	store_tx_advance(&permit_tx, STORE_CURSORS, permit_pair(lineker.user.id, lineker.user.id),
	    CHAT_KEY_PAIR, 1);
	PERMIT_ALLOWED();
	now = between(henderson.user.id, messi.user.id);
	store_tx_init(&permit_tx);
	store_tx_advance(&permit_tx, STORE_CURSORS,
	    permit_pair(messi.user.id, chat_history_to(&now, messi.user.id)), CHAT_KEY_PAIR, 1);
	PERMIT_ALLOWED();
	ck_assert_int_eq(chat_history_expire(&file_chat), CHAT_OK);
	/* What is empty ends, and begins anew with the next message. */
	ck_assert_int_eq(chat_history_get(&file_chat, henderson.user.id, lineker.user.id, &now),
	    CHAT_NO_USER);
	assert_closed(history.from_low);
	ck_assert_str_eq(sent(&henderson, &messi), "henderson>messi: tiga\n");
	file_assert_check(NULL);
	send(&henderson, "lineker", "empat");
	ck_assert_str_eq(sent(&henderson, &lineker), "henderson>lineker: empat\n");
	file_assert_check(NULL);
}
END_TEST

/* A sender who meets a log that was just closed sends without it. */
START_TEST(test_closed)
{
	struct chat_history history;

	ck_assert_int_eq(chat_history_make(&file_chat, henderson.user.id, lineker.user.id,
	                     &history),
	    CHAT_OK);
	ck_assert_int_eq(chat_close_log(&file_chat, history.from_low), CHAT_OK);
	permit_as_user(&henderson);
	send(&henderson, "lineker", "satu");
	ck_assert_int_eq(chat_message_send_list(&file_chat, &henderson, chat_text("messi,lineker"),
	                     chat_text("dua")),
	    CHAT_OK);
	ck_assert_str_eq(list(lineker.user.id),
	    "henderson>lineker: satu\nhenderson>lineker: dua\n");
	permit_as_nobody();
	/* The janitor's next pass completes what it had begun. */
	ck_assert_int_eq(chat_history_expire(&file_chat), CHAT_OK);
	ck_assert_int_eq(chat_history_get(&file_chat, henderson.user.id, lineker.user.id, &history),
	    CHAT_NO_USER);
	send(&henderson, "lineker", "tiga");
	ck_assert_str_eq(sent(&henderson, &lineker), "henderson>lineker: tiga\n");
	file_assert_check(NULL);
}
END_TEST

/*
 * Check.
 */

static void
drop(int table, const void *key, size_t key_len)
{
	store_tx_init(&permit_tx);
	store_tx_delete(&permit_tx, table, key, key_len);
	PERMIT_ALLOWED();
}

START_TEST(test_check)
{
	struct chat_history history;
	char finding[256];

	send(&henderson, "lineker", "satu");
	history = between(henderson.user.id, lineker.user.id);
	drop(CHAT_TABLE_CONVERSATIONS, permit_id(history.from_high), CHAT_KEY_ID);
	snprintf(finding, sizeof(finding), "log %llu: no record says whose it is",
	    (unsigned long long)history.from_high);
	file_assert_check(finding);
	store_tx_init(&permit_tx);
	store_tx_put(&permit_tx, CHAT_TABLE_CONVERSATIONS, permit_id(history.from_high),
	    CHAT_KEY_ID, permit_pair(history.low, history.high), CHAT_KEY_PAIR);
	store_tx_put(&permit_tx, CHAT_TABLE_CONVERSATIONS, permit_id(7777), CHAT_KEY_ID,
	    permit_pair(history.low, history.high), CHAT_KEY_PAIR);
	PERMIT_ALLOWED();
	file_assert_check("log 7777 is of no conversation");
	drop(CHAT_TABLE_CONVERSATIONS, permit_id(7777), CHAT_KEY_ID);
	drop(CHAT_TABLE_ACTIVITY, permit_id(history.low), CHAT_KEY_ID);
	snprintf(finding, sizeof(finding), "log %llu is not the log of activity of henderson",
	    (unsigned long long)history.low_activity);
	file_assert_check(finding);
	store_tx_init(&permit_tx);
	store_tx_put(&permit_tx, CHAT_TABLE_ACTIVITY, permit_id(history.low), CHAT_KEY_ID, "x", 1);
	PERMIT_ALLOWED();
	store_tx_init(&permit_tx);
	store_tx_put(&permit_tx, CHAT_TABLE_ACTIVITY, permit_id(history.low), CHAT_KEY_ID,
	    permit_id(history.low_activity), CHAT_KEY_ID);
	PERMIT_ALLOWED();
	file_assert_check(NULL);
}
END_TEST

static void
ignore_finding(void *arg, const struct store_finding *finding)
{
	(void)arg;
	(void)finding;
}

/* Puts something else in place of the record of two users, and has it repaired. */
static void
spoil_and_repair(const struct chat_session *a, const struct chat_session *b, bool there)
{
	struct chat_history before = between(a->user.id, b->user.id), after;
	struct store_fsck fsck = { .report = ignore_finding };
	struct chat_fsck_counts counts;
	char finding[256];

	store_tx_init(&permit_tx);
	if (there)
		store_tx_put(&permit_tx, CHAT_TABLE_CONVERSATIONS,
		    permit_pair(before.low, before.high), CHAT_KEY_PAIR, "x", 1);
	else
		store_tx_delete(&permit_tx, CHAT_TABLE_CONVERSATIONS,
		    permit_pair(before.low, before.high), CHAT_KEY_PAIR);
	PERMIT_ALLOWED();
	snprintf(finding, sizeof(finding),
	    "the record of the conversation of %s and %s is lost; its logs are not", a->user.name,
	    b->user.name);
	file_assert_check(finding);
	ck_assert_int_eq(chat_fsck_repair(&file_chat, &fsck, &counts), 0);
	after = between(a->user.id, b->user.id);
	ck_assert_mem_eq(&after, &before, sizeof(after));
	file_assert_check(NULL);
}

/* A record is made anew from the logs, as far as these tell which they are. */
START_TEST(test_repair)
{
	send(&lineker, "henderson", "satu");
	send(&messi, "henderson", "dua");
	send(&henderson, "messi", "tiga");
	send(&lineker, "lineker", "empat");
	spoil_and_repair(&messi, &henderson, true);
	spoil_and_repair(&henderson, &lineker, false);
	spoil_and_repair(&lineker, &lineker, true);
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = { test_messages, test_notice, test_off, test_groups,
		test_user_gone, test_user_gone_by_half, test_expiry, test_closed, test_check,
		test_repair };

	return permit_main("history_message", tests, sizeof(tests) / sizeof(tests[0]));
}
