/*
 * Forgeries of users over bound connections: sessions, files with their counts, and what is out of
 * reach of everybody.
 */
#include <string.h>

#include "chat/file/quota.h"
#include "chat/key.h"
#include "chat/ring.h"
#include "chat/session_list.h"
#include "chat/set.h"
#include "chat/user_guest.h"
#include "permit_fixture.h"

#define SOME_ID 999999

/*
 * Accounts and sessions.
 */

START_TEST(test_sessions)
{
	struct chat_session own, other;
	unsigned char mine[PERMIT_RECORD], theirs[PERMIT_RECORD], hash[TOKEN_HASH_LEN],
	    other_hash[TOKEN_HASH_LEN];

	ck_assert_int_eq(chat_session_open(&file_chat, &henderson.user, &own), CHAT_OK);
	ck_assert_int_eq(chat_session_open(&file_chat, &messi.user, &other), CHAT_OK);
	token_hash(own.token, hash);
	token_hash(other.token, other_hash);
	size_t len = permit_record(CHAT_TABLE_TOKENS, hash, sizeof(hash), mine);
	ck_assert_uint_eq(permit_record(CHAT_TABLE_TOKENS, other_hash, sizeof(other_hash), theirs),
	    len);
	permit_as_user(&henderson);
	/* Making one, for another or oneself; also in place of one that is there. */
	store_tx_init(&permit_tx);
	store_tx_put(&permit_tx, CHAT_TABLE_TOKENS, "01234567890123456789012345678901", 32, theirs,
	    len);
	PERMIT_FORBIDDEN();
	store_tx_init(&permit_tx);
	store_tx_put(&permit_tx, CHAT_TABLE_TOKENS, "01234567890123456789012345678901", 32, mine,
	    len);
	PERMIT_FORBIDDEN();
	store_tx_init(&permit_tx);
	chat_key_swap(&permit_tx, CHAT_TABLE_TOKENS, hash, sizeof(hash), mine, len, theirs, len);
	PERMIT_FORBIDDEN();
	store_tx_init(&permit_tx);
	chat_key_swap(&permit_tx, CHAT_TABLE_TOKENS, other_hash, sizeof(hash), theirs, len, mine,
	    len);
	PERMIT_FORBIDDEN();
	store_tx_init(&permit_tx);
	chat_key_swap(&permit_tx, CHAT_TABLE_TOKENS, other_hash, sizeof(hash), theirs, len, theirs,
	    len);
	PERMIT_FORBIDDEN();
	/* A later epoch than that of the login. */
	memcpy(theirs, mine, len);
	theirs[12]++;
	store_tx_init(&permit_tx);
	chat_key_swap(&permit_tx, CHAT_TABLE_TOKENS, hash, sizeof(hash), mine, len, theirs, len);
	PERMIT_FORBIDDEN();
	/* Ending another's; and using and ending one's own. */
	store_tx_init(&permit_tx);
	store_tx_delete(&permit_tx, CHAT_TABLE_TOKENS, other_hash, sizeof(other_hash));
	PERMIT_FORBIDDEN();
	memcpy(theirs, mine, len);
	theirs[len - 1] |= 0x80;
	store_tx_init(&permit_tx);
	chat_key_swap(&permit_tx, CHAT_TABLE_TOKENS, hash, sizeof(hash), mine, len, theirs, len);
	PERMIT_ALLOWED();
	store_tx_init(&permit_tx);
	store_tx_delete(&permit_tx, CHAT_TABLE_TOKENS, hash, sizeof(hash));
	PERMIT_ALLOWED();
}
END_TEST

/* Adds the steps of a new session. */
static void
open_session(const unsigned char *record, size_t len)
{
	static const char hash[] = "01234567890123456789012345678901";

	store_tx_init(&permit_tx);
	store_tx_expect_absent(&permit_tx, CHAT_TABLE_TOKENS, hash, TOKEN_HASH_LEN);
	store_tx_put(&permit_tx, CHAT_TABLE_TOKENS, hash, TOKEN_HASH_LEN, record, len);
}

