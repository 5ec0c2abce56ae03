/*
 * Messages for other realms, from the sender's side and the bridge's: the outbox, what its senders
 * are told of it, exactly once whoever dies, and the words for reasons.
 */
#include <sys/wait.h>

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "chat/file/expire.h"
#include "chat/file/put.h"
#include "chat/file/quota.h"
#include "chat/inbox.h"
#include "chat/key.h"
#include "chat/message.h"
#include "chat/realm/outbox.h"
#include "chat/reason.h"
#include "chat/user_delete.h"
#include "file_fixture.h"
#include "suite.h"

#define TEXT_SIZE 4096

static struct chat_peer malang;

static void
add_peer(void)
{
	ck_assert_int_eq(chat_peer_add(&file_chat, chat_text("malang"), chat_text("127.0.0.1"),
	                     chat_text("9889")),
	    CHAT_OK);
	ck_assert_int_eq(chat_peer_find(&file_chat, chat_text("malang"), &malang), CHAT_OK);
}

static void
setup(void)
{
	file_setup();
	add_peer();
}

static void
setup_committer(void)
{
	file_setup_committer();
	add_peer();
}

static struct chat_outbound
outbound_of(const struct chat_session *session, const char *to, const char *text)
{
	return (struct chat_outbound){ .kind = CHAT_OUTBOUND_USER,
		.from_id = session->user.id,
		.from = chat_text(session->user.name),
		.from_name = chat_text(session->user.fullname),
		.to = chat_text(to),
		.text = chat_text(text) };
}

static uint64_t
queue_message(const struct chat_session *session, const char *to, const char *text)
{
	struct chat_outbound outbound = outbound_of(session, to, text);
	uint64_t id;

	ck_assert_int_eq(chat_outbound_put(&file_chat, &malang, &outbound, &id), CHAT_OK);
	ck_assert_uint_ne(outbound.epoch, 0);
	return file_outbox_number(malang.id, id);
}

/* A message of the outbox; its texts last until the store is used again. */
static size_t
read_outbound(uint64_t number, struct chat_outbound *outbound)
{
	struct store_reader reader;
	struct store_entry entry;
	uint64_t seq;

	ck_assert_int_eq(store_reader_init(&reader, file_chat.store, malang.id, number - 1),
	    STORE_OK);
	ck_assert_int_eq(store_reader_peek(&reader, &seq), STORE_OK);
	ck_assert_uint_eq(reader.next, number);
	ck_assert_int_eq(store_entry(file_chat.store, seq, &entry), STORE_OK);
	ck_assert_int_eq(chat_outbound_read(outbound, entry.data, entry.len), 0);
	return entry.len;
}

static struct chat_retired
over(uint64_t number, enum chat_reason bounce)
{
	struct chat_outbound outbound;
	struct chat_retired retired = { .number = number, .bounce = bounce };

	retired.bytes = read_outbound(number, &outbound);
	retired.file_id = outbound.file ? outbound.file_id : 0;
	return retired;
}

static const char *
name_of(enum chat_kind kind)
{
	return kind == CHAT_BOUNCE ? "bounce" : kind == CHAT_DELAY ? "delay" : "other";
}

/* Returns all messages of a user, such as "bounce lineker@malang no_user: halo; ". */
static const char *
inbox_of(const struct chat_session *session)
{
	static char text[TEXT_SIZE];
	struct chat_inbox inbox;
	struct chat_message message;
	size_t len = 0;

	text[0] = '\0';
	ck_assert_int_eq(chat_inbox_look(&file_chat, session->user.id, CHAT_INBOX_ALL, &inbox),
	    CHAT_OK);
	for (size_t i = 0; i < inbox.n_items; i++) {
		ck_assert_int_eq(chat_inbox_read(&file_chat, &inbox.items[i], &message), CHAT_OK);
		ck_assert_str_eq(inbox.senders.names[inbox.items[i].sender], NAME_SERVER);
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%s %.*s@%.*s %s%s: %.*s; ",
		    name_of(message.kind), (int)message.to.len, message.to.data,
		    (int)message.to_realm.len, message.to_realm.data,
		    chat_reason_word(message.reason), message.of_file ? " file" : "",
		    (int)message.text.len, message.text.data);
		ck_assert_uint_lt(len, sizeof(text));
	}
	chat_inbox_free(&inbox);
	return text;
}

static struct chat_outbox_info
info(void)
{
	struct chat_outbox_info out;

	ck_assert_int_eq(chat_outbox_info(&file_chat, malang.id, &out), CHAT_OK);
	return out;
}

