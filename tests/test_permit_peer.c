/*
 * Forgeries of other realms over bound connections: no realm speaks for another, nor for this one.
 */
#include <string.h>

#include "chat/file/put.h"
#include "chat/file/quota.h"
#include "chat/key.h"
#include "chat/realm/receive_state.h"
#include "chat/realm/refusal.h"
#include "chat/realm/remote_log.h"
#include "chat/realm/remote_user.h"
#include "permit_fixture.h"

static struct chat_peer malang, solo;
static uint64_t log_of_malang, log_of_solo; /* of messages to messi */

static void
make_realms(void)
{
	malang = receive_peer("malang");
	solo = receive_peer("solo");
	ck_assert_int_eq(chat_remote_log_make(&file_chat, messi.user.id, malang.id, &log_of_malang),
	    CHAT_OK);
	ck_assert_int_eq(chat_remote_log_make(&file_chat, messi.user.id, solo.id, &log_of_solo),
	    CHAT_OK);
}

static uint64_t payer, paid, per_day;

static enum store_status
append(uint64_t log, const struct chat_message *message)
{
	unsigned char entry[CHAT_MESSAGE_RECORD];

	store_tx_init(&permit_tx);
	store_tx_append(&permit_tx, log, entry, chat_message_write(entry, sizeof(entry), message),
	    0, STORE_NO_LIMIT);
	store_tx_charge(&permit_tx, payer, paid, per_day);
	return permit_commit();
}

static void
try_messages(unsigned int kind)
{
	const struct chat_message good = permit_message("lineker");
	struct chat_message forged = good;

	permit_as(kind, malang.id);
	payer = malang.id;
	paid = CHAT_MESSAGE_RECORD;
	ck_assert_int_eq(append(log_of_malang, &good), STORE_OK);
	payer = solo.id;
	ck_assert_int_eq(append(log_of_malang, &good), STORE_FORBIDDEN);
	payer = malang.id;
	per_day = STORE_OWED;
	ck_assert_int_eq(append(log_of_malang, &good), STORE_FORBIDDEN);
	per_day = 0;
	paid = 10;
	ck_assert_int_eq(append(log_of_malang, &good), STORE_FORBIDDEN);
	paid = CHAT_MESSAGE_RECORD;
	ck_assert_int_eq(append(log_of_solo, &good), STORE_FORBIDDEN);
	ck_assert_int_eq(append(messi.user.id, &good), STORE_FORBIDDEN);
	ck_assert_int_eq(append(malang.id, &good), STORE_FORBIDDEN);
	forged.realm = chat_text("solo");
	ck_assert_int_eq(append(log_of_malang, &forged), STORE_FORBIDDEN);
	forged.realm = chat_text("");
	ck_assert_int_eq(append(log_of_malang, &forged), STORE_FORBIDDEN);
	forged = good;
	forged.from_id = henderson.user.id;
	ck_assert_int_eq(append(log_of_malang, &forged), STORE_FORBIDDEN);
	forged = good;
	forged.from = chat_text(NAME_SERVER);
	ck_assert_int_eq(append(log_of_malang, &forged), STORE_FORBIDDEN);
	forged.from = chat_text("li\nneker");
	ck_assert_int_eq(append(log_of_malang, &forged), STORE_FORBIDDEN);
	forged = good;
	forged.to = chat_text("henderson");
	ck_assert_int_eq(append(log_of_malang, &forged), STORE_FORBIDDEN);
	forged = good;
	for (int bad = CHAT_GROUP; bad <= CHAT_DELAY; bad++) {
		forged.kind = (enum chat_kind)bad;
		forged.to_realm = chat_text("");
		ck_assert_int_eq(append(log_of_malang, &forged), STORE_FORBIDDEN);
	}
	forged = good;
	forged.text = chat_text("\xff");
	ck_assert_int_eq(append(log_of_malang, &forged), STORE_FORBIDDEN);
	forged = good;
	forged.pulled = true;
	ck_assert_int_eq(append(log_of_malang, &forged), STORE_FORBIDDEN);
	forged = good;
	forged.notice = true;
	ck_assert_int_eq(append(log_of_malang, &forged), STORE_FORBIDDEN);
	forged = good;
	forged.tags = chat_text("+y");
	ck_assert_int_eq(append(log_of_malang, &forged), STORE_FORBIDDEN);
}

