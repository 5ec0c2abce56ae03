/*
 * Where messages from other realms lie: found, made once, listed, hinted at, cleared away with
 * their destination; what is read and what the janitor trims there.
 */
#include <sys/wait.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "chat/group.h"
#include "chat/group_delete.h"
#include "chat/inbox.h"
#include "chat/janitor.h"
#include "chat/key.h"
#include "chat/password.h"
#include "chat/realm/remote_log.h"
#include "chat/user_delete.h"
#include "file_fixture.h"
#include "remote_log_fixture.h"
#include "suite.h"

#define MALANG 1000001 /* any numbers do for peers, mostly */
#define BATU   1000002

static uint64_t
find_log(uint64_t destination, uint64_t peer)
{
	uint64_t log;

	ck_assert_int_eq(chat_remote_log_find(&file_chat, destination, peer, &log), CHAT_OK);
	return log;
}

static bool
is_likely(uint64_t destination)
{
	struct chat_remote_log_hint hint;

	ck_assert_int_eq(chat_remote_log_hint(&file_chat, &hint), CHAT_OK);
	return chat_remote_log_likely(&hint, destination);
}

static bool
is_closed(uint64_t log)
{
	return fixture_info(file_chat.store, log).closed;
}

START_TEST(test_none)
{
	uint64_t peer, log;

	ck_assert(!chat_remote_log_any(&file_chat));
	ck_assert(!is_likely(messi.user.id));
	ck_assert_uint_eq(find_log(messi.user.id, MALANG), 0);
	ck_assert_int_eq(chat_remote_log_at(&file_chat, messi.user.id, 0, &peer, &log),
	    CHAT_NO_REALM);
	ck_assert_int_eq(chat_remote_log_clear(&file_chat, messi.user.id), CHAT_OK);
}
END_TEST

START_TEST(test_made_once)
{
	uint64_t log = remote_log_make(messi.user.id, MALANG), peer, listed;

	ck_assert_uint_gt(log, kopi);
	ck_assert_uint_eq(remote_log_make(messi.user.id, MALANG), log);
	ck_assert_uint_eq(find_log(messi.user.id, MALANG), log);
	ck_assert_uint_eq(find_log(messi.user.id, BATU), 0);
	ck_assert_uint_eq(find_log(kopi, MALANG), 0);
	ck_assert_int_eq(chat_remote_log_at(&file_chat, messi.user.id, 0, &peer, &listed), CHAT_OK);
	ck_assert_uint_eq(peer, MALANG);
	ck_assert_uint_eq(listed, log);
	ck_assert_int_eq(chat_remote_log_at(&file_chat, messi.user.id, 1, &peer, &listed),
	    CHAT_NO_REALM);
	ck_assert(!is_closed(log));
}
END_TEST

START_TEST(test_several)
{
	uint64_t first = remote_log_make(kopi, MALANG), second = remote_log_make(kopi, BATU), peer,
	         log;
	uint64_t third = remote_log_make(lineker.user.id, MALANG);

	ck_assert(first != second && second != third && first != third);
	ck_assert_int_eq(chat_remote_log_at(&file_chat, kopi, 1, &peer, &log), CHAT_OK);
	ck_assert_uint_eq(peer, BATU);
	ck_assert_uint_eq(log, second);
	ck_assert_int_eq(chat_remote_log_at(&file_chat, lineker.user.id, 0, &peer, &log), CHAT_OK);
	ck_assert_uint_eq(log, third);
	ck_assert_int_eq(chat_remote_log_at(&file_chat, lineker.user.id, 1, &peer, &log),
	    CHAT_NO_REALM);
}
END_TEST

START_TEST(test_hint)
{
	remote_log_make(kopi, MALANG);
	ck_assert(chat_remote_log_any(&file_chat));
	ck_assert(is_likely(kopi));
	ck_assert(!is_likely(messi.user.id));
	ck_assert(is_likely(kopi + CHAT_REMOTE_LOG_HINT * 8));
	remote_log_make(messi.user.id, MALANG);
	remote_log_make(messi.user.id, BATU);
	ck_assert(is_likely(kopi));
	ck_assert(is_likely(messi.user.id));
	ck_assert(!is_likely(henderson.user.id));
	for (uint64_t bit = 0; bit < 7; bit++)
		ck_assert_int_eq(is_likely(kopi + 1 + bit), false);
}
END_TEST