/* After a login its worker makes the session: of this user, as of now. */
START_TEST(test_new_session)
{
	struct chat_session own, other;
	unsigned char mine[PERMIT_RECORD], theirs[PERMIT_RECORD], hash[TOKEN_HASH_LEN];

	ck_assert_int_eq(chat_session_open(&file_chat, &henderson.user, &own), CHAT_OK);
	ck_assert_int_eq(chat_session_open(&file_chat, &messi.user, &other), CHAT_OK);
	token_hash(other.token, hash);
	(void)permit_record(CHAT_TABLE_TOKENS, hash, sizeof(hash), theirs);
	token_hash(own.token, hash);
	size_t len = permit_record(CHAT_TABLE_TOKENS, hash, sizeof(hash), mine);
	permit_as_user(&henderson);
	open_session(theirs, len);
	PERMIT_FORBIDDEN();
	mine[12]++; /* the epoch */
	open_session(mine, len);
	PERMIT_FORBIDDEN();
	mine[12]--;
	mine[len - 6] ^= 1; /* days */
	open_session(mine, len);
	PERMIT_FORBIDDEN();
	mine[len - 6] ^= 1;
	open_session(mine, len - 1);
	PERMIT_FORBIDDEN();
	open_session(mine, len);
	PERMIT_ALLOWED();
}
END_TEST

/* After a change of the password the own session is opened anew, with its token; no other is. */
START_TEST(test_reopened_session)
{
	unsigned char mine[PERMIT_RECORD], theirs[PERMIT_RECORD], hash[TOKEN_HASH_LEN],
	    other_hash[TOKEN_HASH_LEN];
	struct chat_session own, other, found;
	struct chat_user user;

	file_config.token_lifetime = 3600;
	ck_assert_int_eq(chat_session_open(&file_chat, &henderson.user, &own), CHAT_OK);
	ck_assert_int_eq(chat_session_open(&file_chat, &messi.user, &other), CHAT_OK);
	ck_assert_int_eq(chat_user_passwd(&file_chat, chat_text("henderson"), "malang"), CHAT_OK);
	ck_assert_int_eq(chat_session_find(&file_chat, chat_text(own.token), &found),
	    CHAT_NO_SESSION);
	ck_assert_int_eq(chat_user_get(&file_chat, henderson.user.id, &user), CHAT_OK);
	permit_as_user(&henderson);
	ck_assert_int_eq(chat_session_reopen(&file_chat, &user, &other), CHAT_FAILED);
	ck_assert_int_eq(chat_session_reopen(&file_chat, &user, &own), CHAT_OK);
	store_refresh(file_chat.store);
	ck_assert_int_eq(chat_session_find(&file_chat, chat_text(own.token), &found), CHAT_OK);
	/* One that is good may not take the place of another's. */
	token_hash(own.token, hash);
	token_hash(other.token, other_hash);
	size_t len = permit_record(CHAT_TABLE_TOKENS, hash, sizeof(hash), mine);
	ck_assert_uint_eq(permit_record(CHAT_TABLE_TOKENS, other_hash, sizeof(hash), theirs), len);
	store_tx_init(&permit_tx);
	chat_key_swap(&permit_tx, CHAT_TABLE_TOKENS, other_hash, sizeof(hash), theirs, len, mine,
	    len);
	PERMIT_FORBIDDEN();
	ck_assert_int_eq(chat_session_close(&file_chat, &own), CHAT_OK);
	ck_assert_int_eq(chat_session_reopen(&file_chat, &user, &own), CHAT_NO_SESSION);
}
END_TEST

static void
make_admin(struct chat_user *user, void *arg)
{
	(void)arg;
	user->admin = true;
}