START_TEST(test_messages)
{
	make_realms();
	try_messages(CHAT_PRINCIPAL_PEER);
	try_messages(CHAT_PRINCIPAL_SERVER);
}
END_TEST

static void
tx_state(uint64_t peer, struct chat_receive_state before, uint64_t refusals)
{
	struct chat_receive_state after = before;

	after.generation++;
	after.refusals = refusals;
	store_tx_init(&permit_tx);
	chat_receive_state_tx_expect(&permit_tx, peer, &before);
	chat_receive_state_tx_put(&permit_tx, peer, &after);
}

static void
tx_refusal(uint64_t log)
{
	const struct chat_refusal refusal = { .epoch = 1,
		.number = 1,
		.reason = CHAT_REASON_NO_USER };
	unsigned char entry[CHAT_REFUSAL_RECORD];

	store_tx_append(&permit_tx, log, entry, chat_refusal_write(entry, &refusal), 0,
	    STORE_NO_LIMIT);
	store_tx_charge(&permit_tx, malang.id, sizeof(entry), 0);
}

START_TEST(test_state)
{
	struct chat_receive_state state = { .generation = 0 };
	uint64_t fresh;

	make_realms();
	permit_as(CHAT_PRINCIPAL_PEER, malang.id);
	ck_assert_int_eq(chat_new_id(&file_chat, &fresh), CHAT_OK);
	tx_state(solo.id, state, 0);
	PERMIT_FORBIDDEN();
	/* A log of refusals that is something else. */
	tx_state(malang.id, state, messi.user.id);
	PERMIT_FORBIDDEN();
	tx_state(malang.id, state, solo.id);
	PERMIT_FORBIDDEN();
	tx_state(malang.id, state, fresh);
	tx_refusal(messi.user.id);
	PERMIT_FORBIDDEN();
	tx_state(malang.id, state, fresh);
	tx_refusal(fresh);
	PERMIT_ALLOWED();
	state = (struct chat_receive_state){ .generation = 1, .refusals = fresh };
	tx_state(malang.id, state, 0);
	PERMIT_FORBIDDEN();
	store_tx_init(&permit_tx);
	store_tx_trim(&permit_tx, fresh, 1, 0);
	PERMIT_ALLOWED();
	store_tx_init(&permit_tx);
	store_tx_trim(&permit_tx, messi.user.id, 2, 0);
	PERMIT_FORBIDDEN();
	store_tx_init(&permit_tx);
	store_tx_close_log(&permit_tx, fresh);
	PERMIT_FORBIDDEN();
	permit_as(CHAT_PRINCIPAL_SERVER, malang.id);
	tx_state(malang.id, state, fresh);
	PERMIT_FORBIDDEN();
}
END_TEST

static void
tx_log(uint64_t destination, uint64_t peer, uint64_t log)
{
	unsigned char key[CHAT_KEY_PAIR], value[CHAT_KEY_ID], member[CHAT_KEY_PAIR];
	struct chat_set set = chat_remote_log_set(destination);
	uint32_t others;

	chat_key_pair(key, destination, peer);
	chat_key_pair(member, peer, log);
	chat_key_id(value, log);
	store_tx_init(&permit_tx);
	chat_key_swap(&permit_tx, CHAT_TABLE_REMOTE_LOGS, key, sizeof(key), NULL, 0, value,
	    sizeof(value));
	ck_assert_int_eq(chat_set_add(&file_chat, &permit_tx, &set, member, sizeof(member),
	                     &others),
	    STORE_OK);
}

