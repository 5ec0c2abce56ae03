/*
 * Block lists: whose messages and files a user does not take, by every way that they come, what is
 * hidden of groups, and what becomes of lists when users go.
 */
#include <stdio.h>
#include <string.h>

#include "chat/block.h"
#include "chat/file/upload.h"
#include "chat/group.h"
#include "chat/inbox.h"
#include "chat/key.h"
#include "chat/realm/legacy.h"
#include "chat/tail.h"
#include "chat/user_delete.h"
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

static enum chat_result
send(const struct chat_session *from, const char *to, const char *text)
{
	return chat_message_send(&file_chat, from, chat_text(to), chat_text(text));
}

static enum chat_result
send_list(const struct chat_session *from, const char *to)
{
	return chat_message_send_list(&file_chat, from, chat_text(to), chat_text("halo"));
}

static enum chat_result
send_group(const struct chat_session *from, const char *text)
{
	return chat_message_send_group(&file_chat, from, chat_text("kopi"), chat_text(text));
}

/* The texts in a user's inbox, divided by spaces; they are read then. */
static const char *
read_inbox(const struct chat_session *session)
{
	static char texts[512];
	struct chat_inbox_pending pending = { .n_positions = 0 };
	struct chat_inbox inbox;
	struct chat_message message;
	char *at = texts;

	*at = '\0';
	ck_assert_int_eq(chat_inbox_look(&file_chat, session->user.id, CHAT_INBOX_ALL, &inbox),
	    CHAT_OK);
	for (size_t i = 0; i < inbox.n_items; i++) {
		ck_assert_int_eq(chat_inbox_read(&file_chat, &inbox.items[i], &message), CHAT_OK);
		at += snprintf(at, sizeof(texts) - (size_t)(at - texts), "%s%.*s",
		    i == 0 ? "" : " ", (int)message.text.len, message.text.data);
	}
	chat_inbox_await(&pending, session->user.id, &inbox);
	chat_inbox_ack(&file_chat, &pending);
	chat_inbox_free(&inbox);
	return texts;
}

/* A user's list, divided by spaces. */
static const char *
blocks_of(const struct chat_session *session)
{
	static char list[512];
	char who[CHAT_BLOCK_TEXT];
	size_t len = 0;
	enum chat_result result;

	list[0] = '\0';
	for (uint32_t i = 0;
	     (result = chat_block_at(&file_chat, session->user.id, i, who)) == CHAT_OK; i++)
		len += (size_t)snprintf(list + len, sizeof(list) - len, "%s%s", i == 0 ? "" : " ",
		    who);
	ck_assert_int_eq(result, CHAT_NOT_MEMBER);
	return list;
}

static void
send_notice(const struct chat_session *to, const char *text)
{
	struct store_tx tx;

	store_tx_init(&tx);
	ck_assert_int_eq(chat_message_tx_notice(&file_chat, &tx, &to->user, chat_text(text)),
	    CHAT_OK);
	ck_assert_int_eq(store_commit(file_chat.store, &tx, NULL), STORE_OK);
}

START_TEST(test_messages)
{
	permit_compare(CHAT_PRINCIPAL_USER, lineker.user.id);
	permit_as_user(&henderson);
	ck_assert_int_eq(block(&henderson, "MESSI"), CHAT_OK);
	ck_assert_uint_eq(permit_shared(), 0);
	permit_as_user(&messi);
	ck_assert_int_eq(send(&messi, "henderson", "satu"), CHAT_BLOCKED);
	ck_assert_int_eq(send_list(&messi, "lineker,henderson"), CHAT_BLOCKED);
	ck_assert_int_eq(file_send(&messi, "henderson", "a.txt", "x"), CHAT_BLOCKED);
	ck_assert_uint_eq(file_bodies(), 0);
	ck_assert_str_eq(file_list(&messi), "");
	ck_assert_int_eq(send(&messi, "lineker", "dua"), CHAT_OK);
	/* The other direction stays open, and so do others. */
	permit_as_user(&henderson);
	ck_assert_int_eq(send(&henderson, "messi", "tiga"), CHAT_OK);
	permit_as_user(&lineker);
	ck_assert_int_eq(send(&lineker, "henderson", "empat"), CHAT_OK);
	permit_as_nobody();
	send_notice(&henderson, "lima");
	ck_assert_str_eq(read_inbox(&henderson), "empat lima");
	ck_assert_str_eq(read_inbox(&lineker), "dua");
	permit_as_user(&henderson);
	ck_assert_int_eq(unblock(&henderson, "messi"), CHAT_OK);
	permit_as_user(&messi);
	ck_assert_int_eq(send(&messi, "henderson", "enam"), CHAT_OK);
	ck_assert_int_eq(file_send(&messi, "henderson", "a.txt", "x"), CHAT_OK);
	permit_as_nobody();
	ck_assert_str_eq(read_inbox(&henderson), "enam a.txt");
	file_assert_check(NULL);
}
END_TEST

