/*
 * Files that users send each other, below the dialects: names, conversations, limits, quotas, and
 * contents that are stored once.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "chat/file/download.h"
#include "chat/file/quota.h"
#include "chat/file/upload.h"
#include "chat/group.h"
#include "chat/message.h"
#include "chat/user_delete.h"
#include "file_fixture.h"
#include "live/limits.h"
#include "suite.h"

#define NAME_255                                                           \
	"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef" \
	"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef" \
	"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef" \
	"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcde"

static const char *
filler(size_t len)
{
	static char bytes[4096];

	ck_assert_uint_lt(len, sizeof(bytes));
	memset(bytes, 'x', len);
	bytes[len] = '\0';
	return bytes;
}

START_TEST(test_names)
{
	static const struct {
		const char *given;
		const char *name; /* NULL: refused */
	} cases[] = {
		{ "a", "a" },
		{ "a.b", "a.b" },
		{ "...", "..." },
		{ ".profile", ".profile" },
		{ "/etc/passwd", "passwd" },
		{ "../../a", "a" },
		{ "C:\\Users\\x\\a b.txt", "a b.txt" },
		{ "C:/x\\y/z", "z" },
		{ "\xe6\x96\x87\xe4\xbb\xb6 \xc3\xa9.txt",
		    "\xe6\x96\x87\xe4\xbb\xb6 \xc3\xa9.txt" },
		{ NAME_255, NAME_255 },
		{ "/" NAME_255, NAME_255 },
		{ NAME_255 "f", NULL },
		{ "", NULL },
		{ ".", NULL },
		{ "..", NULL },
		{ "a/", NULL },
		{ "a\\", NULL },
		{ "a/..", NULL },
		{ "\xff", NULL },
		{ "a\xc3", NULL },
		{ "\xc0\xaf", NULL },
	};
	struct chat_text name;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		enum chat_result result = chat_file_name(chat_text(cases[i].given), &name);

		ck_assert_int_eq(result, cases[i].name == NULL ? CHAT_BAD_ARGUMENT : CHAT_OK);
		if (cases[i].name == NULL)
			continue;
		ck_assert_uint_eq(name.len, strlen(cases[i].name));
		ck_assert_mem_eq(name.data, cases[i].name, name.len);
	}
	name = (struct chat_text){ .data = "a\0b", .len = 3 };
	ck_assert_int_eq(chat_file_name(name, &name), CHAT_BAD_ARGUMENT);
}
END_TEST

/* Both sides of a conversation have what either has sent, and nobody else has. */
START_TEST(test_private)
{
	ck_assert_str_eq(file_list(&messi), "");
	ck_assert_int_eq(file_send(&messi, "henderson", "a", "halo"), CHAT_OK);
	ck_assert_int_eq(file_send(&henderson, "MESSI", "b", ""), CHAT_OK);
	ck_assert_int_eq(file_send(&messi, "messi", "own", "mine"), CHAT_OK);
	ck_assert_str_eq(file_list(&messi), "henderson: a b; messi: own");
	ck_assert_str_eq(file_list(&henderson), "messi: a b");
	ck_assert_str_eq(file_list(&lineker), "");
	ck_assert_str_eq(file_get(&messi, "henderson", "a"), "halo");
	ck_assert_str_eq(file_get(&henderson, "Messi", "dir/a"), "halo");
	ck_assert_str_eq(file_get(&messi, "henderson", "b"), "");
	ck_assert_str_eq(file_get(&messi, "messi", "own"), "mine");
	ck_assert_str_eq(file_get(&messi, "messi", "a"), "= no such file");
	ck_assert_str_eq(file_get(&lineker, "messi", "a"), "= no such file");
	ck_assert_str_eq(file_get(&messi, "nobody", "a"), "= no such file");
	ck_assert_str_eq(file_get(&messi, "henderson", "A"), "= no such file");
	ck_assert_str_eq(file_get(&messi, "henderson", ""), "= no such file");
	ck_assert_int_eq(file_send(&messi, "nobody", "a", "halo"), CHAT_NO_USER);
	ck_assert_int_eq(file_send(&messi, "henderson", "..", "halo"), CHAT_BAD_ARGUMENT);
	file_assert_check(NULL);
}
END_TEST

