/*
 * What goes with a message beside its text, a notice and tags: its entry, the verbs that send, what
 * the committer lets through, what readers and clients of realm see.
 */
#include <stdio.h>
#include <string.h>

#include "base/json_out.h"
#include "chat/block.h"
#include "chat/history/item.h"
#include "chat/realm/log.h"
#include "dialect/item.h"
#include "permit_fixture.h"

#define TAGS "+draft/reply=x;+y"

static unsigned char entry[CHAT_MESSAGE_RECORD];

static struct chat_message
make_message(const char *tags)
{
	return (struct chat_message){ .kind = CHAT_PRIVATE,
		.from_id = henderson.user.id,
		.from = chat_text("henderson"),
		.from_name = chat_text("henderson"),
		.to = chat_text("lineker"),
		.to_name = chat_text("lineker"),
		.tags = chat_text(tags),
		.text = chat_text("halo") };
}

static void
assert_text(struct chat_text text, const char *expected)
{
	ck_assert_uint_eq(text.len, strlen(expected));
	ck_assert_mem_eq(text.data, expected, text.len);
}

/* Each content has one form: the version of before where there are no tags. */
START_TEST(test_entry)
{
	struct chat_message message = make_message(""), read;
	size_t plain = chat_message_write(entry, sizeof(entry), &message);

	ck_assert_uint_eq(entry[0], 1);
	ck_assert_int_eq(chat_message_read(&read, entry, plain), 0);
	ck_assert(!read.notice && read.tags.len == 0);
	entry[0] = 2; /* with tags, of which there are none */
	memset(entry + plain, 0, sizeof(uint32_t));
	for (size_t more = 0; more <= sizeof(uint32_t); more++)
		ck_assert_int_eq(chat_message_read(&read, entry, plain + more), -1);
	message.notice = true;
	ck_assert_uint_eq(chat_message_write(entry, sizeof(entry), &message), plain);
	ck_assert_uint_eq(entry[0], 1);
	ck_assert_int_eq(chat_message_read(&read, entry, plain), 0);
	ck_assert(read.notice && read.kind == CHAT_PRIVATE && !read.file && !read.pulled);
	message.tags = chat_text(TAGS);
	size_t len = chat_message_write(entry, sizeof(entry), &message);
	ck_assert_uint_eq(entry[0], 2);
	ck_assert_int_eq(chat_message_read(&read, entry, len), 0);
	assert_text(read.tags, TAGS);
	assert_text(read.text, "halo");
	ck_assert_int_eq(chat_message_read(&read, entry, len - 1), -1);
	entry[0] = 3;
	ck_assert_int_eq(chat_message_read(&read, entry, len), -1);
}
END_TEST

/* The longest message with the longest tags is a record; a byte more of tags is none. */
START_TEST(test_bounds)
{
	static char text[CHAT_TEXT_MAX], tags[CHAT_TAGS_MAX + 1];
	struct chat_message message = make_message(""), read;
	size_t len;

	memset(text, 'x', sizeof(text));
	memset(tags, '+', sizeof(tags));
	message.text = (struct chat_text){ .data = text, .len = sizeof(text) };
	message.tags = (struct chat_text){ .data = tags, .len = CHAT_TAGS_MAX };
	ck_assert(chat_message_tags_valid(message.tags));
	len = chat_message_write(entry, sizeof(entry), &message);
	ck_assert_int_eq(chat_message_read(&read, entry, len), 0);
	ck_assert_uint_eq(read.tags.len, CHAT_TAGS_MAX);
	message.tags.len++;
	ck_assert(!chat_message_tags_valid(message.tags));
	len = chat_message_write(entry, sizeof(entry), &message);
	ck_assert_int_eq(chat_message_read(&read, entry, len), -1);
}
END_TEST

static const char *const bad_tags[] = { "y", "time=x", "+y;time=x", "+y;", ";+y", "+y;;+z", "+y z",
	"+y\n", "+y\r", "+\x7f", "+\xc3", " ", "bot;", "bot;bot", "+y;bot", "bots", "bot=x", "bo" };

START_TEST(test_valid)
{
	ck_assert(chat_message_tags_valid(chat_text("")));
	ck_assert(chat_message_tags_valid(chat_text(TAGS)));
	ck_assert(chat_message_tags_valid(chat_text("bot")));
	ck_assert(chat_message_tags_valid(chat_text("bot;" TAGS)));
	ck_assert(chat_message_tags_valid(chat_text("+y=\xc3\xa9\\s=+")));
	ck_assert(!chat_message_tags_valid((struct chat_text){ .data = "+\0", .len = 2 }));
	for (size_t i = 0; i < sizeof(bad_tags) / sizeof(*bad_tags); i++)
		ck_assert_msg(!chat_message_tags_valid(chat_text(bad_tags[i])), "%zu", i);
}
END_TEST

