/*
 * Forgeries about block lists over bound connections: a worker that does not ask whether its user
 * is blocked, and one that writes to the lists of others, or what nobody can read.
 */
#include <string.h>

#include "chat/block.h"
#include "chat/file/put.h"
#include "chat/key.h"
#include "chat/realm/remote_log.h"
#include "chat/realm/remote_user.h"
#include "permit_fixture.h"

static enum chat_result
block(const struct chat_session *user, const char *who)
{
	return chat_block_add(&file_chat, user->user.id, chat_text(who));
}

static enum chat_result
unblock(const struct chat_session *user, const char *who)
{
	return chat_block_remove(&file_chat, user->user.id, chat_text(who));
}

static uint64_t payer;

static enum store_status
append(uint64_t log, const struct chat_message *message)
{
	unsigned char entry[CHAT_MESSAGE_RECORD];

	store_tx_init(&permit_tx);
	store_tx_append(&permit_tx, log, entry, chat_message_write(entry, sizeof(entry), message),
	    0, STORE_NO_LIMIT);
	store_tx_charge(&permit_tx, payer, sizeof(entry), 0);
	return permit_commit();
}

static enum chat_result
put_file(struct chat_conversation with, uint64_t owner)
{
	struct chat_file file = { .owner = owner, .size = 1, .sent_ms = 1 };

	return chat_file_put(&file_chat, with, chat_text("x"), &file);
}

START_TEST(test_forged_message)
{
	struct chat_message message = { .kind = CHAT_PRIVATE,
		.from_id = messi.user.id,
		.from = chat_text("messi"),
		.from_name = chat_text("messi"),
		.realm = chat_text(""),
		.to = chat_text("henderson"),
		.to_name = chat_text("henderson"),
		.text = chat_text("halo") };
	struct chat_conversation with = chat_conversation_users(messi.user.id, henderson.user.id);

	payer = messi.user.id;
	permit_as_user(&messi);
	ck_assert_int_eq(append(henderson.user.id, &message), STORE_OK);
	ck_assert_int_eq(put_file(with, messi.user.id), CHAT_OK);
	ck_assert_int_eq(block(&henderson, "messi"), CHAT_FORBIDDEN);
	permit_as_user(&henderson);
	ck_assert_int_eq(block(&henderson, "messi"), CHAT_OK);
	permit_as_user(&messi);
	ck_assert_int_eq(append(henderson.user.id, &message), STORE_FORBIDDEN);
	ck_assert_int_eq(put_file(with, messi.user.id), CHAT_FORBIDDEN);
	ck_assert_int_eq(unblock(&henderson, "messi"), CHAT_FORBIDDEN);
	permit_as_user(&henderson);
	ck_assert_int_eq(unblock(&henderson, "messi"), CHAT_OK);
	permit_as_user(&messi);
	ck_assert_int_eq(append(henderson.user.id, &message), STORE_OK);
}
END_TEST

START_TEST(test_forged_by_peer)
{
	struct chat_message message = permit_message("Lineker");
	struct chat_peer malang = receive_peer("malang");
	uint64_t log, remote;

	ck_assert_int_eq(chat_remote_log_make(&file_chat, messi.user.id, malang.id, &log), CHAT_OK);
	ck_assert_int_eq(chat_remote_user_make(&file_chat, malang.id, message.from, &remote),
	    CHAT_OK);
	payer = malang.id;
	for (unsigned int kind = CHAT_PRINCIPAL_PEER; kind <= CHAT_PRINCIPAL_SERVER; kind++) {
		permit_as(kind, malang.id);
		ck_assert_int_eq(append(log, &message), STORE_OK);
		ck_assert_int_eq(put_file(chat_conversation_users(messi.user.id, remote),
		                     malang.id),
		    CHAT_OK);
		ck_assert_int_eq(block(&messi, "henderson"), CHAT_FORBIDDEN);
		permit_as_nobody();
		ck_assert_int_eq(block(&messi, "lineker@malang"), CHAT_OK);
		permit_as(kind, malang.id);
		ck_assert_int_eq(append(log, &message), STORE_FORBIDDEN);
		ck_assert_int_eq(put_file(chat_conversation_users(messi.user.id, remote),
		                     malang.id),
		    CHAT_FORBIDDEN);
		ck_assert_int_eq(unblock(&messi, "lineker@malang"), CHAT_FORBIDDEN);
		permit_as_nobody();
		ck_assert_int_eq(unblock(&messi, "lineker@malang"), CHAT_OK);
		ck_assert_int_eq(block(&messi, "@malang"), CHAT_OK);
		permit_as(kind, malang.id);
		ck_assert_int_eq(append(log, &message), STORE_FORBIDDEN);
		permit_as_nobody();
		ck_assert_int_eq(unblock(&messi, "@malang"), CHAT_OK);
	}
}
END_TEST

