/*
 * `kabarctl check` finds damage in the records of other realms and in the remote logs.
 */
#include <stdlib.h>

#include "chat/group.h"
#include "chat/inbox.h"
#include "chat/key.h"
#include "file_fixture.h"
#include "remote_log_fixture.h"
#include "suite.h"

START_TEST(test_peer)
{
	remote_log_add_peer();
	file_assert_check(NULL);
	remote_log_drop(CHAT_TABLE_PEERS, "malang", 6);
	file_assert_check("realm malang is missing, but stands in the list of realms");
}
END_TEST

START_TEST(test_peer_damaged)
{
	remote_log_add_peer();
	ck_assert_int_eq(fixture_put(file_chat.store, CHAT_TABLE_PEERS, "malang", "x"), STORE_OK);
	file_assert_check("realm malang: the record is damaged");
}
END_TEST

START_TEST(test_remote_log_missing)
{
	unsigned char key[CHAT_KEY_PAIR];
	uint64_t peer = remote_log_add_peer();

	remote_log_make(kopi, peer);
	file_assert_check(NULL);
	chat_key_pair(key, kopi, peer);
	remote_log_drop(CHAT_TABLE_REMOTE_LOGS, key, sizeof(key));
	file_assert_check(", but is not");
}
END_TEST

START_TEST(test_remote_log_without_peer)
{
	remote_log_make(kopi, 1000001);
	file_assert_check("realm lost-1000001, number 1000001: all but its name");
}
END_TEST

START_TEST(test_remote_log_without_hint)
{
	remote_log_make(kopi, remote_log_add_peer());
	remote_log_drop(CHAT_TABLE_REMOTE_LOGS, "h", 1);
	file_assert_check("nobody finds that it is of number");
}
END_TEST

START_TEST(test_remote_log_closed)
{
	uint64_t log = remote_log_make(kopi, remote_log_add_peer());
	struct store_tx tx;

	remote_log_append(log);
	file_assert_check(NULL);
	store_tx_init(&tx);
	store_tx_close_log(&tx, log);
	ck_assert_int_eq(store_commit(file_chat.store, &tx, NULL), STORE_OK);
	file_assert_check("are refused as if it were removed");
}
END_TEST

/* The cursors of readers are those of members, here too. */
START_TEST(test_cursor)
{
	unsigned char key[CHAT_KEY_PAIR];
	uint64_t log = remote_log_make(kopi, remote_log_add_peer()), lost;
	struct store_tx tx;

	remote_log_append(log);
	ck_assert_uint_eq(remote_log_read(messi.user.id, CHAT_INBOX_ALL, &lost), 1);
	file_assert_check(NULL);
	ck_assert_int_eq(chat_group_leave(&file_chat, chat_text("kopi"), messi.user.id), CHAT_OK);
	file_assert_check(NULL);
	chat_key_pair(key, messi.user.id, log);
	store_tx_init(&tx);
	store_tx_advance(&tx, STORE_CURSORS, key, sizeof(key), 1);
	ck_assert_int_eq(store_commit(file_chat.store, &tx, NULL), STORE_OK);
	file_assert_check("1 cursors of users and members who are gone");
}
END_TEST

static void
put_mark(uint64_t user, const void *value, size_t len)
{
	unsigned char key[CHAT_KEY_PAIR];
	struct store_tx tx;

	chat_key_pair(key, user, kopi);
	store_tx_init(&tx);
	store_tx_put(&tx, CHAT_TABLE_MARKS, key, sizeof(key), value, len);
	ck_assert_int_eq(store_commit(file_chat.store, &tx, NULL), STORE_OK);
}

/* The time up to which a member has read stays when the member leaves. */
START_TEST(test_mark)
{
	put_mark(messi.user.id, "\0\0\0\0\0\0\0\1", 8);
	file_assert_check(NULL);
	ck_assert_int_eq(chat_group_leave(&file_chat, chat_text("kopi"), messi.user.id), CHAT_OK);
	file_assert_check(NULL);
	put_mark(999999, "\0\0\0\0\0\0\0\1", 8);
	file_assert_check("1 times of reading of users who are gone");
}
END_TEST

START_TEST(test_damaged_mark)
{
	put_mark(messi.user.id, "x", 1);
	file_assert_check("the record of a time of reading is damaged");
}
END_TEST

START_TEST(test_counter)
{
	unsigned char value[8];
	uint64_t log = remote_log_make(kopi, remote_log_add_peer());
	struct store_tx tx;

	pack_put_u64(value, log - 1);
	store_tx_init(&tx);
	store_tx_put(&tx, STORE_COUNTERS, "id", 2, value, sizeof(value));
	ck_assert_int_eq(store_commit(file_chat.store, &tx, NULL), STORE_OK);
	file_assert_check("will be given again");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("chat_check_realm");
	TCase *tcase = tcase_create("findings");

	tcase_add_checked_fixture(tcase, file_setup, file_teardown);
	tcase_set_timeout(tcase, FIXTURE_TIMEOUT);
	tcase_add_test(tcase, test_peer);
	tcase_add_test(tcase, test_peer_damaged);
	tcase_add_test(tcase, test_remote_log_missing);
	tcase_add_test(tcase, test_remote_log_without_peer);
	tcase_add_test(tcase, test_remote_log_without_hint);
	tcase_add_test(tcase, test_remote_log_closed);
	tcase_add_test(tcase, test_cursor);
	tcase_add_test(tcase, test_mark);
	tcase_add_test(tcase, test_damaged_mark);
	tcase_add_test(tcase, test_counter);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