/* A file for whom the sender was welcome when it began to come. */
START_TEST(test_upload)
{
	struct chat_upload upload;

	chat_upload_init(&upload, &messi);
	ck_assert_int_eq(chat_upload_to_user(&file_chat, &upload, chat_text("henderson")), CHAT_OK);
	ck_assert_int_eq(chat_upload_begin(&file_chat, &upload, chat_text("a.txt")), CHAT_OK);
	ck_assert_int_eq(block(&henderson, "messi"), CHAT_OK);
	ck_assert_int_eq(chat_upload_write(&upload, "x", 1), CHAT_OK);
	ck_assert_int_eq(chat_upload_finish(&file_chat, &upload), CHAT_BLOCKED);
	chat_upload_end(&upload);
	ck_assert_str_eq(file_list(&henderson), "");
	ck_assert_str_eq(read_inbox(&henderson), "");
}
END_TEST

static bool
add_text(void *arg, const struct chat_message *message)
{
	char *texts = arg;
	size_t len = strlen(texts);

	snprintf(texts + len, 64 - len, "%.*s ", (int)message->text.len, message->text.data);
	return true;
}

/* What a blocked user writes to a group is stored once; a blocker's cursor moves over it. */
START_TEST(test_group)
{
	struct chat_tail tail;
	char texts[64] = "";
	uint64_t cursor;

	ck_assert_int_eq(chat_group_join(&file_chat, chat_text("kopi"), lineker.user.id), CHAT_OK);
	ck_assert_int_eq(block(&henderson, "messi"), CHAT_OK);
	ck_assert_int_eq(chat_tail_begin(&file_chat, &tail, kopi, henderson.user.id), CHAT_OK);
	ck_assert_int_eq(send_group(&messi, "satu"), CHAT_OK);
	ck_assert_int_eq(send_group(&lineker, "dua"), CHAT_OK);
	ck_assert_int_eq(file_send_group(&messi, "kopi", "a.txt", "x"), CHAT_OK);
	ck_assert_int_eq(chat_tail_read(&file_chat, &tail, add_text, texts), CHAT_OK);
	ck_assert_str_eq(texts, "dua ");
	chat_tail_end(&tail);
	ck_assert_str_eq(read_inbox(&henderson), "dua");
	ck_assert_str_eq(read_inbox(&lineker), "satu dua a.txt");
	ck_assert_int_eq(chat_cursor(&file_chat, henderson.user.id, kopi, &cursor), CHAT_OK);
	ck_assert_uint_eq(cursor, 3);
	/* An inbox of which nothing is shown is read as well. */
	ck_assert_int_eq(send_group(&messi, "tiga"), CHAT_OK);
	ck_assert_str_eq(read_inbox(&henderson), "");
	ck_assert_int_eq(unblock(&henderson, "messi"), CHAT_OK);
	ck_assert_str_eq(read_inbox(&henderson), "");
	ck_assert_int_eq(send_group(&messi, "empat"), CHAT_OK);
	ck_assert_str_eq(read_inbox(&henderson), "empat");
}
END_TEST

