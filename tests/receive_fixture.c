/*
 * receive_fixture: what the tests of receiving from another realm share. See receive_fixture.h.
 */
#include "receive_fixture.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "chat/realm/remote_log.h"

static char text[4 * 1024 * 1024];

struct chat_peer
receive_peer(const char *name)
{
	struct chat_peer peer;
	enum chat_result result =
	    chat_peer_add(&file_chat, chat_text(name), chat_text("127.0.0.1"), chat_text("1"));

	ck_assert(result == CHAT_OK || result == CHAT_REALM_EXISTS);
	ck_assert_int_eq(chat_peer_find(&file_chat, chat_text(name), &peer), CHAT_OK);
	return peer;
}

void
receive_begin(struct chat_receive *receive, uint64_t epoch)
{
	struct chat_peer peer = receive_peer("malang");

	ck_assert_int_eq(chat_receive_begin(receive, &file_chat, &peer), CHAT_OK);
	chat_receive_resume(receive, epoch);
}

struct chat_inbound
receive_outbound(enum chat_outbound_kind kind, const char *to, const char *said)
{
	return (struct chat_inbound){ .outbound = { .kind = kind,
		                          .from = chat_text("lineker"),
		                          .from_name = chat_text("Gary Lineker"),
		                          .to = chat_text(to),
		                          .text = chat_text(said) } };
}

struct chat_inbound
receive_file(enum chat_outbound_kind kind, const char *to, const char *name, const char *content)
{
	struct chat_inbound inbound = receive_outbound(kind, to, name);
	SHA2_CTX sha;

	SHA256Init(&sha);
	SHA256Update(&sha, (const uint8_t *)content, strlen(content));
	SHA256Final(inbound.outbound.hash, &sha);
	inbound.outbound.file = true;
	inbound.outbound.size = strlen(content);
	return inbound;
}

void
receive_take(struct chat_receive *receive, struct chat_inbound *inbounds, size_t n)
{
	uint64_t before = receive->have;

	ck_assert_int_eq(chat_receive_deliver(receive, inbounds, n), CHAT_OK);
	ck_assert_uint_eq(receive->have, before + n);
}

const char *
receive_one(struct chat_receive *receive, struct chat_inbound inbound)
{
	receive_take(receive, &inbound, 1);
	return chat_reason_word(inbound.refused);
}

static void __attribute__((format(printf, 2, 3))) add_line(size_t *len, const char *format, ...)
{
	va_list ap;

	if (*len > 0)
		text[(*len)++] = '\n';
	va_start(ap, format);
	*len += (size_t)vsnprintf(text + *len, sizeof(text) - *len, format, ap);
	va_end(ap);
	ck_assert_uint_lt(*len, sizeof(text) - 1);
}

const char *
receive_heard(uint64_t destination)
{
	struct chat_peer peer = receive_peer("malang");
	struct store_reader reader;
	struct store_entry entry;
	struct chat_message message;
	uint64_t log, seq;
	size_t len = 0;

	text[0] = '\0';
	ck_assert_int_eq(chat_remote_log_find(&file_chat, destination, peer.id, &log), CHAT_OK);
	if (log == 0)
		return text;
	ck_assert_int_eq(store_reader_init(&reader, file_chat.store, log, 0), STORE_OK);
	for (; store_reader_peek(&reader, &seq) == STORE_OK; store_reader_skip(&reader)) {
		ck_assert_int_eq(store_entry(file_chat.store, seq, &entry), STORE_OK);
		ck_assert_int_eq(chat_message_read(&message, entry.data, entry.len), 0);
		add_line(&len, "%.*s@%.*s>%.*s: %.*s%s", (int)message.from.len, message.from.data,
		    (int)message.realm.len, message.realm.data, (int)message.to.len,
		    message.to.data, (int)message.text.len, message.text.data,
		    message.file ? " (file)" : "");
	}
	return text;
}

static int
add_refusal(void *arg, uint64_t number, enum chat_reason reason)
{
	add_line(arg, "%llu %s", (unsigned long long)number, chat_reason_word(reason));
	return 0;
}

const char *
receive_refusals(struct chat_receive *receive, uint64_t after)
{
	size_t len = 0;

	text[0] = '\0';
	ck_assert_int_eq(chat_receive_refusals(receive, after, add_refusal, &len), CHAT_OK);
	return text;
}