START_TEST(test_reasons)
{
	for (unsigned int i = CHAT_REASON_NONE + 1; i < CHAT_REASONS; i++) {
		enum chat_reason reason = (enum chat_reason)i;
		const char *word = chat_reason_word(reason);
		enum chat_result result = chat_reason_result(reason);

		ck_assert_str_ne(word, "none");
		ck_assert_int_eq(chat_reason_find(chat_text(word)), reason);
		ck_assert_int_ne(result, CHAT_OK);
		/* What a user is told comes back, if not as precisely. */
		ck_assert_int_eq(chat_reason_result(chat_reason_of(result)), result);
	}
	ck_assert_str_eq(chat_reason_word(CHAT_REASON_NO_USER), "no_user");
	ck_assert_int_eq(chat_reason_result(CHAT_REASON_NONE), CHAT_OK);
	ck_assert_int_eq(chat_reason_find(chat_text("none")), CHAT_REASON_REFUSED);
	ck_assert_int_eq(chat_reason_find(chat_text("no_use")), CHAT_REASON_REFUSED);
	ck_assert_int_eq(chat_reason_find(chat_text("no_users")), CHAT_REASON_REFUSED);
	ck_assert_int_eq(chat_reason_find(chat_text("")), CHAT_REASON_REFUSED);
	ck_assert_int_eq(chat_reason_of(CHAT_LOCKED), CHAT_REASON_REFUSED);
	ck_assert_int_eq(chat_reason_of(CHAT_REFUSED), CHAT_REASON_REFUSED);
	ck_assert_str_eq(chat_reason_word((enum chat_reason)200), "refused");
}
END_TEST

START_TEST(test_put_and_read)
{
	struct chat_outbound put = outbound_of(&messi, "kopi", "foto.jpg"), got;
	struct chat_outbox_info before = info();
	uint64_t id, epoch;

	ck_assert_uint_eq(before.first, 1);
	ck_assert_uint_eq(before.last, 0);
	ck_assert_int_eq(before.oldest_ms, 0);
	ck_assert_int_eq(chat_outbound_epoch(&file_chat, malang.id, &epoch), CHAT_OK);
	ck_assert_uint_eq(epoch, 0);
	put.kind = CHAT_OUTBOUND_GROUP;
	put.slot = 77;
	put.wait_id = UINT64_C(0xfedcba987654);
	put.file = true;
	put.file_id = 1234567;
	put.size = UINT64_C(5000000000);
	memset(put.hash, 0xa5, sizeof(put.hash));
	ck_assert_int_eq(chat_outbound_put(&file_chat, &malang, &put, &id), CHAT_OK);
	ck_assert_uint_eq(file_outbox_number(malang.id, id), 1);
	size_t len = read_outbound(1, &got);
	ck_assert_int_eq(got.kind, CHAT_OUTBOUND_GROUP);
	ck_assert_uint_eq(got.slot, 77);
	ck_assert_uint_eq(got.wait_id, put.wait_id);
	ck_assert_uint_eq(got.from_id, messi.user.id);
	ck_assert(got.from.len == 5 && memcmp(got.from.data, "messi", 5) == 0);
	ck_assert(got.to.len == 4 && memcmp(got.to.data, "kopi", 4) == 0);
	ck_assert(got.text.len == 8 && memcmp(got.text.data, "foto.jpg", 8) == 0);
	ck_assert(got.file);
	ck_assert_uint_eq(got.file_id, 1234567);
	ck_assert_uint_eq(got.size, UINT64_C(5000000000));
	ck_assert_mem_eq(got.hash, put.hash, sizeof(put.hash));
	ck_assert_int_eq(chat_outbound_epoch(&file_chat, malang.id, &epoch), CHAT_OK);
	ck_assert_uint_eq(epoch, got.epoch);
	ck_assert_uint_eq(info().last, 1);
	ck_assert_uint_eq(info().bytes, len);
	ck_assert_int_gt(info().oldest_ms, 0);
}
END_TEST

