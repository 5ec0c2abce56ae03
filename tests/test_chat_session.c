/*
 * Sessions in the store: records of before, the list of a user's sessions and its bound, what is
 * noted of a use and when, ending one by its id, and what a check finds. And keys of messages,
 * which expire, too.
 */
#include <sys/wait.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/pack.h"
#include "chat/janitor.h"
#include "chat/key.h"
#include "chat/message.h"
#include "chat/once.h"
#include "chat/session.h"
#include "chat/session_list.h"
#include "chat/user_delete.h"
#include "fake_clock.h"
#include "file_fixture.h"
#include "suite.h"

#define RIVALS    12
#define EACH      5
#define MINUTE_MS (60 * INT64_C(1000))
#define HOUR_MS   (60 * MINUTE_MS)

static unsigned char hash[TOKEN_HASH_LEN];
static struct chat_session_list list;

static void
setup(void)
{
	file_setup();
	file_config.token_lifetime = 30 * 24 * 60 * 60;
}

static size_t
count_listed(const struct chat_session *session)
{
	store_refresh(file_chat.store);
	ck_assert_int_eq(chat_session_list_read(&file_chat, session->user.id, &list), CHAT_OK);
	return list.n;
}

static bool
is_listed(const struct chat_session *session)
{
	token_hash(session->token, hash);
	store_refresh(file_chat.store);
	return chat_session_list_has(&file_chat, session->user.id, hash);
}

static enum chat_result
look(const struct chat_session *session, struct chat_session_use *use)
{
	token_hash(session->token, hash);
	store_refresh(file_chat.store);
	return chat_session_look(&file_chat, hash, &session->user, use);
}

/* The id of a session. */
static struct chat_text
id_of(const struct chat_session *session)
{
	static char id[CHAT_SESSION_LIST_ID + 1];

	token_hash(session->token, hash);
	chat_session_list_id(hash, id);
	return chat_text(id);
}

static void
use_from(const char *address, const char *program)
{
	file_chat.client_address = address;
	file_chat.client_program = program;
}

static void
open_session(struct chat_session *session, const struct chat_session *user)
{
	ck_assert_int_eq(chat_session_open(&file_chat, &user->user, session), CHAT_OK);
}

/* What a record of before does not say is noted with the next use, and its session is listed. */
START_TEST(test_record_of_before)
{
	struct chat_session session = { .user = messi.user }, found;
	struct chat_session_use use;
	unsigned char data[CHAT_SESSION_RECORD];
	struct store_tx tx;
	struct pack p;

	token_make(session.token);
	token_hash(session.token, hash);
	pack_init(&p, data, sizeof(data));
	pack_u8(&p, 1);
	pack_u64(&p, messi.user.id);
	pack_u32(&p, messi.user.epoch);
	pack_i64(&p, clock_now_ms());
	store_tx_init(&tx);
	store_tx_put(&tx, CHAT_TABLE_TOKENS, hash, sizeof(hash), data, p.len);
	ck_assert_int_eq(store_commit(file_chat.store, &tx, NULL), STORE_OK);
	ck_assert_int_eq(chat_session_find(&file_chat, chat_text(session.token), &found), CHAT_OK);
	ck_assert_int_eq(look(&session, &use), CHAT_OK);
	ck_assert_str_eq(use.address, "");
	ck_assert(!is_listed(&session));
	use_from("192.0.2.1", "kabar/1");
	chat_session_note(&file_chat, &session);
	ck_assert(is_listed(&session));
	ck_assert_int_eq(look(&session, &use), CHAT_OK);
	ck_assert_str_eq(use.address, "192.0.2.1");
	ck_assert_str_eq(use.program, "kabar/1");
	file_assert_check(NULL);
}
END_TEST