/* An administrator ends sessions of others and tells of that; whoever is none does not. */
START_TEST(test_ended_by_admin)
{
	struct chat_session own, first, second, found;
	unsigned char hash[TOKEN_HASH_LEN];

	file_config.token_lifetime = 3600;
	ck_assert_int_eq(chat_session_open(&file_chat, &henderson.user, &own), CHAT_OK);
	token_hash(own.token, hash);
	ck_assert_int_eq(chat_session_open(&file_chat, &messi.user, &first), CHAT_OK);
	ck_assert_int_eq(chat_session_open(&file_chat, &messi.user, &second), CHAT_OK);
	permit_as_user(&henderson);
	ck_assert_int_eq(chat_session_end_all(&file_chat, &messi.user), CHAT_FORBIDDEN);
	store_tx_init(&permit_tx);
	store_tx_delete(&permit_tx, CHAT_TABLE_TOKENS, hash, sizeof(hash));
	store_tx_ring(&permit_tx, CHAT_RING_SESSION, messi.user.id, 0);
	PERMIT_FORBIDDEN();
	permit_as_nobody();
	ck_assert_int_eq(chat_user_alter(&file_chat, chat_text("henderson"), make_admin, NULL),
	    CHAT_OK);
	permit_as_user(&henderson);
	/* Nobody is woken for nothing. */
	store_tx_init(&permit_tx);
	store_tx_next(&permit_tx, STORE_COUNTERS, "id", 2, 1);
	store_tx_ring(&permit_tx, CHAT_RING_SESSION, messi.user.id, 0);
	PERMIT_FORBIDDEN();
	ck_assert_int_eq(chat_session_end_all(&file_chat, &messi.user), CHAT_OK);
	store_refresh(file_chat.store);
	ck_assert_int_eq(chat_session_find(&file_chat, chat_text(first.token), &found),
	    CHAT_NO_SESSION);
	ck_assert_int_eq(chat_session_find(&file_chat, chat_text(second.token), &found),
	    CHAT_NO_SESSION);
	ck_assert_int_eq(chat_session_end_all(&file_chat, &messi.user), CHAT_NO_SESSION);
}
END_TEST

/* What a list names may be another's session, which stays. */
START_TEST(test_end_all_keeps_others)
{
	unsigned char list[1 + TOKEN_HASH_LEN] = { 1 };
	struct chat_session other, found;

	file_config.token_lifetime = 3600;
	ck_assert_int_eq(chat_session_open(&file_chat, &messi.user, &other), CHAT_OK);
	token_hash(other.token, list + 1);
	store_tx_init(&permit_tx);
	store_tx_put(&permit_tx, CHAT_TABLE_SESSIONS, permit_id(henderson.user.id), CHAT_KEY_ID,
	    list, sizeof(list));
	PERMIT_ALLOWED();
	store_refresh(file_chat.store);
	ck_assert_int_eq(chat_session_end_all(&file_chat, &henderson.user), CHAT_NO_SESSION);
	store_refresh(file_chat.store);
	ck_assert_int_eq(chat_session_find(&file_chat, chat_text(other.token), &found), CHAT_OK);
}
END_TEST

/* A user's list of sessions is the user's own, and is one. */
START_TEST(test_session_list)
{
	unsigned char value[CHAT_SESSION_LIST_RECORD + TOKEN_HASH_LEN] = { 1 };

	permit_as_user(&henderson);
	store_tx_init(&permit_tx);
	store_tx_put(&permit_tx, CHAT_TABLE_SESSIONS, permit_id(messi.user.id), CHAT_KEY_ID, value,
	    1 + TOKEN_HASH_LEN);
	PERMIT_FORBIDDEN();
	store_tx_init(&permit_tx);
	store_tx_put(&permit_tx, CHAT_TABLE_SESSIONS, permit_id(henderson.user.id), CHAT_KEY_ID,
	    value, TOKEN_HASH_LEN);
	PERMIT_FORBIDDEN();
	store_tx_init(&permit_tx);
	store_tx_put(&permit_tx, CHAT_TABLE_SESSIONS, permit_id(henderson.user.id), CHAT_KEY_ID,
	    value, sizeof(value));
	PERMIT_FORBIDDEN();
	store_tx_init(&permit_tx);
	store_tx_put(&permit_tx, CHAT_TABLE_SESSIONS, permit_id(henderson.user.id), CHAT_KEY_ID,
	    value, 1 + TOKEN_HASH_LEN);
	PERMIT_ALLOWED();
}
END_TEST