START_TEST(test_what_is_no_outbound)
{
	struct chat_outbound outbound = outbound_of(&messi, "lineker", "halo"), got;
	struct store_reader reader;
	struct store_entry entry;
	unsigned char copy[TEXT_SIZE];
	uint64_t id, seq;

	ck_assert_int_eq(chat_outbound_put(&file_chat, &malang, &outbound, &id), CHAT_OK);
	ck_assert_int_eq(store_reader_init(&reader, file_chat.store, malang.id, 0), STORE_OK);
	ck_assert_int_eq(store_reader_peek(&reader, &seq), STORE_OK);
	ck_assert_int_eq(store_entry(file_chat.store, seq, &entry), STORE_OK);
	memcpy(copy, entry.data, entry.len);
	ck_assert_int_eq(chat_outbound_read(&got, copy, entry.len), 0);
	for (size_t len = 0; len < entry.len; len++)
		ck_assert_int_eq(chat_outbound_read(&got, copy, len), -1);
	copy[1] = 0;
	ck_assert_int_eq(chat_outbound_read(&got, copy, entry.len), -1);
	copy[1] = 4;
	ck_assert_int_eq(chat_outbound_read(&got, copy, entry.len), -1);
	copy[1] = 1;
	copy[0]++;
	ck_assert_int_eq(chat_outbound_read(&got, copy, entry.len), -1);
}
END_TEST

START_TEST(test_epochs)
{
	struct chat_outbound first, second;

	queue_message(&messi, "lineker", "one");
	queue_message(&messi, "lineker", "two");
	ck_assert_int_eq(chat_outbound_renew(&file_chat, malang.id), CHAT_OK);
	queue_message(&messi, "lineker", "three");
	read_outbound(1, &first);
	read_outbound(2, &second);
	ck_assert_uint_eq(first.epoch, second.epoch);
	read_outbound(3, &second);
	ck_assert_uint_ne(first.epoch, second.epoch);
}
END_TEST

START_TEST(test_full)
{
	struct chat_outbound outbound = outbound_of(&messi, "lineker", "halo");
	struct chat_retired retired;
	uint64_t id;

	file_config.queue_max = 2;
	queue_message(&messi, "lineker", "one");
	queue_message(&messi, "lineker", "two");
	ck_assert_int_eq(chat_outbound_put(&file_chat, &malang, &outbound, &id), CHAT_QUEUE_FULL);
	retired = over(1, CHAT_REASON_NONE);
	ck_assert_int_eq(chat_outbox_retire(&file_chat, &malang, &retired, 1), CHAT_OK);
	ck_assert_int_eq(chat_outbound_put(&file_chat, &malang, &outbound, &id), CHAT_OK);
	ck_assert_uint_eq(file_outbox_number(malang.id, id), 3);
}
END_TEST

/* One user has a quarter of what may wait, or 16 messages; others find room. */
START_TEST(test_share)
{
	struct chat_outbound outbound = outbound_of(&messi, "lineker", "halo");
	uint64_t id;

	file_config.queue_max = 40;
	for (int i = 0; i < 16; i++)
		queue_message(&messi, "lineker", "satu");
	ck_assert_int_eq(chat_outbound_put(&file_chat, &malang, &outbound, &id), CHAT_QUEUE_FULL);
	for (int i = 0; i < 16; i++)
		queue_message(&henderson, "lineker", "dua");
	outbound = outbound_of(&henderson, "lineker", "halo");
	ck_assert_int_eq(chat_outbound_put(&file_chat, &malang, &outbound, &id), CHAT_QUEUE_FULL);
	file_config.queue_max = 80;
	queue_message(&messi, "lineker", "tiga");
}
END_TEST

START_TEST(test_retire)
{
	struct chat_retired retired[4];

	queue_message(&messi, "lineker", "one");
	queue_message(&messi, "lineker", "two");
	queue_message(&henderson, "kopi", "three");
	queue_message(&messi, "lineker", "four");
	for (uint64_t i = 0; i < 4; i++)
		retired[i] = over(i + 1, CHAT_REASON_NONE);
	retired[1].bounce = CHAT_REASON_NO_USER;
	retired[2].bounce = CHAT_REASON_NO_GROUP;
	/* What is not yet its turn is left alone. */
	ck_assert_int_eq(chat_outbox_retire(&file_chat, &malang, retired + 1, 1),
	    CHAT_BAD_ARGUMENT);
	ck_assert_uint_eq(info().first, 1);
	ck_assert_int_eq(chat_outbox_retire(&file_chat, &malang, retired, 3), CHAT_OK);
	ck_assert_uint_eq(info().first, 4);
	ck_assert_uint_eq(info().bytes, retired[3].bytes);
	ck_assert_str_eq(inbox_of(&messi), "bounce lineker@malang no_user: two; ");
	ck_assert_str_eq(inbox_of(&henderson), "bounce kopi@malang no_group: three; ");
	/* Once more, as after a crash: only what is new is done. */
	ck_assert_int_eq(chat_outbox_retire(&file_chat, &malang, retired, 4), CHAT_OK);
	ck_assert_str_eq(inbox_of(&messi), "bounce lineker@malang no_user: two; ");
	ck_assert_str_eq(inbox_of(&henderson), "bounce kopi@malang no_group: three; ");
	ck_assert_uint_eq(info().first, 5);
	ck_assert_uint_eq(info().bytes, 0);
	ck_assert_int_eq(info().oldest_ms, 0);
}
END_TEST