/* Another address or program is noted at once, a use of the same once an hour. */
START_TEST(test_note)
{
	struct chat_session session;
	struct chat_session_use first, use;

	use_from("192.0.2.1", "");
	open_session(&session, &messi);
	ck_assert_int_eq(look(&session, &first), CHAT_OK);
	ck_assert_str_eq(first.address, "192.0.2.1");
	ck_assert_str_eq(first.program, "");
	fake_clock_shift(CLOCK_REALTIME, HOUR_MS - MINUTE_MS);
	chat_session_note(&file_chat, &session);
	ck_assert_int_eq(look(&session, &use), CHAT_OK);
	ck_assert_int_eq(use.used_ms, first.used_ms);
	fake_clock_shift(CLOCK_REALTIME, HOUR_MS);
	chat_session_note(&file_chat, &session);
	ck_assert_int_eq(look(&session, &use), CHAT_OK);
	ck_assert_int_ge(use.used_ms, first.used_ms + HOUR_MS);
	use_from("192.0.2.2", "kabar/1");
	fake_clock_shift(CLOCK_REALTIME, HOUR_MS + MINUTE_MS);
	chat_session_note(&file_chat, &session);
	ck_assert_int_eq(look(&session, &use), CHAT_OK);
	ck_assert_str_eq(use.address, "192.0.2.2");
	ck_assert_str_eq(use.program, "kabar/1");
	ck_assert_int_ge(use.used_ms, first.used_ms + HOUR_MS + MINUTE_MS);
	/* A program that is not told is the one of before. */
	use_from("192.0.2.1", "");
	chat_session_note(&file_chat, &session);
	ck_assert_int_eq(look(&session, &use), CHAT_OK);
	ck_assert_str_eq(use.address, "192.0.2.1");
	ck_assert_str_eq(use.program, "kabar/1");
	/* One that has ended stays ended. */
	ck_assert_int_eq(chat_session_close(&file_chat, &session), CHAT_OK);
	use_from("192.0.2.3", "");
	chat_session_note(&file_chat, &session);
	ck_assert_int_eq(look(&session, &use), CHAT_NO_SESSION);
}
END_TEST

/* Of too many sessions those make way that have ended, then the oldest, which stay good. */
START_TEST(test_bound)
{
	struct chat_session sessions[CHAT_SESSION_LIST_MOST + 2], found;
	size_t most = CHAT_SESSION_LIST_MOST;

	ck_assert_uint_eq(count_listed(&henderson), 0);
	for (size_t i = 0; i < most; i++)
		open_session(&sessions[i], &henderson);
	ck_assert_uint_eq(count_listed(&henderson), most);
	ck_assert_int_eq(chat_session_close(&file_chat, &sessions[7]), CHAT_OK);
	open_session(&sessions[most], &henderson);
	ck_assert_uint_eq(count_listed(&henderson), most);
	ck_assert(is_listed(&sessions[0]));
	ck_assert(!is_listed(&sessions[7]));
	open_session(&sessions[most + 1], &henderson);
	ck_assert_uint_eq(count_listed(&henderson), most);
	ck_assert(!is_listed(&sessions[0]));
	ck_assert(is_listed(&sessions[1]));
	ck_assert(is_listed(&sessions[most + 1]));
	ck_assert_int_eq(chat_session_find(&file_chat, chat_text(sessions[0].token), &found),
	    CHAT_OK);
	file_assert_check(NULL);
}
END_TEST

START_TEST(test_end)
{
	struct chat_session own, other, found;
	struct chat_session_use use;

	open_session(&own, &messi);
	open_session(&other, &henderson);
	ck_assert_int_eq(chat_session_end(&file_chat, &messi.user, id_of(&other)), CHAT_NO_SESSION);
	ck_assert_int_eq(chat_session_end(&file_chat, &messi.user, chat_text("")),
	    CHAT_BAD_ARGUMENT);
	ck_assert_int_eq(chat_session_end(&file_chat, &messi.user, chat_text("0123456789ABCD")),
	    CHAT_BAD_ARGUMENT);
	ck_assert_int_eq(chat_session_end(&file_chat, &messi.user, chat_text("0123456789ag")),
	    CHAT_BAD_ARGUMENT);
	ck_assert_int_eq(chat_session_find(&file_chat, chat_text(other.token), &found), CHAT_OK);
	ck_assert_int_eq(chat_session_end(&file_chat, &messi.user, id_of(&own)), CHAT_OK);
	ck_assert_int_eq(look(&own, &use), CHAT_NO_SESSION);
	ck_assert_int_eq(chat_session_end(&file_chat, &messi.user, id_of(&own)), CHAT_NO_SESSION);
}
END_TEST

