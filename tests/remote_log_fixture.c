/*
 * remote_log_fixture: what the tests of messages from other realms share. See remote_log_fixture.h.
 */
#include "remote_log_fixture.h"

#include "chat/inbox.h"
#include "chat/message.h"
#include "chat/realm/peer.h"
#include "chat/realm/remote_log.h"
#include "file_fixture.h"

uint64_t
remote_log_add_peer(void)
{
	struct chat_peer peer;

	ck_assert_int_eq(chat_peer_add(&file_chat, chat_text("malang"), chat_text("127.0.0.1"),
	                     chat_text("1")),
	    CHAT_OK);
	ck_assert_int_eq(chat_peer_find(&file_chat, chat_text("malang"), &peer), CHAT_OK);
	return peer.id;
}

uint64_t
remote_log_make(uint64_t destination, uint64_t peer)
{
	uint64_t log = 0;

	ck_assert_int_eq(chat_remote_log_make(&file_chat, destination, peer, &log), CHAT_OK);
	ck_assert_uint_ne(log, 0);
	return log;
}

void
remote_log_append(uint64_t log)
{
	struct chat_message message = { .kind = CHAT_PRIVATE,
		.from = chat_text("halim"),
		.from_name = chat_text("Halim P"),
		.realm = chat_text("malang"),
		.to = chat_text("messi"),
		.to_name = chat_text("Lionel Messi"),
		.text = chat_text("halo") };
	unsigned char entry[1024];
	struct store_tx tx;

	store_tx_init(&tx);
	store_tx_append(&tx, log, entry, chat_message_write(entry, sizeof(entry), &message), 0,
	    STORE_NO_LIMIT);
	ck_assert_int_eq(store_commit(file_chat.store, &tx, NULL), STORE_OK);
}

size_t
remote_log_read(uint64_t user, uint64_t from, uint64_t *lost)
{
	struct chat_inbox_pending pending = { .tx = NULL };
	struct chat_inbox inbox;
	size_t n;

	ck_assert_int_eq(chat_inbox_look(&file_chat, user, from, &inbox), CHAT_OK);
	n = inbox.n_items;
	*lost = inbox.lost;
	chat_inbox_await(&pending, user, &inbox);
	chat_inbox_free(&inbox);
	chat_inbox_ack(&file_chat, &pending);
	return n;
}

void
remote_log_drop(int table, const void *key, size_t len)
{
	struct store_tx tx;

	store_tx_init(&tx);
	store_tx_delete(&tx, table, key, len);
	ck_assert_int_eq(store_commit(file_chat.store, &tx, NULL), STORE_OK);
}