START_TEST(test_logs)
{
	static const char hint_key[] = { CHAT_REMOTE_LOG_HINT_KEY };
	struct chat_remote_log_hint hint;
	uint64_t fresh;

	make_realms();
	permit_as(CHAT_PRINCIPAL_PEER, malang.id);
	ck_assert_int_eq(chat_new_id(&file_chat, &fresh), CHAT_OK);
	tx_log(henderson.user.id, solo.id, fresh);
	PERMIT_FORBIDDEN();
	tx_log(henderson.user.id, malang.id, lineker.user.id);
	PERMIT_FORBIDDEN();
	tx_log(henderson.user.id, malang.id, fresh + 1);
	PERMIT_FORBIDDEN();
	tx_log(malang.id, malang.id, fresh);
	PERMIT_FORBIDDEN();
	tx_log(henderson.user.id, malang.id, fresh);
	PERMIT_ALLOWED();
	/* Who hides a destination from the hint hides its messages. */
	ck_assert_int_eq(chat_remote_log_hint(&file_chat, &hint), CHAT_OK);
	for (int empty = 0; empty < 2; empty++) {
		unsigned char bits[CHAT_REMOTE_LOG_HINT];

		memset(bits, empty ? 0 : 0xff, sizeof(bits));
		store_tx_init(&permit_tx);
		chat_key_swap(&permit_tx, CHAT_TABLE_REMOTE_LOGS, hint_key, sizeof(hint_key),
		    hint.bits, hint.len, bits, sizeof(bits));
		ck_assert_int_eq(permit_commit(), empty ? STORE_FORBIDDEN : STORE_OK);
		ck_assert_int_eq(chat_remote_log_hint(&file_chat, &hint), CHAT_OK);
	}
}
END_TEST

static void
tx_user(uint64_t peer, uint64_t id, uint64_t peer_in_record)
{
	unsigned char key[CHAT_REMOTE_USER_KEY], id_key[CHAT_KEY_ID];
	unsigned char record[CHAT_REMOTE_USER_RECORD];
	struct chat_remote_user user = { .id = id, .peer = peer_in_record, .name = "beckham" };
	size_t len = chat_remote_user_key(key, peer, chat_text("beckham"));

	chat_key_id(id_key, id);
	store_tx_init(&permit_tx);
	chat_key_swap(&permit_tx, CHAT_TABLE_REMOTE_USERS, key, len, NULL, 0, id_key,
	    sizeof(id_key));
	store_tx_put(&permit_tx, CHAT_TABLE_REMOTE_USERS, id_key, sizeof(id_key), record,
	    chat_remote_user_pack(record, &user));
}

START_TEST(test_users)
{
	uint64_t fresh;

	make_realms();
	permit_as(CHAT_PRINCIPAL_PEER, malang.id);
	ck_assert_int_eq(chat_new_id(&file_chat, &fresh), CHAT_OK);
	tx_user(solo.id, fresh, solo.id);
	PERMIT_FORBIDDEN();
	tx_user(malang.id, fresh, solo.id);
	PERMIT_FORBIDDEN();
	tx_user(malang.id, messi.user.id, malang.id);
	PERMIT_FORBIDDEN();
	tx_user(malang.id, fresh + 1, malang.id);
	PERMIT_FORBIDDEN();
	tx_user(malang.id, fresh, malang.id);
	PERMIT_ALLOWED();
}
END_TEST

static enum chat_result
put_file(struct chat_conversation with, uint64_t owner)
{
	struct chat_file file = { .owner = owner, .size = 3, .sent_ms = 1 };

	memset(file.hash, 7, sizeof(file.hash));
	return chat_file_put(&file_chat, with, chat_text("f"), &file);
}