START_TEST(test_retire_with_a_gap)
{
	struct chat_retired retired[2];

	queue_message(&messi, "lineker", "one");
	queue_message(&messi, "lineker", "two");
	queue_message(&messi, "lineker", "three");
	retired[0] = over(1, CHAT_REASON_NO_USER);
	retired[1] = over(3, CHAT_REASON_NO_USER);
	ck_assert_int_eq(chat_outbox_retire(&file_chat, &malang, retired, 2), CHAT_BAD_ARGUMENT);
	ck_assert_uint_eq(info().first, 1);
	ck_assert_str_eq(inbox_of(&messi), "");
}
END_TEST

/* Retiring more than one transaction can hold takes several. */
START_TEST(test_retire_big_ones)
{
	enum { OUTBOUNDS = 7 };
	static char big[CHAT_TEXT_MAX + 1];
	struct chat_retired retired[OUTBOUNDS];
	struct chat_inbox inbox;
	struct chat_message message;

	memset(big, 'x', CHAT_TEXT_MAX);
	for (uint64_t i = 0; i < OUTBOUNDS; i++) {
		big[0] = (char)('0' + i);
		queue_message(&messi, "lineker", big);
	}
	for (uint64_t i = 0; i < OUTBOUNDS; i++)
		retired[i] = over(i + 1, CHAT_REASON_EXPIRED);
	ck_assert_int_eq(chat_outbox_retire(&file_chat, &malang, retired, OUTBOUNDS), CHAT_OK);
	ck_assert_uint_eq(info().first, OUTBOUNDS + 1);
	ck_assert_int_eq(chat_inbox_look(&file_chat, messi.user.id, CHAT_INBOX_ALL, &inbox),
	    CHAT_OK);
	ck_assert_uint_eq(inbox.n_items, OUTBOUNDS);
	for (size_t i = 0; i < OUTBOUNDS; i++) {
		ck_assert_int_eq(chat_inbox_read(&file_chat, &inbox.items[i], &message), CHAT_OK);
		ck_assert_uint_eq(message.text.len, CHAT_TEXT_MAX);
		ck_assert_int_eq(message.text.data[0], '0' + (int)i);
		ck_assert_int_eq(message.reason, CHAT_REASON_EXPIRED);
	}
	chat_inbox_free(&inbox);
}
END_TEST

START_TEST(test_sender_is_gone)
{
	struct chat_retired retired[2];

	queue_message(&lineker, "messi", "one");
	queue_message(&messi, "lineker", "two");
	retired[0] = over(1, CHAT_REASON_NO_USER);
	retired[1] = over(2, CHAT_REASON_NO_USER);
	ck_assert_int_eq(chat_user_delete(&file_chat, chat_text("lineker")), CHAT_OK);
	ck_assert_int_eq(chat_outbox_retire(&file_chat, &malang, retired, 2), CHAT_OK);
	ck_assert_uint_eq(info().first, 3);
	ck_assert_str_eq(inbox_of(&messi), "bounce lineker@malang no_user: two; ");
}
END_TEST

/* A full inbox still gets the notice of a failed delivery, but none of a slow one. */
START_TEST(test_inbox_is_full)
{
	struct chat_retired retired;
	uint64_t told;

	queue_message(&messi, "lineker", "one");
	queue_message(&messi, "lineker", "two");
	file_config.inbox_max = 1;
	ck_assert_int_eq(chat_outbox_delay(&file_chat, &malang, 1, &told), CHAT_OK);
	ck_assert_int_eq(chat_outbox_delay(&file_chat, &malang, 2, &told), CHAT_OK);
	ck_assert_uint_eq(told, 2);
	ck_assert_str_eq(inbox_of(&messi), "delay lineker@malang none: one; ");
	retired = over(1, CHAT_REASON_INBOX_FULL);
	ck_assert_int_eq(chat_outbox_retire(&file_chat, &malang, &retired, 1), CHAT_OK);
	ck_assert_str_eq(inbox_of(&messi),
	    "delay lineker@malang none: one; bounce lineker@malang inbox_full: one; ");
}
END_TEST