START_TEST(test_group)
{
	ck_assert_int_eq(file_send_group(&messi, "kopi", "a", "halo"), CHAT_OK);
	ck_assert_str_eq(file_list(&messi), "kopi: a");
	ck_assert_str_eq(file_list(&henderson), "kopi: a");
	ck_assert_str_eq(file_list(&lineker), "");
	ck_assert_str_eq(file_get(&henderson, "kopi", "a"), "halo");
	ck_assert_str_eq(file_get(&lineker, "kopi", "a"), "= no such file");
	ck_assert_int_eq(file_send_group(&lineker, "kopi", "a", "x"), CHAT_NOT_MEMBER);
	ck_assert_int_eq(file_send_group(&messi, "teh", "a", "x"), CHAT_NO_GROUP);
	/* Who joins later has it where history is open, who leaves has not. */
	file_config.group_history = CONFIG_GROUP_HISTORY_OPEN;
	ck_assert_int_eq(chat_group_join(&file_chat, chat_text("kopi"), lineker.user.id), CHAT_OK);
	ck_assert_str_eq(file_list(&lineker), "kopi: a");
	ck_assert_int_eq(chat_group_leave(&file_chat, chat_text("kopi"), henderson.user.id),
	    CHAT_OK);
	ck_assert_str_eq(file_list(&henderson), "");
	file_assert_check(NULL);
}
END_TEST

/* A user and a group of one name are one entry of the list. */
START_TEST(test_user_and_group_of_one_name)
{
	ck_assert_int_eq(chat_group_add(&file_chat, chat_text("lineker"), messi.user.id), CHAT_OK);
	ck_assert_int_eq(file_send_group(&messi, "lineker", "a", "group's"), CHAT_OK);
	ck_assert_int_eq(file_send_group(&messi, "lineker", "b", "group's"), CHAT_OK);
	ck_assert_str_eq(file_list(&messi), "lineker: a b");
	ck_assert_int_eq(file_send(&messi, "lineker", "a", "user's"), CHAT_OK);
	ck_assert_str_eq(file_list(&messi), "lineker: a b");
	ck_assert_str_eq(file_get(&messi, "lineker", "a"), "user's");
	ck_assert_str_eq(file_get(&messi, "lineker", "b"), "group's");
	ck_assert_str_eq(file_list(&lineker), "messi: a");
}
END_TEST

START_TEST(test_list_of_receivers)
{
	struct chat_upload upload;

	chat_upload_init(&upload, &messi);
	ck_assert_int_eq(chat_upload_to_list(&file_chat, &upload,
	                     chat_text("henderson,lineker,henderson")),
	    CHAT_OK);
	ck_assert_int_eq(chat_upload_begin(&file_chat, &upload, chat_text("a")), CHAT_OK);
	ck_assert_int_eq(chat_upload_write(&upload, "halo", 4), CHAT_OK);
	ck_assert_int_eq(chat_upload_finish(&file_chat, &upload), CHAT_OK);
	chat_upload_end(&upload);
	ck_assert_str_eq(file_list(&messi), "henderson: a; lineker: a");
	ck_assert_uint_eq(file_bodies(), 1);
	file_assert_quota(&messi, 8, 2);
	chat_upload_init(&upload, &messi);
	ck_assert_int_eq(chat_upload_to_list(&file_chat, &upload, chat_text("henderson,nobody")),
	    CHAT_NO_USER);
	ck_assert_int_eq(chat_upload_to_list(&file_chat, &upload, chat_text("henderson,")),
	    CHAT_NO_USER);
	file_assert_check(NULL);
}
END_TEST

/* The receiver is told, in the own log or in the group's. */
START_TEST(test_message)
{
	struct store_reader reader;
	struct store_entry entry;
	struct chat_message message;
	uint64_t logs[] = { henderson.user.id, kopi }, seq;

	ck_assert_int_eq(file_send(&messi, "henderson", "x/a", "halo"), CHAT_OK);
	ck_assert_int_eq(file_send_group(&messi, "kopi", "a", "halo"), CHAT_OK);
	for (size_t i = 0; i < 2; i++) {
		ck_assert_int_eq(store_reader_init(&reader, file_chat.store, logs[i], 0), STORE_OK);
		ck_assert_int_eq(store_reader_peek(&reader, &seq), STORE_OK);
		ck_assert_int_eq(store_entry(file_chat.store, seq, &entry), STORE_OK);
		ck_assert_int_eq(chat_message_read(&message, entry.data, entry.len), 0);
		ck_assert(message.file);
		ck_assert_int_eq(message.kind, i == 0 ? CHAT_PRIVATE : CHAT_GROUP);
		ck_assert_uint_eq(message.text.len, 1);
		ck_assert_int_eq(message.text.data[0], 'a');
	}
}
END_TEST