/* Tables that are nobody's over a bound connection, and counters. */
/* A guest's account is the clerk's to change, and who is one. */
START_TEST(test_guest)
{
	struct chat_session session = { .user = { .name = "tamu" } };
	const struct chat_set guests = chat_user_guests();
	unsigned char key[CHAT_KEY_ID];
	struct chat_user user;
	uint32_t others;

	file_config.guests_max = 10;
	ck_assert_int_eq(chat_user_guest_add(&file_chat, &session.user), CHAT_OK);
	chat_key_id(key, session.user.id);
	permit_as_user(&session);
	user = session.user;
	user.guest = false;
	store_tx_init(&permit_tx);
	chat_user_tx_change(&permit_tx, &session.user, &user);
	PERMIT_FORBIDDEN();
	store_tx_init(&permit_tx);
	ck_assert_int_eq(chat_set_remove(&file_chat, &permit_tx, &guests, key, sizeof(key),
	                     &others),
	    STORE_OK);
	PERMIT_FORBIDDEN();
	chat_key_id(key, henderson.user.id);
	store_tx_init(&permit_tx);
	ck_assert_int_eq(chat_set_add(&file_chat, &permit_tx, &guests, key, sizeof(key), &others),
	    STORE_OK);
	PERMIT_FORBIDDEN();
	/* It works like any other. */
	ck_assert_int_eq(chat_session_open(&file_chat, &session.user, &session), CHAT_OK);
	ck_assert_int_eq(chat_group_add(&file_chat, chat_text("teh"), session.user.id), CHAT_OK);
	ck_assert_int_eq(chat_message_send(&file_chat, &session, chat_text("messi"),
	                     chat_text("halo")),
	    CHAT_OK);
}
END_TEST

START_TEST(test_out_of_reach)
{
	static const int tables[] = { CHAT_TABLE_REALM, CHAT_TABLE_USER_NAMES, CHAT_TABLE_USERS,
		CHAT_TABLE_PEERS, CHAT_TABLE_REMOTE_LOGS, CHAT_TABLE_REMOTE_USERS,
		CHAT_TABLE_INVITATIONS, CHAT_TABLE_CERTIFICATES, CHAT_TABLE_END, STORE_LOG_STATE,
		STORE_LOG_STATE + 1, STORE_TABLE_MAX };

	permit_as_user(&henderson);
	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
		const void *key = permit_id(henderson.user.id);

		store_tx_init(&permit_tx);
		store_tx_put(&permit_tx, tables[i], key, CHAT_KEY_ID, "x", 1);
		PERMIT_FORBIDDEN();
		store_tx_init(&permit_tx);
		store_tx_delete(&permit_tx, tables[i], key, CHAT_KEY_ID);
		PERMIT_FORBIDDEN();
		store_tx_init(&permit_tx);
		store_tx_next(&permit_tx, tables[i], key, CHAT_KEY_ID, 1);
		PERMIT_FORBIDDEN();
		/* Looking is for everybody. */
		store_tx_init(&permit_tx);
		store_tx_expect(&permit_tx, tables[i], key, CHAT_KEY_ID, "y", 1);
		ck_assert_int_eq(permit_commit(), STORE_CONFLICT);
	}
	store_tx_init(&permit_tx);
	store_tx_next(&permit_tx, STORE_COUNTERS, "id", 2, CHAT_IDS_AT_ONCE);
	PERMIT_ALLOWED();
	store_tx_init(&permit_tx);
	store_tx_next(&permit_tx, STORE_COUNTERS, "id", 2, CHAT_IDS_AT_ONCE + 1);
	PERMIT_FORBIDDEN();
	store_tx_init(&permit_tx);
	store_tx_next(&permit_tx, STORE_COUNTERS, "id", 2, 0);
	PERMIT_FORBIDDEN();
	store_tx_init(&permit_tx);
	store_tx_next(&permit_tx, STORE_COUNTERS, "ie", 2, 1);
	PERMIT_FORBIDDEN();
	store_tx_init(&permit_tx);
	store_tx_advance(&permit_tx, STORE_COUNTERS, "id", 2, 1);
	PERMIT_FORBIDDEN();
	store_tx_init(&permit_tx);
	store_tx_put(&permit_tx, STORE_COUNTERS, "id", 2, permit_id(1), CHAT_KEY_ID);
	PERMIT_FORBIDDEN();
}
END_TEST