START_TEST(test_delay)
{
	struct chat_retired retired;
	uint64_t told;

	ck_assert_int_eq(chat_outbox_delay(&file_chat, &malang, 5, &told), CHAT_OK);
	ck_assert_uint_eq(told, 0);
	queue_message(&messi, "lineker", "one");
	queue_message(&messi, "lineker", "two");
	queue_message(&henderson, "lineker", "three");
	retired = over(1, CHAT_REASON_NONE);
	ck_assert_int_eq(chat_outbox_retire(&file_chat, &malang, &retired, 1), CHAT_OK);
	ck_assert_int_eq(chat_outbox_delay(&file_chat, &malang, 2, &told), CHAT_OK);
	ck_assert_uint_eq(told, 2);
	ck_assert_int_eq(chat_outbox_delay(&file_chat, &malang, 2, &told), CHAT_OK);
	ck_assert_uint_eq(told, 2);
	ck_assert_str_eq(inbox_of(&messi), "delay lineker@malang none: two; ");
	ck_assert_str_eq(inbox_of(&henderson), "");
	ck_assert_int_eq(chat_outbox_delay(&file_chat, &malang, 100, &told), CHAT_OK);
	ck_assert_uint_eq(told, 3);
	ck_assert_str_eq(inbox_of(&messi), "delay lineker@malang none: two; ");
	ck_assert_str_eq(inbox_of(&henderson), "delay lineker@malang none: three; ");
}
END_TEST

START_TEST(test_delay_of_many)
{
	enum { OUTBOUNDS = 700 };
	uint64_t told = 0, before;
	struct chat_inbox inbox;

	for (int i = 0; i < OUTBOUNDS; i++)
		queue_message(&messi, "lineker", "halo");
	do {
		before = told;
		ck_assert_int_eq(chat_outbox_delay(&file_chat, &malang, OUTBOUNDS, &told), CHAT_OK);
		ck_assert(told > before || told == OUTBOUNDS);
	} while (told < OUTBOUNDS);
	ck_assert_int_eq(chat_inbox_look(&file_chat, messi.user.id, CHAT_INBOX_ALL, &inbox),
	    CHAT_OK);
	ck_assert_uint_eq(inbox.n_items, OUTBOUNDS);
	chat_inbox_free(&inbox);
}
END_TEST

static uint64_t
drop_all(void)
{
	uint64_t dropped;

	ck_assert_int_eq(chat_outbox_drop(&file_chat, &malang, &dropped), CHAT_OK);
	return dropped;
}

START_TEST(test_drop)
{
	enum { OUTBOUNDS = 300 };
	struct chat_inbox inbox;

	ck_assert_uint_eq(drop_all(), 0);
	for (int i = 0; i < OUTBOUNDS; i++)
		queue_message(&messi, "lineker", "halo");
	queue_message(&henderson, "lineker", "halo");
	ck_assert_uint_eq(drop_all(), OUTBOUNDS + 1);
	ck_assert_uint_eq(info().first, OUTBOUNDS + 2);
	ck_assert_str_eq(inbox_of(&henderson), "bounce lineker@malang dropped: halo; ");
	ck_assert_int_eq(chat_inbox_look(&file_chat, messi.user.id, CHAT_INBOX_ALL, &inbox),
	    CHAT_OK);
	ck_assert_uint_eq(inbox.n_items, OUTBOUNDS);
	chat_inbox_free(&inbox);
}
END_TEST

/* A file counts for its sender, and its content stays, until its message is over. */
START_TEST(test_file)
{
	struct chat_outbound outbound = outbound_of(&messi, "lineker", "foto.jpg");
	struct chat_file file = { .owner = messi.user.id, .size = 4, .sent_ms = clock_now_ms() };
	struct chat_retired retired;
	uint64_t id, references;

	outbound.file = true;
	outbound.size = file.size;
	memset(outbound.hash, 0xa5, sizeof(outbound.hash));
	memcpy(file.hash, outbound.hash, sizeof(file.hash));
	ck_assert_int_eq(chat_new_id(&file_chat, &outbound.file_id), CHAT_OK);
	ck_assert_int_eq(chat_file_put(&file_chat, chat_conversation_outbound(outbound.file_id),
	                     chat_file_enclosed(), &file),
	    CHAT_OK);
	ck_assert_int_eq(chat_outbound_put(&file_chat, &malang, &outbound, &id), CHAT_OK);
	file_assert_quota(&messi, 4, 1);
	ck_assert_str_eq(file_list(&messi), "");
	retired = over(file_outbox_number(malang.id, id), CHAT_REASON_NO_USER);
	ck_assert_uint_eq(retired.file_id, outbound.file_id);
	ck_assert_int_eq(chat_outbox_retire(&file_chat, &malang, &retired, 1), CHAT_OK);
	file_assert_quota(&messi, 0, 0);
	ck_assert_int_eq(chat_quota_references(&file_chat, outbound.hash, &references), CHAT_OK);
	ck_assert_uint_eq(references, 0);
	ck_assert_int_eq(chat_file_release(&file_chat, outbound.file_id), CHAT_OK);
	ck_assert_str_eq(inbox_of(&messi), "bounce lineker@malang no_user file: foto.jpg; ");
}
END_TEST