START_TEST(test_clear)
{
	unsigned char cursor[16];
	uint64_t first = remote_log_make(messi.user.id, MALANG),
	         second = remote_log_make(messi.user.id, BATU);
	uint64_t other = remote_log_make(kopi, MALANG), number;
	struct store_tx tx;

	pack_put_u64(cursor, messi.user.id);
	pack_put_u64(cursor + 8, second);
	store_tx_init(&tx);
	store_tx_advance(&tx, STORE_CURSORS, cursor, sizeof(cursor), 5);
	ck_assert_int_eq(store_commit(file_chat.store, &tx, NULL), STORE_OK);
	ck_assert_int_eq(chat_remote_log_clear(&file_chat, messi.user.id), CHAT_OK);
	ck_assert(is_closed(first));
	ck_assert(is_closed(second));
	ck_assert_uint_eq(find_log(messi.user.id, MALANG), 0);
	ck_assert_uint_eq(find_log(messi.user.id, BATU), 0);
	ck_assert_int_eq(store_get_number(file_chat.store, STORE_CURSORS, cursor, sizeof(cursor),
	                     &number),
	    STORE_OK);
	ck_assert_uint_eq(number, 0);
	ck_assert(!is_closed(other));
	ck_assert_uint_eq(find_log(kopi, MALANG), other);
}
END_TEST

/* A message that comes while its receiver is removed leaves no log that takes more of them. */
START_TEST(test_destination_gone)
{
	uint64_t log;

	ck_assert_int_eq(chat_user_delete(&file_chat, chat_text("lineker")), CHAT_OK);
	log = remote_log_make(lineker.user.id, MALANG);
	ck_assert(is_closed(log));
	ck_assert_uint_eq(find_log(lineker.user.id, MALANG), 0);
	ck_assert_int_eq(chat_group_delete(&file_chat, chat_text("kopi")), CHAT_OK);
	log = remote_log_make(kopi, MALANG);
	ck_assert(is_closed(log));
	ck_assert_uint_eq(find_log(kopi, MALANG), 0);
}
END_TEST

/* How many of a log's messages the janitor leaves when read and unread ones may be so old. */
static uint64_t
left_after(uint64_t log, int64_t message_keep, int64_t unread_keep)
{
	struct chat_janitor done;
	struct store_log_info info;

	file_config.message_keep = message_keep;
	file_config.unread_keep = unread_keep;
	file_config.log_max_size = UINT64_MAX;
	ck_assert_int_eq(chat_janitor_run(&file_chat, &done), CHAT_OK);
	info = fixture_info(file_chat.store, log);
	return info.last + 1 - info.first;
}

START_TEST(test_janitor_user)
{
	uint64_t log = remote_log_make(messi.user.id, MALANG),
	         other = remote_log_make(messi.user.id, BATU), lost;

	remote_log_append(log);
	remote_log_append(log);
	remote_log_append(other);
	ck_assert_uint_eq(left_after(log, -1, 1000), 2);
	ck_assert_uint_eq(remote_log_read(messi.user.id, MALANG, &lost), 2);
	remote_log_append(log);
	ck_assert_uint_eq(left_after(log, -1, 1000), 1);
	ck_assert_uint_eq(left_after(other, -1, 1000), 1);
	/* What goes unread is told of where it would have been seen. */
	ck_assert_uint_eq(left_after(log, -1, -1), 0);
	ck_assert_uint_eq(remote_log_read(messi.user.id, CHAT_INBOX_OWN, &lost), 0);
	ck_assert_uint_eq(lost, 0);
	ck_assert_uint_eq(remote_log_read(messi.user.id, MALANG, &lost), 0);
	ck_assert_uint_eq(lost, 1);
	ck_assert_uint_eq(remote_log_read(messi.user.id, CHAT_INBOX_ALL, &lost), 0);
	ck_assert_uint_eq(lost, 1);
	ck_assert_uint_eq(remote_log_read(messi.user.id, CHAT_INBOX_ALL, &lost), 0);
	ck_assert_uint_eq(lost, 0);
}
END_TEST

/* The slowest member decides, but only over half of what may be unread. */
START_TEST(test_janitor_group)
{
	uint64_t log = remote_log_make(kopi, MALANG), lost;

	file_config.inbox_max = 8;
	for (int i = 0; i < 3; i++)
		remote_log_append(log);
	ck_assert_uint_eq(remote_log_read(messi.user.id, MALANG, &lost), 3);
	ck_assert_uint_eq(left_after(log, -1, 1000), 3);
	ck_assert_uint_eq(remote_log_read(henderson.user.id, CHAT_INBOX_ALL, &lost), 3);
	ck_assert_uint_eq(left_after(log, -1, 1000), 0);
	for (int i = 0; i < 6; i++)
		remote_log_append(log);
	ck_assert_uint_eq(left_after(log, -1, 1000), 4);
	ck_assert_uint_eq(remote_log_read(henderson.user.id, MALANG, &lost), 4);
	ck_assert_uint_eq(lost, 2);
}
END_TEST

/* One log that is full takes nothing from the others. */
START_TEST(test_room)
{
	uint64_t log = remote_log_make(messi.user.id, MALANG), lost;

	file_config.inbox_max = 2;
	remote_log_append(log);
	ck_assert_int_eq(chat_message_fits(&file_chat, messi.user.id, log), CHAT_OK);
	remote_log_append(log);
	ck_assert_int_eq(chat_message_fits(&file_chat, messi.user.id, log), CHAT_INBOX_FULL);
	ck_assert_int_eq(chat_message_fits(&file_chat, messi.user.id, messi.user.id), CHAT_OK);
	remote_log_read(messi.user.id, MALANG, &lost);
	ck_assert_int_eq(chat_message_fits(&file_chat, messi.user.id, log), CHAT_OK);
	ck_assert_int_eq(chat_remote_log_clear(&file_chat, messi.user.id), CHAT_OK);
	ck_assert_int_eq(chat_message_fits(&file_chat, messi.user.id, log), CHAT_NO_USER);
}
END_TEST