START_TEST(test_inbox_full)
{
	file_config.inbox_max = 1;
	ck_assert_int_eq(file_send(&messi, "henderson", "a", "halo"), CHAT_OK);
	ck_assert_int_eq(file_send(&messi, "henderson", "b", "halo"), CHAT_INBOX_FULL);
	ck_assert_str_eq(file_list(&messi), "henderson: a");
	ck_assert_int_eq(file_send_group(&messi, "kopi", "a", "halo"), CHAT_OK);
	ck_assert_int_eq(file_send_group(&messi, "kopi", "b", "halo"), CHAT_INBOX_FULL);
}
END_TEST

START_TEST(test_stored_once)
{
	struct chat_file file;
	uint64_t references;

	ck_assert_int_eq(file_send(&messi, "henderson", "a", "halo"), CHAT_OK);
	ck_assert_int_eq(file_send(&messi, "henderson", "b", "halo"), CHAT_OK);
	ck_assert_int_eq(file_send(&lineker, "messi", "c", "halo"), CHAT_OK);
	ck_assert_int_eq(file_send_group(&messi, "kopi", "d", "halo"), CHAT_OK);
	ck_assert_uint_eq(file_bodies(), 1);
	ck_assert_int_eq(chat_file_get(&file_chat,
	                     chat_conversation_users(henderson.user.id, messi.user.id),
	                     chat_text("a"), &file),
	    CHAT_OK);
	ck_assert_int_eq(chat_quota_references(&file_chat, file.hash, &references), CHAT_OK);
	ck_assert_uint_eq(references, 4);
	ck_assert_int_eq(chat_blob_size(&file_config, file.hash), 4);
	file_assert_quota(&messi, 12, 3);
	file_assert_quota(&lineker, 4, 1);
	file_assert_check(NULL);
}
END_TEST

/* The new one counts for its sender, the old one no more for its own. */
START_TEST(test_replace)
{
	ck_assert_int_eq(file_send(&messi, "henderson", "a", "halo"), CHAT_OK);
	ck_assert_int_eq(file_send(&messi, "henderson", "a", "halo dunia"), CHAT_OK);
	ck_assert_str_eq(file_get(&henderson, "messi", "a"), "halo dunia");
	ck_assert_str_eq(file_list(&henderson), "messi: a");
	file_assert_quota(&messi, 10, 1);
	ck_assert_int_eq(file_send(&messi, "henderson", "a", "halo dunia"), CHAT_OK);
	file_assert_quota(&messi, 10, 1);
	ck_assert_int_eq(file_send(&henderson, "messi", "a", "hi"), CHAT_OK);
	ck_assert_str_eq(file_get(&messi, "henderson", "a"), "hi");
	file_assert_quota(&messi, 0, 0);
	file_assert_quota(&henderson, 2, 1);
	/* The name is the same in other conversations, and another with another case. */
	ck_assert_int_eq(file_send(&messi, "henderson", "A", "big"), CHAT_OK);
	ck_assert_int_eq(file_send_group(&messi, "kopi", "a", "group's"), CHAT_OK);
	ck_assert_str_eq(file_get(&messi, "henderson", "a"), "hi");
	file_assert_check(NULL);
}
END_TEST