/* The file that a message would have; 0 ms old: from now. */
static uint64_t
enclose(int64_t age_ms, unsigned char content)
{
	struct chat_file file = { .owner = messi.user.id,
		.size = 1,
		.sent_ms = clock_now_ms() - age_ms };
	struct chat_blob blob;
	uint64_t id;

	ck_assert_int_eq(chat_blob_begin(&file_config, &blob), CHAT_OK);
	ck_assert_int_eq(chat_blob_write(&blob, &content, 1), CHAT_OK);
	ck_assert_int_eq(chat_blob_keep(&file_config, &blob), CHAT_OK);
	memcpy(file.hash, blob.hash, sizeof(file.hash));
	ck_assert_int_eq(chat_new_id(&file_chat, &id), CHAT_OK);
	ck_assert_int_eq(chat_file_put(&file_chat, chat_conversation_outbound(id),
	                     chat_file_enclosed(), &file),
	    CHAT_OK);
	chat_blob_end(&blob);
	return id;
}

static void
queue_file(uint64_t file_id)
{
	struct chat_outbound outbound = outbound_of(&messi, "lineker", "foto.jpg");
	uint64_t id;

	outbound.file = true;
	outbound.size = 1;
	outbound.file_id = file_id;
	ck_assert_int_eq(chat_outbound_put(&file_chat, &malang, &outbound, &id), CHAT_OK);
}

/* The janitor keeps what waits, however old, and what may still get its message. */
START_TEST(test_janitor)
{
	const int64_t hour_ms = 3600 * 1000, day_ms = 24 * hour_ms;
	struct chat_expired expired;
	struct chat_file file;
	uint64_t lost = enclose(2 * day_ms, 1), young = enclose(23 * hour_ms, 2);

	queue_file(enclose(30 * day_ms, 3));
	queue_message(&messi, "lineker", "halo");
	queue_file(enclose(30 * day_ms, 4));
	file_config.file_keep = 1;
	file_age_bodies(2 * 24 * 3600);
	ck_assert_uint_eq(file_bodies(), 4);
	file_assert_quota(&messi, 4, 4);
	ck_assert_int_eq(chat_expire(&file_chat, &expired), CHAT_OK);
	ck_assert_uint_eq(expired.files, 1);
	ck_assert_uint_eq(file_bodies(), 3);
	file_assert_quota(&messi, 3, 3);
	ck_assert_int_eq(chat_file_get(&file_chat, chat_conversation_outbound(lost),
	                     chat_file_enclosed(), &file),
	    CHAT_NO_FILE);
	ck_assert_int_eq(chat_file_get(&file_chat, chat_conversation_outbound(young),
	                     chat_file_enclosed(), &file),
	    CHAT_OK);
	file_assert_check(NULL);
}
END_TEST

START_TEST(test_check)
{
	uint64_t id = enclose(0, 1);
	unsigned char key[CHAT_KEY_STATE], value[8];
	struct store_tx tx;

	queue_message(&messi, "lineker", "halo");
	queue_file(id);
	file_assert_check(NULL);
	ck_assert_int_eq(chat_file_release(&file_chat, id), CHAT_OK);
	file_assert_check("realm malang: message 2 that waits for it lacks its file");
	drop_all();
	file_assert_check(NULL);
	ck_assert_int_eq(fixture_append(file_chat.store, malang.id, "no message"), STORE_OK);
	file_assert_check("realm malang: message 3 that waits for it is damaged");
	drop_all();
	file_assert_check(NULL);
	chat_key_state(key, CHAT_STATE_RETIRED, malang.id);
	pack_put_u64(value, 7);
	store_tx_init(&tx);
	store_tx_put(&tx, STORE_LOG_STATE, key, sizeof(key), value, sizeof(value));
	ck_assert_int_eq(store_commit(file_chat.store, &tx, NULL), STORE_OK);
	file_assert_check("realm malang: 7 messages are retired, but 4 is the oldest kept");
}
END_TEST

