/*
 * Races of two processes, each of which reads before the other writes: a user joins a group while
 * the account is removed, a session is used while it is ended.
 */
#include <sys/wait.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "chat/group.h"
#include "chat/group_delete.h"
#include "chat/key.h"
#include "chat/member.h"
#include "chat/user_delete.h"
#include "fake_clock.h"
#include "file_fixture.h"
#include "process.h"
#include "suite.h"

#define DAY_MS (24 * 60 * 60 * INT64_C(1000))

static struct chat_session session; /* of lineker, where there is one */

static enum chat_result
join_kopi(struct chat *chat)
{
	return chat_group_join(chat, chat_text("kopi"), lineker.user.id);
}

static enum chat_result
add_teh(struct chat *chat)
{
	return chat_group_add(chat, chat_text("teh"), lineker.user.id);
}

static enum chat_result
delete_lineker(struct chat *chat)
{
	return chat_user_delete(chat, chat_text("lineker"));
}

static enum chat_result
log_out(struct chat *chat)
{
	return chat_session_close(chat, &session);
}

/* The first use on a new day is noted, of which nobody waits to hear. */
static enum chat_result
use_session(struct chat *chat)
{
	struct chat_session found;
	uint64_t id;
	enum chat_result result = chat_session_find(chat, chat_text(session.token), &found);

	/* What is waited for comes after it. */
	return result == CHAT_OK ? chat_new_id(chat, &id) : result;
}

/* Does it in a process of its own, whose exit status is the result. */
static pid_t start(enum chat_result (*action)(struct chat *))
{
	pid_t pid = fork();
	struct chat chat;

	ck_assert_int_ge(pid, 0);
	if (pid > 0)
		return pid;
	file_open(&chat);
	_exit((int)action(&chat));
}

static enum chat_result
await_result(pid_t pid)
{
	int status;

	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFEXITED(status));
	return (enum chat_result)WEXITSTATUS(status);
}

/* A process that sleeps has read all it wants to read, and waits for the committer. */
static bool
sleeps(void *arg)
{
	return process_is_in_state(*(pid_t *)arg, 'S');
}

/* Each has looked before the other's transaction was done. */
static void
do_both(enum chat_result (*one)(struct chat *), enum chat_result (*other)(struct chat *),
    enum chat_result results[2])
{
	pid_t committer = fixture_committer(file_config.state), first, second;

	ck_assert_int_ne(committer, 0);
	ck_assert_int_eq(kill(committer, SIGSTOP), 0);
	fixture_wait(process_is_stopped, &committer, "the committer does not stop");
	file_close(&file_chat); /* a store is for one process */
	first = start(one);
	fixture_wait(sleeps, &first, "the first does not wait");
	second = start(other);
	fixture_wait(sleeps, &second, "the second does not wait");
	ck_assert_int_eq(kill(committer, SIGCONT), 0);
	results[0] = await_result(first);
	results[1] = await_result(second);
	file_open(&file_chat);
}

static void
assert_in_no_group(uint64_t user)
{
	uint32_t count;
	uint64_t id;

	ck_assert_int_eq(chat_member_group(&file_chat, user, 0, &id), CHAT_NOT_MEMBER);
	ck_assert_int_eq(chat_member_find(&file_chat, kopi, user), CHAT_NOT_MEMBER);
	ck_assert_int_eq(chat_member_count(&file_chat, kopi, &count), CHAT_OK);
	ck_assert_uint_eq(count, 2);
	file_assert_check(NULL);
}

START_TEST(test_join_amid_deletion)
{
	enum chat_result results[2];

	do_both(join_kopi, delete_lineker, results);
	ck_assert(results[0] == CHAT_OK || results[0] == CHAT_NO_USER);
	ck_assert_int_eq(results[1], CHAT_OK);
	assert_in_no_group(lineker.user.id);
}
END_TEST