START_TEST(test_files)
{
	uint64_t own, other;

	make_realms();
	ck_assert_int_eq(chat_remote_user_make(&file_chat, malang.id, chat_text("beckham"), &own),
	    CHAT_OK);
	ck_assert_int_eq(chat_remote_user_make(&file_chat, solo.id, chat_text("beckham"), &other),
	    CHAT_OK);
	permit_as(CHAT_PRINCIPAL_PEER, malang.id);
	ck_assert_int_eq(put_file(chat_conversation_users(messi.user.id, own), malang.id), CHAT_OK);
	ck_assert_int_eq(put_file(chat_conversation_users(messi.user.id, other), malang.id),
	    CHAT_FORBIDDEN);
	ck_assert_int_eq(put_file(chat_conversation_users(lineker.user.id, own), solo.id),
	    CHAT_FORBIDDEN);
	ck_assert_int_eq(put_file(chat_conversation_users(lineker.user.id, own), messi.user.id),
	    CHAT_FORBIDDEN);
	ck_assert_int_eq(put_file(chat_conversation_users(messi.user.id, henderson.user.id),
	                     malang.id),
	    CHAT_FORBIDDEN);
	ck_assert_int_eq(put_file(chat_conversation_outbound(own), malang.id), CHAT_FORBIDDEN);
	ck_assert_int_eq(put_file(chat_conversation_group(kopi), malang.id), CHAT_OK);
	/* Another's file in a group stays. */
	permit_as(CHAT_PRINCIPAL_PEER, solo.id);
	ck_assert_int_eq(put_file(chat_conversation_group(kopi), solo.id), CHAT_FORBIDDEN);
}
END_TEST

START_TEST(test_out_of_reach)
{
	static const int tables[] = { STORE_CURSORS, CHAT_TABLE_REALM, CHAT_TABLE_USER_NAMES,
		CHAT_TABLE_USERS, CHAT_TABLE_GROUP_NAMES, CHAT_TABLE_GROUPS, CHAT_TABLE_MEMBERS,
		CHAT_TABLE_TOKENS, CHAT_TABLE_PEERS, CHAT_TABLE_QUOTAS, CHAT_TABLE_BLOCKS,
		CHAT_TABLE_INVITATIONS, CHAT_TABLE_END };
	unsigned char key[CHAT_KEY_PAIR];

	make_realms();
	chat_key_pair(key, messi.user.id, messi.user.id);
	for (unsigned int kind = CHAT_PRINCIPAL_PEER; kind <= CHAT_PRINCIPAL_SERVER; kind++) {
		permit_as(kind, malang.id);
		for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
			store_tx_init(&permit_tx);
			store_tx_put(&permit_tx, tables[i], key, sizeof(key), key, sizeof(key));
			PERMIT_FORBIDDEN();
			store_tx_init(&permit_tx);
			store_tx_delete(&permit_tx, tables[i], key, sizeof(key));
			PERMIT_FORBIDDEN();
			store_tx_init(&permit_tx);
			store_tx_advance(&permit_tx, tables[i], key, sizeof(key), 1);
			PERMIT_FORBIDDEN();
		}
	}
}
END_TEST

/* An older server moves the number of copies that it took of its own users alone. */
START_TEST(test_copies)
{
	unsigned char key[CHAT_KEY_STATE];
	uint64_t own, other;

	make_realms();
	ck_assert_int_eq(chat_remote_user_make(&file_chat, malang.id, chat_text("beckham"), &own),
	    CHAT_OK);
	ck_assert_int_eq(chat_remote_user_make(&file_chat, solo.id, chat_text("beckham"), &other),
	    CHAT_OK);
	permit_as(CHAT_PRINCIPAL_SERVER, malang.id);
	for (const char *what = "esnrfh"; *what != '\0'; what++) {
		chat_key_state(key, *what, other);
		store_tx_init(&permit_tx);
		store_tx_advance(&permit_tx, STORE_LOG_STATE, key, sizeof(key), 1);
		PERMIT_FORBIDDEN();
		chat_key_state(key, *what, own);
		store_tx_init(&permit_tx);
		store_tx_advance(&permit_tx, STORE_LOG_STATE, key, sizeof(key), 1);
		ck_assert_int_eq(permit_commit(), *what == 'h' ? STORE_OK : STORE_FORBIDDEN);
	}
	permit_as(CHAT_PRINCIPAL_PEER, malang.id);
	PERMIT_FORBIDDEN();
}
END_TEST

int
main(void)
{
	const TTest *tests[] = { test_messages, test_state, test_logs, test_users, test_files,
		test_out_of_reach, test_copies };

	return permit_main("permit_peer", tests, sizeof(tests) / sizeof(tests[0]));
}