/* A queued message wakes the bridge, and no other process. */
START_TEST(test_wakeups)
{
	struct wakeup *bridge = wakeup_open(file_config.state),
	              *worker = wakeup_open(file_config.state),
	              *ringer = wakeup_open(file_config.state);
	struct pollfd fds[2];

	ck_assert(bridge != NULL && worker != NULL && ringer != NULL);
	wakeup_notify_bridge(ringer); /* nobody there: no harm */
	fds[0] = (struct pollfd){ .fd = wakeup_subscribe_bridge(bridge), .events = POLLIN };
	fds[1] = (struct pollfd){ .fd = wakeup_await(worker, 5), .events = POLLIN };
	ck_assert(fds[0].fd >= 0 && fds[1].fd >= 0);
	ck_assert_int_eq(wakeup_await(worker, 5), fds[1].fd);
	ck_assert_int_eq(wakeup_await(ringer, SCOREBOARD_SLOTS_MAX), -1);
	ck_assert_int_eq(poll(fds, 2, 0), 0);
	queue_message(&messi, "lineker", "halo");
	ck_assert_int_eq(poll(fds, 2, SUITE_PATIENCE_MS), 1);
	ck_assert_int_ne(fds[0].revents, 0);
	wakeup_drain(bridge);
	wakeup_notify_slot(ringer, 4);
	ck_assert_int_eq(poll(fds, 2, 0), 0);
	wakeup_notify_slot(ringer, 5);
	ck_assert_int_eq(poll(fds, 2, 0), 1);
	ck_assert_int_ne(fds[1].revents, 0);
	wakeup_drain(worker);
	/* The next bridge takes the name over. */
	wakeup_close(bridge);
	wakeup_notify_bridge(ringer);
	bridge = wakeup_open(file_config.state);
	ck_assert_ptr_nonnull(bridge);
	fds[0].fd = wakeup_subscribe_bridge(bridge);
	ck_assert_int_eq(poll(fds, 1, 0), 0);
	wakeup_notify_bridge(ringer);
	ck_assert_int_eq(poll(fds, 1, 0), 1);
	wakeup_close(bridge);
	wakeup_close(worker);
	wakeup_close(ringer);
}
END_TEST

/* A wakeup for a subscription also reaches the slot, and waiting does not change the subscription.
 */
static bool
is_seven(void *arg, const struct wakeup_subscription *ear)
{
	(void)arg;
	return ear->user == 7;
}

START_TEST(test_ears)
{
	static const struct wakeup_subscription ear = { .kind = WAKEUP_FOLLOW, .user = 7 };
	struct wakeup *worker = wakeup_open(file_config.state),
	              *ringer = wakeup_open(file_config.state);
	struct pollfd fd = { .events = POLLIN };

	ck_assert(worker != NULL && ringer != NULL);
	fd.fd = wakeup_await(worker, 9);
	wakeup_notify(ringer, is_seven, NULL);
	ck_assert_int_eq(poll(&fd, 1, 0), 0);
	ck_assert_int_eq(wakeup_subscribe(worker, 9, &ear), fd.fd);
	ck_assert_int_eq(wakeup_await(worker, 9), fd.fd);
	wakeup_notify(ringer, is_seven, NULL);
	ck_assert_int_eq(poll(&fd, 1, 0), 1);
	wakeup_drain(worker);
	wakeup_notify_slot(ringer, 9);
	ck_assert_int_eq(poll(&fd, 1, 0), 1);
	wakeup_close(worker);
	wakeup_close(ringer);
}
END_TEST

/* One process wakes more at once than have room in what a socket may send. */
START_TEST(test_many_ears)
{
	enum { EARS = 600 };
	struct wakeup *ears[EARS], *ringer = wakeup_open(file_config.state);
	struct pollfd fd = { .events = POLLIN };

	ck_assert_ptr_nonnull(ringer);
	for (unsigned int i = 0; i < EARS; i++) {
		ears[i] = wakeup_open(file_config.state);
		ck_assert_ptr_nonnull(ears[i]);
		ck_assert_int_ge(wakeup_await(ears[i], i), 0);
	}
	for (unsigned int i = 0; i < EARS; i++)
		wakeup_notify_slot(ringer, i);
	for (unsigned int i = 0; i < EARS; i++) {
		fd.fd = wakeup_await(ears[i], i);
		ck_assert_msg(poll(&fd, 1, 0) == 1, "number %u was not woken", i);
		wakeup_close(ears[i]);
	}
	wakeup_close(ringer);
}
END_TEST

/* Each bridge retires all that it finds, as if the one before had died in the middle of it. */
static void
retire_all(const struct chat_retired *retired, size_t n)
{
	struct chat chat;

	file_open(&chat);
	enum chat_result result = chat_outbox_retire(&chat, &malang, retired, n);
	file_close(&chat);
	_exit(result == CHAT_OK ? 0 : 1);
}