START_TEST(test_list)
{
	static const struct {
		const char *who;
		enum chat_result result;
	} rows[] = {
		{ "messi", CHAT_FORBIDDEN },
		{ "messi@surabaya", CHAT_FORBIDDEN },
		{ "Kabar", CHAT_FORBIDDEN },
		{ "kabar@malang", CHAT_FORBIDDEN },
		{ "@surabaya", CHAT_FORBIDDEN },
		{ "beckham", CHAT_NO_USER },
		{ "beckham@surabaya", CHAT_NO_USER },
		{ "beckham@solo", CHAT_NO_REALM },
		{ "@solo", CHAT_NO_REALM },
		{ "", CHAT_BAD_ARGUMENT },
		{ "@", CHAT_BAD_ARGUMENT },
		{ "lineker@", CHAT_BAD_ARGUMENT },
		{ "lineker@malang@malang", CHAT_BAD_ARGUMENT },
		{ "lin eker", CHAT_BAD_ARGUMENT },
		{ "#kopi", CHAT_BAD_ARGUMENT },
	};

	receive_peer("malang");
	strcpy(file_config.realm, "surabaya");
	permit_as_user(&messi);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		ck_assert_int_eq(block(&messi, rows[i].who), rows[i].result);
		ck_assert_int_eq(unblock(&messi, rows[i].who), rows[i].result);
	}
	file_config.blocks_max = 3;
	ck_assert_int_eq(unblock(&messi, "lineker"), CHAT_NOT_MEMBER);
	ck_assert_int_eq(block(&messi, "lineker@Surabaya"), CHAT_OK);
	ck_assert_int_eq(block(&messi, "Lineker"), CHAT_OK);
	ck_assert_int_eq(block(&messi, "Lineker@Malang"), CHAT_OK);
	ck_assert_int_eq(block(&messi, "@malang"), CHAT_OK);
	ck_assert_int_eq(block(&messi, "henderson"), CHAT_TOO_MANY);
	ck_assert_str_eq(blocks_of(&messi), "lineker lineker@malang @malang");
	ck_assert_int_eq(unblock(&messi, "LINEKER@malang"), CHAT_OK);
	ck_assert_int_eq(unblock(&messi, "lineker@malang"), CHAT_NOT_MEMBER);
	ck_assert_str_eq(blocks_of(&messi), "lineker @malang");
	ck_assert_int_eq(block(&messi, "henderson"), CHAT_OK);
	ck_assert_str_eq(blocks_of(&messi), "lineker @malang henderson");
	ck_assert_str_eq(blocks_of(&henderson), "");
	file_assert_check(NULL);
}
END_TEST

static struct chat_inbound
from(struct chat_inbound inbound, const char *name)
{
	inbound.outbound.from = chat_text(name);
	return inbound;
}

/* Peers read why, once; what they wrote to a group is not shown. */
START_TEST(test_peer)
{
	struct chat_receive receive;
	struct chat_peer malang = receive_peer("malang");

	ck_assert_int_eq(block(&messi, "LINEKER@malang"), CHAT_OK);
	ck_assert_int_eq(block(&henderson, "@MALANG"), CHAT_OK);
	permit_as(CHAT_PRINCIPAL_PEER, malang.id);
	receive_begin(&receive, RECEIVE_EPOCH);
	ck_assert_str_eq(receive_one(&receive, RECEIVE_USER("messi", "1")), "blocked");
	ck_assert_str_eq(receive_one(&receive, RECEIVE_LIST("lineker,messi", "2")), "blocked");
	ck_assert_str_eq(receive_one(&receive, from(RECEIVE_USER("messi", "3"), "beckham")),
	    "none");
	ck_assert_str_eq(receive_one(&receive, from(RECEIVE_USER("henderson", "4"), "beckham")),
	    "blocked");
	ck_assert_str_eq(receive_one(&receive, RECEIVE_GROUP("kopi", "5")), "none");
	ck_assert_str_eq(receive_one(&receive, from(RECEIVE_GROUP("kopi", "6"), "beckham")),
	    "none");
	ck_assert_str_eq(receive_one(&receive, receive_file(CHAT_OUTBOUND_USER, "messi", "f", "x")),
	    "blocked");
	ck_assert_str_eq(receive_refusals(&receive, 0),
	    "1 blocked\n2 blocked\n4 blocked\n7 blocked");
	/* The link goes on, and nothing comes again. */
	receive_begin(&receive, RECEIVE_EPOCH);
	ck_assert_uint_eq(receive.have, 7);
	permit_as_nobody();
	ck_assert_str_eq(read_inbox(&messi), "3 6");
	ck_assert_str_eq(read_inbox(&henderson), "");
	ck_assert_str_eq(read_inbox(&lineker), "");
	file_assert_check(NULL);
}
END_TEST