/* The key of a record: a list, a kind of member, and what it names; its length. */
static size_t
key_of(unsigned char key[CHAT_BLOCK_KEY], uint64_t user, const char *member, size_t len)
{
	chat_key_id(key, user);
	memcpy(key + CHAT_KEY_ID, member, len);
	return CHAT_KEY_ID + len;
}

/* Which sets a forged transaction changes. */
enum { SET_BLOCKS = 1, SET_BLOCKERS = 2, SET_BOTH = 3 };

typedef enum store_status change_set(struct chat *, struct store_tx *, const struct chat_set *,
    const void *member, size_t len, uint32_t *others);

static void
change_sets(uint64_t user, const char *member, size_t len, change_set *change, unsigned int which)
{
	struct chat_set blocks = chat_set_of(CHAT_SET_BLOCKS, user);
	uint32_t others;

	if ((which & SET_BLOCKS) != 0)
		ck_assert_int_eq(change(&file_chat, &permit_tx, &blocks, member, len, &others),
		    STORE_OK);
	if ((which & SET_BLOCKERS) == 0 || member[0] != 'u')
		return;
	struct chat_set blockers =
	    chat_set_of(CHAT_SET_BLOCKERS, pack_get_u64((const unsigned char *)member + 1));
	ck_assert_int_eq(change(&file_chat, &permit_tx, &blockers, permit_id(user), CHAT_KEY_ID,
	                     &others),
	    STORE_OK);
}

static void
add_record(uint64_t user, const char *member, size_t len, const char *value, size_t value_len,
    unsigned int sets)
{
	unsigned char key[CHAT_BLOCK_KEY];
	size_t key_len = key_of(key, user, member, len);

	chat_key_swap(&permit_tx, CHAT_TABLE_BLOCKS, key, key_len, NULL, 0, value, value_len);
	change_sets(user, member, len, chat_set_add, sets);
}

static enum store_status
put_record(uint64_t user, const char *member, size_t len, const char *value, size_t value_len)
{
	store_tx_init(&permit_tx);
	add_record(user, member, len, value, value_len, SET_BOTH);
	return permit_commit();
}

/* A record that nobody could read, or another's. */
START_TEST(test_forged_record)
{
	unsigned char value[CHAT_BLOCK_RECORD + 1] = { 0 }, key[CHAT_BLOCK_KEY];
	size_t len = chat_block_pack(value, 1);
	const char *good = (const char *)value;
	char self[] = "u12345678";

	chat_key_id((unsigned char *)self + 1, messi.user.id);
	receive_peer("malang");
	permit_as_user(&messi);
	ck_assert_int_eq(put_record(messi.user.id, self, 9, good, len), STORE_FORBIDDEN);
	ck_assert_int_eq(put_record(messi.user.id, "u99999999", 9, good, len), STORE_FORBIDDEN);
	ck_assert_int_eq(put_record(messi.user.id, "u\0\0\0\0\0\0\0", 9, good, len),
	    STORE_FORBIDDEN);
	ck_assert_int_eq(put_record(messi.user.id, "@@Malang", 8, good, len), STORE_FORBIDDEN);
	ck_assert_int_eq(put_record(messi.user.id, "@x@y@malang", 11, good, len), STORE_FORBIDDEN);
	ck_assert_int_eq(put_record(messi.user.id, "@malang", 7, good, len), STORE_FORBIDDEN);
	ck_assert_int_eq(put_record(messi.user.id, "x@malang", 8, good, len), STORE_FORBIDDEN);
	ck_assert_int_eq(put_record(messi.user.id, "@@malang", 8, "x", 1), STORE_FORBIDDEN);
	ck_assert_int_eq(put_record(messi.user.id, "@@malang", 8, good, sizeof(value)),
	    STORE_FORBIDDEN);
	ck_assert_int_eq(put_record(henderson.user.id, "@@malang", 8, good, len), STORE_FORBIDDEN);
	/* Without an expectation. */
	store_tx_init(&permit_tx);
	store_tx_put(&permit_tx, CHAT_TABLE_BLOCKS, key, key_of(key, messi.user.id, "@@malang", 8),
	    value, len);
	change_sets(messi.user.id, "@@malang", 8, chat_set_add, SET_BOTH);
	PERMIT_FORBIDDEN();
	ck_assert_int_eq(put_record(messi.user.id, "@@nowhere", 9, good, len), STORE_FORBIDDEN);
	ck_assert_int_eq(put_record(messi.user.id, "@x@nowhere", 10, good, len), STORE_FORBIDDEN);
	/* Others' sets change with a record alone. */
	for (int i = 0; i < 2; i++) {
		struct chat_set set =
		    chat_set_of(i == 0 ? CHAT_SET_BLOCKS : CHAT_SET_BLOCKERS, henderson.user.id);
		uint32_t others;

		store_tx_init(&permit_tx);
		ck_assert_int_eq(chat_set_add(&file_chat, &permit_tx, &set, permit_id(4), 8,
		                     &others),
		    STORE_OK);
		PERMIT_FORBIDDEN();
	}
	ck_assert_int_eq(put_record(messi.user.id, "@@malang", 8, good, len), STORE_OK);
}
END_TEST