START_TEST(test_two_bridges)
{
	enum { OUTBOUNDS = 64, BRIDGES = 4 };
	struct chat_retired retired[OUTBOUNDS];
	pid_t pids[BRIDGES];
	struct chat_inbox inbox;
	int status;

	for (int i = 0; i < OUTBOUNDS; i++)
		queue_message(i % 2 == 0 ? &messi : &henderson, "lineker", "halo");
	for (uint64_t i = 0; i < OUTBOUNDS; i++)
		retired[i] = over(i + 1, CHAT_REASON_NO_USER);
	file_close(&file_chat); /* children may not inherit a store */
	for (int i = 0; i < BRIDGES; i++) {
		pids[i] = fork();
		ck_assert_int_ge(pids[i], 0);
		if (pids[i] == 0)
			retire_all(retired, OUTBOUNDS);
	}
	for (int i = 0; i < BRIDGES; i++) {
		ck_assert_int_eq(waitpid(pids[i], &status, 0), pids[i]);
		ck_assert_int_eq(status, 0);
	}
	file_open(&file_chat);
	ck_assert_uint_eq(info().first, OUTBOUNDS + 1);
	ck_assert_uint_eq(info().bytes, 0);
	ck_assert_int_eq(chat_inbox_look(&file_chat, messi.user.id, CHAT_INBOX_ALL, &inbox),
	    CHAT_OK);
	ck_assert_uint_eq(inbox.n_items, OUTBOUNDS / 2);
	chat_inbox_free(&inbox);
}
END_TEST

/* First messages of several senders at once agree on one epoch, and take numbers without gaps. */
static void
send_some(const struct chat_session *session, int n)
{
	struct chat chat;
	struct chat_outbound outbound = outbound_of(session, "lineker", "halo");
	uint64_t id;

	file_open(&chat);
	for (int i = 0; i < n; i++)
		if (chat_outbound_put(&chat, &malang, &outbound, &id) != CHAT_OK)
			_exit(1);
	file_close(&chat);
	_exit(0);
}

START_TEST(test_many_senders)
{
	enum { OUTBOUNDS = 20, SENDERS = 8 };
	struct chat_outbound outbound;
	pid_t pids[SENDERS];
	uint64_t epoch;
	int status;

	file_close(&file_chat); /* children may not inherit a store */
	for (int i = 0; i < SENDERS; i++) {
		pids[i] = fork();
		ck_assert_int_ge(pids[i], 0);
		if (pids[i] == 0)
			send_some(i % 2 == 0 ? &messi : &henderson, OUTBOUNDS);
	}
	for (int i = 0; i < SENDERS; i++) {
		ck_assert_int_eq(waitpid(pids[i], &status, 0), pids[i]);
		ck_assert_int_eq(status, 0);
	}
	file_open(&file_chat);
	ck_assert_int_eq(chat_outbound_epoch(&file_chat, malang.id, &epoch), CHAT_OK);
	ck_assert_uint_eq(info().last, OUTBOUNDS * SENDERS);
	for (uint64_t i = 1; i <= OUTBOUNDS * SENDERS; i++) {
		read_outbound(i, &outbound);
		ck_assert_uint_eq(outbound.epoch, epoch);
	}
}
END_TEST

static TCase *
with_committer(void)
{
	TCase *tcase = tcase_create("processes");

	tcase_add_checked_fixture(tcase, setup_committer, file_teardown);
	tcase_set_timeout(tcase, FIXTURE_TIMEOUT);
	tcase_add_test(tcase, test_two_bridges);
	tcase_add_test(tcase, test_many_senders);
	return tcase;
}

int
main(void)
{
	const TTest *const tests[] = { test_reasons, test_put_and_read, test_what_is_no_outbound,
		test_epochs, test_full, test_share, test_retire, test_retire_with_a_gap,
		test_retire_big_ones, test_sender_is_gone, test_inbox_is_full, test_delay,
		test_delay_of_many, test_drop, test_file, test_janitor, test_check, test_wakeups,
		test_ears, test_many_ears };
	Suite *suite = suite_create("outbound");
	TCase *tcase = tcase_create("outbound");

	tcase_add_checked_fixture(tcase, setup, file_teardown);
	tcase_set_timeout(tcase, FIXTURE_TIMEOUT);
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
		tcase_add_test(tcase, tests[i]);
	suite_add_tcase(suite, tcase);
	suite_add_tcase(suite, with_committer());
	return suite_run(suite);
}