/* An older server delivers, and hands over what it kept. */
START_TEST(test_older_server)
{
	struct chat_inbound one = RECEIVE_USER("messi", "1"),
	                    list = RECEIVE_LIST("messi,henderson", "2"), some[3];
	struct chat_peer malang = receive_peer("malang");
	size_t taken;

	ck_assert_int_eq(block(&messi, "lineker@malang"), CHAT_OK);
	permit_as(CHAT_PRINCIPAL_SERVER, malang.id);
	ck_assert_int_eq(chat_legacy_deliver(&file_chat, &malang, &one), CHAT_BLOCKED);
	ck_assert_int_eq(chat_legacy_deliver(&file_chat, &malang, &list), CHAT_OK);
	permit_as_nobody();
	some[0] = RECEIVE_USER("messi", "3");
	some[1] = from(RECEIVE_USER("messi", "4"), "beckham");
	some[2] = RECEIVE_USER("messi", "5");
	ck_assert_int_eq(chat_legacy_deliver_some(&file_chat, &malang, some, 3, &taken), CHAT_OK);
	ck_assert_uint_eq(taken, 3);
	ck_assert_int_eq(some[0].refused, CHAT_REASON_BLOCKED);
	ck_assert_int_eq(some[1].refused, CHAT_REASON_NONE);
	ck_assert_int_eq(some[2].refused, CHAT_REASON_BLOCKED);
	ck_assert_str_eq(read_inbox(&messi), "4");
	ck_assert_str_eq(read_inbox(&henderson), "2");
}
END_TEST

/*
 * What becomes of lists
 */

START_TEST(test_user_gone)
{
	receive_peer("malang");
	ck_assert_int_eq(block(&messi, "henderson"), CHAT_OK);
	ck_assert_int_eq(block(&messi, "lineker"), CHAT_OK);
	ck_assert_int_eq(block(&messi, "@malang"), CHAT_OK);
	ck_assert_int_eq(block(&henderson, "messi"), CHAT_OK);
	ck_assert_int_eq(block(&lineker, "messi"), CHAT_OK);
	ck_assert_int_eq(block(&lineker, "henderson"), CHAT_OK);
	ck_assert_int_eq(chat_user_delete(&file_chat, chat_text("henderson")), CHAT_OK);
	ck_assert_str_eq(blocks_of(&messi), "@malang lineker");
	ck_assert_str_eq(blocks_of(&henderson), "");
	ck_assert_str_eq(blocks_of(&lineker), "messi");
	file_assert_check(NULL);
	ck_assert_int_eq(chat_user_delete(&file_chat, chat_text("messi")), CHAT_OK);
	ck_assert_str_eq(blocks_of(&messi), "");
	ck_assert_str_eq(blocks_of(&lineker), "");
	file_assert_check(NULL);
	ck_assert_int_eq(block(&messi, "lineker"), CHAT_NO_SESSION);
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

static void
drop(int table, const void *key, size_t len)
{
	store_tx_init(&permit_tx);
	store_tx_delete(&permit_tx, table, key, len);
	ck_assert_int_eq(permit_commit(), STORE_OK);
}

START_TEST(test_check)
{
	unsigned char key[CHAT_BLOCK_KEY], set_key[CHAT_SET_KEY], id[CHAT_KEY_ID];
	char member[] = "u12345678";
	struct chat_set_row row = { .record = CHAT_SET_INDEX,
		.set = chat_set_of(CHAT_SET_BLOCKERS, messi.user.id),
		.member = id,
		.member_len = sizeof(id) };

	chat_key_id(id, henderson.user.id);
	chat_key_id((unsigned char *)member + 1, messi.user.id);
	ck_assert_int_eq(block(&henderson, "messi"), CHAT_OK);
	file_assert_check(NULL);
	drop(CHAT_TABLE_BLOCKS, key, key_of(key, henderson.user.id, member, 9));
	file_assert_check("user henderson: a block is listed, but has no record");
	store_tx_init(&permit_tx);
	store_tx_put(&permit_tx, CHAT_TABLE_BLOCKS, key, CHAT_KEY_ID + 9, "x", 1);
	PERMIT_ALLOWED();
	file_assert_check("the record of a block is damaged");
	ck_assert_int_eq(unblock(&henderson, "messi"), CHAT_OK);
	ck_assert_int_eq(block(&henderson, "messi"), CHAT_OK);
	drop(CHAT_TABLE_SETS, set_key, chat_set_key(set_key, &row));
	file_assert_check("blocker henderson is not in the list of blockers of messi");
}
END_TEST

/* A block of a user who is gone. */
START_TEST(test_check_orphan)
{
	unsigned char value[CHAT_BLOCK_RECORD], key[CHAT_BLOCK_KEY];

	store_tx_init(&permit_tx);
	store_tx_put(&permit_tx, CHAT_TABLE_BLOCKS, key, key_of(key, messi.user.id, "u99999999", 9),
	    value, chat_block_pack(value, 1));
	PERMIT_ALLOWED();
	file_assert_check("1 blocks of users who are gone: they do no harm");
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = { test_messages, test_upload, test_group, test_list, test_peer,
		test_older_server, test_user_gone, test_check, test_check_orphan };

	return permit_main("block", tests, sizeof(tests) / sizeof(tests[0]));
}