/* What is no text stands in no reply, and lists of nobody are found by a check. */
START_TEST(test_damage)
{
	static const unsigned char one[1 + TOKEN_HASH_LEN] = { 1 };
	struct chat_session session;
	struct chat_session_use use;
	unsigned char key[CHAT_KEY_ID];
	struct store_tx tx;

	ck_assert(chat_session_list_valid(one, sizeof(one)));
	ck_assert(chat_session_list_valid(one, 1));
	ck_assert(!chat_session_list_valid(one, 0));
	ck_assert(!chat_session_list_valid(one, sizeof(one) - 1));
	ck_assert(!chat_session_list_valid(one + 1, sizeof(one) - 1));
	use_from("\x1b[0m", "");
	open_session(&session, &messi);
	ck_assert_int_eq(look(&session, &use), CHAT_NO_SESSION);
	chat_session_drop(&file_chat, &session);
	store_tx_init(&tx);
	chat_key_id(key, 999);
	store_tx_put(&tx, CHAT_TABLE_SESSIONS, key, sizeof(key), one, sizeof(one));
	ck_assert_int_eq(store_commit(file_chat.store, &tx, NULL), STORE_OK);
	file_assert_check("1 lists of sessions that are damaged, or of users who are gone");
	store_tx_init(&tx);
	store_tx_delete(&tx, CHAT_TABLE_SESSIONS, key, sizeof(key));
	ck_assert_int_eq(store_commit(file_chat.store, &tx, NULL), STORE_OK);
	use_from(NULL, NULL);
	open_session(&session, &lineker);
	ck_assert_int_eq(chat_user_delete(&file_chat, chat_text("lineker")), CHAT_OK);
	ck_assert_uint_eq(count_listed(&lineker), 0);
}
END_TEST

/* Logins of one user at the same moment do not fail each other, whatever becomes of the list. */
START_TEST(test_rivals)
{
	struct chat_session session;
	pid_t pids[RIVALS];
	struct chat chat;
	int status;

	file_teardown();
	file_setup_committer();
	file_close(&file_chat);
	for (int i = 0; i < RIVALS; i++) {
		pids[i] = fork();
		ck_assert_int_ge(pids[i], 0);
		if (pids[i] > 0)
			continue;
		file_open(&chat);
		for (int j = 0; j < EACH; j++) {
			store_refresh(chat.store);
			if (chat_session_open(&chat, &messi.user, &session) != CHAT_OK)
				_exit(1);
		}
		_exit(0);
	}
	for (int i = 0; i < RIVALS; i++) {
		ck_assert_int_eq(waitpid(pids[i], &status, 0), pids[i]);
		ck_assert_int_eq(status, 0);
	}
	file_open(&file_chat);
	ck_assert_uint_gt(count_listed(&messi), 0);
	file_assert_check(NULL);
}
END_TEST

/* Whether a key of a message is kept that was used, however old it is. */
static bool
is_kept(const unsigned char key[CHAT_ONCE_KEY])
{
	unsigned char record[CHAT_ONCE_RECORD], value[STORE_VALUE_MAX];
	size_t len;

	store_refresh(file_chat.store);
	chat_once_record(record, messi.user.id, key);
	return store_get(file_chat.store, STORE_LOG_STATE, record, sizeof(record), value,
	           sizeof(value), &len) == STORE_OK;
}

/* Keys of messages that count no more are removed, others are not. */
START_TEST(test_keys_expire)
{
	static const unsigned char keys[2][CHAT_ONCE_KEY] = { { 1 }, { 2 } };
	struct chat_janitor janitor;

	for (size_t i = 0; i < 2; i++) {
		file_chat.once = keys[i];
		ck_assert_int_eq(chat_message_send(&file_chat, &messi, chat_text("henderson"),
		                     chat_text("halo")),
		    CHAT_OK);
		if (i == 0)
			fake_clock_shift(CLOCK_REALTIME, CHAT_ONCE_KEEP_MS / 2 + 1000);
	}
	file_chat.once = NULL;
	ck_assert_int_eq(chat_janitor_run(&file_chat, &janitor), CHAT_OK);
	ck_assert(is_kept(keys[0]));
	fake_clock_shift(CLOCK_REALTIME, CHAT_ONCE_KEEP_MS + 1000);
	ck_assert_int_eq(chat_janitor_run(&file_chat, &janitor), CHAT_OK);
	ck_assert(!is_kept(keys[0]));
	ck_assert(is_kept(keys[1]));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("chat session");
	TCase *tcase = tcase_create("chat session");

	tcase_add_checked_fixture(tcase, setup, file_teardown);
	tcase_add_test(tcase, test_record_of_before);
	tcase_add_test(tcase, test_note);
	tcase_add_test(tcase, test_bound);
	tcase_add_test(tcase, test_end);
	tcase_add_test(tcase, test_damage);
	tcase_add_test(tcase, test_rivals);
	tcase_add_test(tcase, test_keys_expire);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