START_TEST(test_add_amid_deletion)
{
	enum chat_result results[2];
	struct chat_group group;
	uint32_t count;

	do_both(add_teh, delete_lineker, results);
	ck_assert(results[0] == CHAT_OK || results[0] == CHAT_NO_USER);
	ck_assert_int_eq(results[1], CHAT_OK);
	assert_in_no_group(lineker.user.id);
	if (results[0] != CHAT_OK)
		return;
	ck_assert_int_eq(chat_group_find(&file_chat, chat_text("teh"), &group), CHAT_OK);
	ck_assert_int_eq(chat_member_count(&file_chat, group.id, &count), CHAT_OK);
	ck_assert_uint_eq(count, 0);
	ck_assert_uint_eq(group.owner, 0);
}
END_TEST

/* A transaction that was made before the deletion, and comes after it. */
START_TEST(test_join_after_deletion)
{
	struct store_tx tx;

	store_tx_init(&tx);
	ck_assert_int_eq(chat_member_tx_join(&file_chat, &tx, kopi, lineker.user.id), CHAT_OK);
	ck_assert_int_eq(delete_lineker(&file_chat), CHAT_OK);
	ck_assert_int_eq(store_commit(file_chat.store, &tx, NULL), STORE_CONFLICT);
	ck_assert_int_eq(join_kopi(&file_chat), CHAT_NO_USER);
	ck_assert_int_eq(add_teh(&file_chat), CHAT_NO_USER);
	assert_in_no_group(lineker.user.id);
}
END_TEST

START_TEST(test_delete)
{
	struct chat_user user;
	struct chat_group group;
	uint64_t id;

	ck_assert_int_eq(join_kopi(&file_chat), CHAT_OK);
	ck_assert_int_eq(add_teh(&file_chat), CHAT_OK);
	ck_assert_int_eq(delete_lineker(&file_chat), CHAT_OK);
	ck_assert_int_eq(delete_lineker(&file_chat), CHAT_NO_USER);
	ck_assert_int_eq(chat_user_get(&file_chat, lineker.user.id, &user), CHAT_NO_USER);
	assert_in_no_group(lineker.user.id);
	ck_assert_int_eq(chat_group_delete(&file_chat, chat_text("teh")), CHAT_OK);
	ck_assert_int_eq(chat_group_delete(&file_chat, chat_text("kopi")), CHAT_OK);
	ck_assert_int_eq(chat_group_get(&file_chat, kopi, &group), CHAT_NO_GROUP);
	ck_assert_int_eq(chat_member_user(&file_chat, kopi, 0, &id), CHAT_NOT_MEMBER);
	file_assert_check(NULL);
}
END_TEST

START_TEST(test_use_amid_logout)
{
	enum chat_result results[2];
	struct chat_session found;

	file_config.token_lifetime = 30 * DAY_MS / 1000;
	ck_assert_int_eq(chat_session_open(&file_chat, &lineker.user, &session), CHAT_OK);
	fake_clock_shift(CLOCK_REALTIME, 2 * DAY_MS);
	do_both(log_out, use_session, results);
	ck_assert_int_eq(results[0], CHAT_OK);
	ck_assert_int_eq(results[1], CHAT_OK);
	ck_assert_int_eq(chat_session_find(&file_chat, chat_text(session.token), &found),
	    CHAT_NO_SESSION);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("chat_race");
	TCase *alone = tcase_create("alone"), *processes = tcase_create("processes");

	tcase_add_checked_fixture(alone, file_setup, file_teardown);
	tcase_set_timeout(alone, FIXTURE_TIMEOUT);
	tcase_add_test(alone, test_join_after_deletion);
	tcase_add_test(alone, test_delete);
	suite_add_tcase(suite, alone);
	tcase_add_checked_fixture(processes, file_setup_committer, file_teardown);
	tcase_set_timeout(processes, FIXTURE_TIMEOUT);
	tcase_add_test(processes, test_join_amid_deletion);
	tcase_add_test(processes, test_add_amid_deletion);
	tcase_add_test(processes, test_use_amid_logout);
	suite_add_tcase(suite, processes);
	return suite_run(suite);
}