static enum store_status
append(const struct chat_message *message)
{
	size_t len = chat_message_write(entry, sizeof(entry), message);

	store_tx_init(&permit_tx);
	store_tx_append(&permit_tx, lineker.user.id, entry, len, 0, STORE_NO_LIMIT);
	store_tx_charge(&permit_tx, henderson.user.id, len, 0);
	return permit_commit();
}

/* The committer takes both versions, and no tags but those that a client may set. */
START_TEST(test_permit)
{
	struct chat_message message = make_message("");

	permit_as_user(&henderson);
	ck_assert_int_eq(append(&message), STORE_OK);
	message.notice = true;
	ck_assert_int_eq(append(&message), STORE_OK);
	message.tags = chat_text(TAGS);
	ck_assert_int_eq(append(&message), STORE_OK);
	for (size_t i = 0; i < sizeof(bad_tags) / sizeof(*bad_tags); i++) {
		message.tags = chat_text(bad_tags[i]);
		ck_assert_int_eq(append(&message), STORE_FORBIDDEN);
	}
}
END_TEST

static int
add_seq(void *arg, const struct store_entry *at)
{
	*(uint64_t *)arg = at->seq;
	return 0;
}

/* The newest message of a log as messi reads it; its object as clients of realm see it. */
static const char *
show(uint64_t log, uint64_t group, struct chat_item *item)
{
	static char text[1024];
	struct json_out_buffer out = { .text = text, .size = sizeof(text) - 1 };
	struct chat_item_reader reader;
	struct json_out json;
	uint64_t seq = 0;

	ck_assert_int_eq(chat_log_each(&file_chat, log, 0, add_seq, &seq), CHAT_OK);
	ck_assert_int_eq(chat_item_begin(&reader, &file_chat, &messi.user), CHAT_OK);
	ck_assert_int_eq(chat_item_read(&reader, group, seq, item), CHAT_OK);
	json_out_init(&json, json_out_fill, &out);
	json_out_object_begin(&json);
	dialect_item_members(&json, item);
	json_out_object_end(&json);
	ck_assert_int_eq(json_out_error(&json), 0);
	text[out.len] = '\0';
	return text;
}

static void
send(const char *to)
{
	bool group = to[0] == '#';

	ck_assert_int_eq(group
	        ? chat_message_send_group(&file_chat, &henderson, chat_text(to + 1),
	              chat_text("halo"))
	        : chat_message_send(&file_chat, &henderson, chat_text(to), chat_text("halo")),
	    CHAT_OK);
}

/* The verbs take both over for the messages of this request; who blocks somebody reads again. */
START_TEST(test_verbs)
{
	struct chat_item item;

	permit_as_user(&messi);
	ck_assert_int_eq(chat_block_add(&file_chat, messi.user.id, chat_text("lineker")), CHAT_OK);
	permit_as_user(&henderson);
	for (int round = 0; round < 2; round++) {
		bool group = round == 1;

		file_chat.notice = true;
		file_chat.tags = chat_text(TAGS);
		send(group ? "#kopi" : "messi");
		file_chat.notice = false;
		file_chat.tags = chat_text("");
		ck_assert_ptr_nonnull(
		    strstr(show(group ? kopi : messi.user.id, group ? kopi : 0, &item),
		        "\"text\":\"halo\",\"notice\":true}"));
		assert_text(item.message.tags, TAGS);
		send(group ? "#kopi" : "messi");
		ck_assert_ptr_null(
		    strstr(show(group ? kopi : messi.user.id, group ? kopi : 0, &item), "notice"));
		ck_assert_uint_eq(item.message.tags.len, 0);
	}
}
END_TEST

START_TEST(test_files)
{
	struct chat_item item;

	permit_as_user(&henderson);
	file_chat.tags = chat_text(TAGS);
	ck_assert_int_eq(file_send(&henderson, "messi", "peta", "isi"), CHAT_OK);
	(void)show(messi.user.id, 0, &item);
	ck_assert(item.message.file && item.kept);
	assert_text(item.message.tags, TAGS);
	ck_assert_int_eq(chat_message_send_list(&file_chat, &henderson, chat_text("messi,lineker"),
	                     chat_text("halo")),
	    CHAT_OK);
	(void)show(messi.user.id, 0, &item);
	assert_text(item.message.tags, TAGS);
	file_chat.tags = chat_text("time=x");
	ck_assert_int_eq(chat_message_send(&file_chat, &henderson, chat_text("messi"),
	                     chat_text("halo")),
	    CHAT_BAD_ARGUMENT);
	permit_as_nobody();
	file_assert_check(NULL);
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = { test_entry, test_bounds, test_valid, test_permit, test_verbs,
		test_files };

	return permit_main("message_tags", tests, sizeof(tests) / sizeof(tests[0]));
}