/* What a transaction may hold is bounded. */
START_TEST(test_many_steps)
{
	permit_as_user(&henderson);
	store_tx_init(&permit_tx);
	for (int i = 0; i < 100; i++)
		store_tx_next(&permit_tx, STORE_COUNTERS, "id", 2, 1);
	PERMIT_FORBIDDEN();
}
END_TEST

/*
 * Files.
 */

static struct chat_file
file_of(const struct chat_session *owner, unsigned char content)
{
	struct chat_file file = { .owner = owner->user.id, .size = 10, .sent_ms = 1 };

	memset(file.hash, content, sizeof(file.hash));
	return file;
}

/* As chat_file_put() does it; NULL: no file before. */
static void
tx_file(struct chat_conversation with, const char *name, const struct chat_file *before,
    const struct chat_file *after, bool counted)
{
	unsigned char key[CHAT_FILE_KEY], old[CHAT_FILE_RECORD], new[CHAT_FILE_RECORD];
	size_t key_len = chat_file_key(key, with, chat_text(name));
	size_t old_len = before == NULL ? 0 : chat_file_pack(old, before);
	struct chat_set names = chat_file_names(with);
	uint32_t others;

	store_tx_init(&permit_tx);
	if (counted)
		ck_assert_int_eq(chat_quota_tx(&file_chat, &permit_tx, before, after), CHAT_OK);
	chat_key_swap(&permit_tx, CHAT_TABLE_FILES, key, key_len, old, old_len, new,
	    chat_file_pack(new, after));
	if (before == NULL && !chat_conversation_is_outbound(with))
		ck_assert_int_eq(chat_set_add(&file_chat, &permit_tx, &names, name, strlen(name),
		                     &others),
		    STORE_OK);
}

START_TEST(test_files)
{
	struct chat_file own = file_of(&henderson, 1), other = file_of(&messi, 2);
	struct chat_file own_other = file_of(&henderson, 3);
	struct chat_conversation group = chat_conversation_group(kopi);
	struct chat_conversation both = chat_conversation_users(henderson.user.id, lineker.user.id);
	uint64_t fresh;

	permit_as_user(&henderson);
	tx_file(group, "a", NULL, &own, true);
	PERMIT_ALLOWED();
	tx_file(both, "a", NULL, &own, true);
	PERMIT_ALLOWED();
	tx_file(group, "b", NULL, &other, true); /* another's name on it, and another's quota */
	PERMIT_FORBIDDEN();
	tx_file(chat_conversation_users(messi.user.id, lineker.user.id), "a", NULL, &own, true);
	PERMIT_FORBIDDEN();
	tx_file(chat_conversation_users(henderson.user.id, kopi), "a", NULL, &own, true);
	PERMIT_FORBIDDEN();
	tx_file(group, "../b", NULL, &own, true);
	PERMIT_FORBIDDEN();
	tx_file(group, "b", NULL, &own, false); /* that counts nowhere */
	PERMIT_FORBIDDEN();
	tx_file(group, "a", &own, &own_other, true);
	PERMIT_ALLOWED();
	/* The id of an outbound message that is another's, or none. */
	tx_file(chat_conversation_outbound(messi.user.id), "enclosed", NULL, &own, true);
	PERMIT_FORBIDDEN();
	tx_file(chat_conversation_outbound(SOME_ID), "enclosed", NULL, &own, true);
	PERMIT_FORBIDDEN();
	ck_assert_int_eq(chat_new_id(&file_chat, &fresh), CHAT_OK);
	tx_file(chat_conversation_outbound(fresh), "enclosed", NULL, &own, true);
	PERMIT_ALLOWED();
	permit_as_user(&lineker); /* no member of kopi */
	own = file_of(&lineker, 1);
	tx_file(group, "c", NULL, &own, true);
	PERMIT_FORBIDDEN();
}
END_TEST

static void
tx_quota(uint64_t user, uint64_t bytes, uint32_t files)
{
	unsigned char before[CHAT_QUOTA_RECORD], after[CHAT_QUOTA_RECORD];
	struct chat_quota quota;

	ck_assert_int_eq(chat_quota_get(&file_chat, user, &quota), CHAT_OK);
	size_t before_len = chat_quota_pack(before, &quota);
	quota = (struct chat_quota){ .bytes = bytes, .files = files };
	size_t after_len = chat_quota_pack(after, &quota);
	chat_key_swap(&permit_tx, CHAT_TABLE_QUOTAS, permit_id(user), CHAT_KEY_ID, before,
	    before_len, after, after_len);
}