/* Records that are in no list, or only in one of two, or in a list that has no room. */
START_TEST(test_forged_list)
{
	unsigned char value[CHAT_BLOCK_RECORD], key[CHAT_SET_KEY], number[CHAT_SET_MEMBER];
	size_t len = chat_block_pack(value, 1);
	const char *good = (const char *)value;
	char lineker_id[] = "u12345678";
	struct chat_set_row count = { .record = CHAT_SET_COUNT,
		.set = chat_set_of(CHAT_SET_BLOCKS, messi.user.id) };

	chat_key_id((unsigned char *)lineker_id + 1, lineker.user.id);
	receive_peer("malang");
	permit_as_user(&messi);
	for (unsigned int sets = 0; sets <= SET_BOTH; sets++) {
		store_tx_init(&permit_tx);
		add_record(messi.user.id, lineker_id, 9, good, len, sets);
		ck_assert_int_eq(permit_commit(), sets == SET_BOTH ? STORE_OK : STORE_FORBIDDEN);
	}
	/* Many at once. */
	store_tx_init(&permit_tx);
	add_record(messi.user.id, "@@malang", 8, good, len, SET_BOTH);
	add_record(messi.user.id, "@x@malang", 9, good, len, 0);
	PERMIT_FORBIDDEN();
	for (unsigned int sets = 0; sets <= SET_BOTH; sets++) {
		unsigned char record[CHAT_BLOCK_KEY];
		size_t record_len = key_of(record, messi.user.id, lineker_id, 9);

		store_tx_init(&permit_tx);
		chat_key_swap(&permit_tx, CHAT_TABLE_BLOCKS, record, record_len, value, len, NULL,
		    0);
		change_sets(messi.user.id, lineker_id, 9, chat_set_remove, sets);
		ck_assert_int_eq(permit_commit(), sets == SET_BOTH ? STORE_OK : STORE_FORBIDDEN);
	}
	/* The last place, and none. */
	count.number = CHAT_BLOCKS_MOST - 1;
	permit_as_nobody();
	store_tx_init(&permit_tx);
	store_tx_put(&permit_tx, CHAT_TABLE_SETS, key, chat_set_key(key, &count), number,
	    chat_set_value(number, &count));
	PERMIT_ALLOWED();
	permit_as_user(&messi);
	ck_assert_int_eq(put_record(messi.user.id, "@@malang", 8, good, len), STORE_OK);
	ck_assert_int_eq(put_record(messi.user.id, "@x@malang", 9, good, len), STORE_FORBIDDEN);
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = { test_forged_message, test_forged_by_peer, test_forged_record,
		test_forged_list };

	return permit_main("permit_block", tests, sizeof(tests) / sizeof(tests[0]));
}