START_TEST(test_limits)
{
	ck_assert_int_eq(file_send(&messi, "henderson", "a", filler(FILE_MAX_BYTES + 1)),
	    CHAT_TOO_BIG);
	ck_assert_int_eq(file_send(&messi, "henderson", "a", filler(FILE_MAX_BYTES)), CHAT_OK);
	ck_assert_int_eq(file_send(&messi, "henderson", "b", filler(FILE_MAX_BYTES)), CHAT_OK);
	ck_assert_int_eq(file_send(&messi, "henderson", "c", filler(501)), CHAT_QUOTA);
	ck_assert_int_eq(file_send(&messi, "lineker", "c", filler(500)), CHAT_OK);
	ck_assert_int_eq(file_send_group(&messi, "kopi", "d", "x"), CHAT_QUOTA);
	file_assert_quota(&messi, FILE_QUOTA_BYTES, 3);
	/* What is replaced makes room for what replaces it, and no more. */
	ck_assert_int_eq(file_send(&messi, "lineker", "c", filler(501)), CHAT_QUOTA);
	ck_assert_int_eq(file_send(&messi, "lineker", "c", filler(499)), CHAT_OK);
	ck_assert_int_eq(file_send_group(&messi, "kopi", "d", "x"), CHAT_OK);
	/* What another has sent does not. */
	ck_assert_int_eq(file_send(&henderson, "messi", "e", filler(9)), CHAT_OK);
	ck_assert_int_eq(file_send(&messi, "henderson", "e", filler(9)), CHAT_QUOTA);
	ck_assert_str_eq(file_get(&messi, "henderson", "e"), filler(9));
	ck_assert_int_eq(file_send(&messi, "henderson", "empty", ""), CHAT_OK);
	file_assert_quota(&henderson, 9, 1);
	ck_assert_uint_eq(file_temporaries(), 0);
	file_assert_check(NULL);
}
END_TEST

static enum chat_result
begin_upload(struct chat_upload *upload, const char *name)
{
	chat_upload_init(upload, &messi);
	ck_assert_int_eq(chat_upload_to_user(&file_chat, upload, chat_text("henderson")), CHAT_OK);
	return chat_upload_begin(&file_chat, upload, chat_text(name));
}

/* What has come of unfinished files counts in the quota, and there are few at a time. */
START_TEST(test_unfinished)
{
	struct chat_upload first, second, third, fourth;

	ck_assert_int_eq(begin_upload(&first, "a"), CHAT_OK);
	ck_assert_int_eq(chat_upload_write(&first, filler(FILE_MAX_BYTES), FILE_MAX_BYTES),
	    CHAT_OK);
	ck_assert_int_eq(begin_upload(&second, "b"), CHAT_OK);
	ck_assert_int_eq(chat_upload_write(&second, filler(FILE_MAX_BYTES), FILE_MAX_BYTES),
	    CHAT_OK);
	ck_assert_int_eq(begin_upload(&third, "c"), CHAT_OK);
	ck_assert_int_eq(chat_upload_write(&third, filler(500), 500), CHAT_OK);
	ck_assert_int_eq(chat_upload_write(&third, "x", 1), CHAT_QUOTA);
	file_chat.limits = limits_open(file_config.state);
	ck_assert_ptr_nonnull(file_chat.limits);
	ck_assert_int_eq(begin_upload(&fourth, "d"), CHAT_TOO_MANY);
	ck_assert_uint_eq(limits_counted(file_chat.limits, LIMITS_UPLOADS), 1);
	chat_upload_end(&first);
	ck_assert_int_eq(begin_upload(&fourth, "d"), CHAT_OK);
	ck_assert_int_eq(chat_upload_write(&fourth, filler(FILE_MAX_BYTES), FILE_MAX_BYTES),
	    CHAT_OK);
	chat_upload_end(&second);
	chat_upload_end(&third);
	chat_upload_end(&fourth);
	ck_assert_uint_eq(file_temporaries(), 0);
	limits_close(file_chat.limits);
	file_chat.limits = NULL;
	file_config.min_free = UINT64_MAX;
	ck_assert_int_eq(begin_upload(&first, "a"), CHAT_NO_SPACE);
	chat_upload_end(&first);
}
END_TEST

/* Where two uploads have begun before either ends, the one that ends later finds no room. */
START_TEST(test_quota_at_the_end)
{
	struct chat_upload uploads[3];

	for (size_t i = 0; i < 3; i++) {
		char name[2] = { (char)('a' + i), '\0' };

		ck_assert_int_eq(begin_upload(&uploads[i], name), CHAT_OK);
	}
	for (size_t i = 0; i < 3; i++)
		ck_assert_int_eq(chat_upload_write(&uploads[i], filler(FILE_MAX_BYTES),
		                     FILE_MAX_BYTES),
		    CHAT_OK);
	ck_assert_uint_eq(file_temporaries(), 3);
	for (size_t i = 0; i < 3; i++) {
		ck_assert_int_eq(chat_upload_finish(&file_chat, &uploads[i]),
		    i < 2 ? CHAT_OK : CHAT_QUOTA);
		chat_upload_end(&uploads[i]);
	}
	ck_assert_str_eq(file_list(&messi), "henderson: a b");
	ck_assert_uint_eq(file_temporaries(), 0);
}
END_TEST