/* More logs than one look can mark: the rest is seen by the next. */
START_TEST(test_many_logs)
{
	uint64_t lost;
	size_t n = CHAT_INBOX_LOGS + 10;

	for (uint64_t peer = 0; peer < n; peer++)
		remote_log_append(remote_log_make(messi.user.id, MALANG + peer));
	ck_assert_uint_eq(remote_log_read(messi.user.id, CHAT_INBOX_ALL, &lost), CHAT_INBOX_LOGS);
	ck_assert_uint_eq(remote_log_read(messi.user.id, CHAT_INBOX_ALL, &lost), 10);
	ck_assert_uint_eq(remote_log_read(messi.user.id, CHAT_INBOX_ALL, &lost), 0);
}
END_TEST

/* A process that removes a user may die before it has closed the user's remote logs. */
START_TEST(test_sweep)
{
	uint64_t log = remote_log_make(lineker.user.id, MALANG);
	unsigned char key[CHAT_KEY_ID];

	remote_log_append(log);
	chat_key_id(key, lineker.user.id);
	remote_log_drop(CHAT_TABLE_USERS, key, sizeof(key));
	remote_log_drop(CHAT_TABLE_USER_NAMES, "lineker", 7);
	ck_assert_int_eq(chat_password_remove(&file_config, lineker.user.id), CHAT_OK);
	file_assert_check("1 logs of users and groups who are gone");
	ck_assert_uint_eq(left_after(log, 1000, 1000), 0);
	ck_assert(is_closed(log));
	ck_assert_uint_eq(find_log(lineker.user.id, MALANG), 0);
	file_assert_check(NULL);
}
END_TEST

/* In a process of its own: the log of each of some destinations. */
static void
make_all(int out)
{
	struct chat chat;
	uint64_t destinations[] = { messi.user.id, henderson.user.id, lineker.user.id, kopi };
	uint64_t logs[4] = { 0 };

	file_open(&chat);
	for (size_t i = 0; i < 4; i++)
		if (chat_remote_log_make(&chat, destinations[i], MALANG, &logs[i]) != CHAT_OK)
			_exit(1);
	file_close(&chat);
	_exit(write(out, logs, sizeof(logs)) == sizeof(logs) ? 0 : 1);
}

START_TEST(test_processes)
{
	enum { PROCESSES = 8 };
	uint64_t logs[4], first[4];
	int fds[2], status;

	ck_assert_int_eq(pipe(fds), 0);
	file_close(&file_chat); /* children may not inherit a store */
	for (int i = 0; i < PROCESSES; i++) {
		pid_t pid = fork();

		ck_assert_int_ge(pid, 0);
		if (pid == 0)
			make_all(fds[1]);
	}
	for (int i = 0; i < PROCESSES; i++) {
		ck_assert_int_gt(wait(&status), 0);
		ck_assert_int_eq(status, 0);
	}
	for (int i = 0; i < PROCESSES; i++) {
		ck_assert_int_eq(read(fds[0], logs, sizeof(logs)), sizeof(logs));
		if (i == 0)
			memcpy(first, logs, sizeof(logs));
		ck_assert_mem_eq(logs, first, sizeof(logs));
	}
	file_open(&file_chat);
	ck_assert_uint_eq(find_log(kopi, MALANG), first[3]);
	for (size_t i = 0; i < 4; i++)
		ck_assert(!is_closed(first[i]));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("chat_origin");
	TCase *tcase = tcase_create("remote_logs"), *processes = tcase_create("processes");

	tcase_add_checked_fixture(tcase, file_setup, file_teardown);
	tcase_set_timeout(tcase, FIXTURE_TIMEOUT);
	tcase_add_test(tcase, test_none);
	tcase_add_test(tcase, test_made_once);
	tcase_add_test(tcase, test_several);
	tcase_add_test(tcase, test_hint);
	tcase_add_test(tcase, test_clear);
	tcase_add_test(tcase, test_destination_gone);
	tcase_add_test(tcase, test_janitor_user);
	tcase_add_test(tcase, test_janitor_group);
	tcase_add_test(tcase, test_room);
	tcase_add_test(tcase, test_many_logs);
	tcase_add_test(tcase, test_sweep);
	suite_add_tcase(suite, tcase);
	tcase_add_checked_fixture(processes, file_setup_committer, file_teardown);
	tcase_set_timeout(processes, FIXTURE_TIMEOUT);
	tcase_add_test(processes, test_processes);
	suite_add_tcase(suite, processes);
	return suite_run(suite);
}