/* The quota as it stays, with more bytes than a record of it has. */
static void
tx_long_quota(const struct chat_file *file)
{
	unsigned char record[CHAT_QUOTA_RECORD + 1] = { 0 };
	struct chat_quota quota;

	ck_assert_int_eq(chat_quota_get(&file_chat, file->owner, &quota), CHAT_OK);
	size_t len = chat_quota_pack(record, &quota);
	chat_key_swap(&permit_tx, CHAT_TABLE_QUOTAS, permit_id(file->owner), CHAT_KEY_ID, record,
	    len, record, sizeof(record));
}

/* Counts change by what a file is, and not without one. */
START_TEST(test_counts)
{
	struct chat_file own = file_of(&henderson, 1), same = own, large = own;
	struct chat_file other = file_of(&henderson, 2);
	struct chat_conversation group = chat_conversation_group(kopi);

	permit_as_user(&henderson);
	tx_file(group, "a", NULL, &own, true);
	PERMIT_ALLOWED();
	store_tx_init(&permit_tx);
	tx_quota(henderson.user.id, 0, 0);
	PERMIT_FORBIDDEN();
	store_tx_init(&permit_tx);
	tx_quota(messi.user.id, 100, 1);
	PERMIT_FORBIDDEN();
	store_tx_init(&permit_tx);
	chat_key_swap(&permit_tx, CHAT_TABLE_BLOBS, own.hash, sizeof(own.hash), permit_id(1),
	    CHAT_KEY_ID, NULL, 0);
	PERMIT_FORBIDDEN();
	/* A larger file than is counted. */
	large.size = 1000;
	tx_file(group, "a", &own, &large, false);
	tx_quota(henderson.user.id, 10, 1);
	PERMIT_FORBIDDEN();
	/* A record that nobody has room to read. */
	same.sent_ms = 2;
	tx_file(group, "a", &own, &same, false);
	tx_long_quota(&own);
	PERMIT_FORBIDDEN();
	/* A reference less, for a file that stays. */
	same.sent_ms = 2;
	tx_file(group, "a", &own, &same, true);
	chat_key_swap(&permit_tx, CHAT_TABLE_BLOBS, own.hash, sizeof(own.hash), permit_id(1),
	    CHAT_KEY_ID, NULL, 0);
	PERMIT_FORBIDDEN();
	/* One more for it, and one less for what another file has. */
	tx_file(group, "a", &own, &same, true);
	chat_key_swap(&permit_tx, CHAT_TABLE_BLOBS, own.hash, sizeof(own.hash), permit_id(1),
	    CHAT_KEY_ID, permit_id(2), CHAT_KEY_ID);
	PERMIT_FORBIDDEN();
	tx_file(group, "b", NULL, &other, true);
	PERMIT_ALLOWED();
	tx_file(group, "a", &own, &same, true);
	chat_key_swap(&permit_tx, CHAT_TABLE_BLOBS, other.hash, sizeof(own.hash), permit_id(1),
	    CHAT_KEY_ID, NULL, 0);
	PERMIT_FORBIDDEN();
	tx_file(group, "a", &own, &same, true);
	PERMIT_ALLOWED();
}
END_TEST

/* A kind of principal that nobody knows. */
START_TEST(test_unknown_principal)
{
	permit_as(CHAT_PRINCIPAL_SERVER + 1, messi.user.id);
	store_tx_init(&permit_tx);
	store_tx_next(&permit_tx, STORE_COUNTERS, "id", 2, 1);
	PERMIT_FORBIDDEN();
}
END_TEST

int
main(void)
{
	const TTest *tests[] = { test_sessions, test_new_session, test_reopened_session,
		test_ended_by_admin, test_end_all_keeps_others, test_session_list, test_guest,
		test_out_of_reach, test_many_steps, test_files, test_counts,
		test_unknown_principal };

	return permit_main("permit_account", tests, sizeof(tests) / sizeof(tests[0]));
}