START_TEST(test_broken_off)
{
	struct chat_upload upload;

	chat_upload_init(&upload, &messi);
	chat_upload_end(&upload);
	chat_upload_init(&upload, &messi);
	ck_assert_int_eq(chat_upload_to_user(&file_chat, &upload, chat_text("henderson")), CHAT_OK);
	ck_assert_int_eq(chat_upload_begin(&file_chat, &upload, chat_text("a")), CHAT_OK);
	ck_assert_int_eq(chat_upload_write(&upload, "halo", 4), CHAT_OK);
	ck_assert_uint_eq(file_temporaries(), 1);
	chat_upload_end(&upload);
	ck_assert_uint_eq(file_temporaries(), 0);
	ck_assert_uint_eq(file_bodies(), 0);
	ck_assert_str_eq(file_list(&messi), "");
	file_assert_quota(&messi, 0, 0);
}
END_TEST

/* Sender, receiver or membership may go while the file comes. */
START_TEST(test_gone_meanwhile)
{
	struct chat_upload to_user, to_group;

	chat_upload_init(&to_user, &messi);
	ck_assert_int_eq(chat_upload_to_user(&file_chat, &to_user, chat_text("lineker")), CHAT_OK);
	ck_assert_int_eq(chat_upload_begin(&file_chat, &to_user, chat_text("a")), CHAT_OK);
	chat_upload_init(&to_group, &messi);
	ck_assert_int_eq(chat_upload_to_group(&file_chat, &to_group, chat_text("kopi")), CHAT_OK);
	ck_assert_int_eq(chat_upload_begin(&file_chat, &to_group, chat_text("a")), CHAT_OK);
	ck_assert_int_eq(chat_user_delete(&file_chat, chat_text("lineker")), CHAT_OK);
	ck_assert_int_eq(chat_group_leave(&file_chat, chat_text("kopi"), messi.user.id), CHAT_OK);
	ck_assert_int_eq(chat_upload_finish(&file_chat, &to_user), CHAT_NO_USER);
	ck_assert_int_eq(chat_upload_finish(&file_chat, &to_group), CHAT_NOT_MEMBER);
	chat_upload_end(&to_user);
	chat_upload_end(&to_group);
	chat_upload_init(&to_user, &messi);
	ck_assert_int_eq(chat_upload_to_user(&file_chat, &to_user, chat_text("henderson")),
	    CHAT_OK);
	ck_assert_int_eq(chat_upload_begin(&file_chat, &to_user, chat_text("a")), CHAT_OK);
	ck_assert_int_eq(chat_user_delete(&file_chat, chat_text("messi")), CHAT_OK);
	ck_assert_int_eq(chat_upload_finish(&file_chat, &to_user), CHAT_NO_SESSION);
	chat_upload_end(&to_user);
	ck_assert_str_eq(file_list(&henderson), "");
	file_assert_check(NULL);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("chat_file");
	TCase *tcase = tcase_create("files");

	tcase_add_checked_fixture(tcase, file_setup, file_teardown);
	tcase_set_timeout(tcase, FIXTURE_TIMEOUT);
	tcase_add_test(tcase, test_names);
	tcase_add_test(tcase, test_private);
	tcase_add_test(tcase, test_group);
	tcase_add_test(tcase, test_user_and_group_of_one_name);
	tcase_add_test(tcase, test_list_of_receivers);
	tcase_add_test(tcase, test_message);
	tcase_add_test(tcase, test_inbox_full);
	tcase_add_test(tcase, test_stored_once);
	tcase_add_test(tcase, test_replace);
	tcase_add_test(tcase, test_limits);
	tcase_add_test(tcase, test_unfinished);
	tcase_add_test(tcase, test_quota_at_the_end);
	tcase_add_test(tcase, test_broken_off);
	tcase_add_test(tcase, test_gone_meanwhile);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
