/*
 * Files that users send each other, below the dialects: names, conversations, limits, quotas,
 * contents that are stored once, what the janitor clears away and what the check finds.
 */
#include <sys/stat.h>
#include <sys/wait.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "chat/file/download.h"
#include "chat/file/expire.h"
#include "chat/file/put.h"
#include "chat/file/quota.h"
#include "chat/file/upload.h"
#include "chat/group.h"
#include "chat/key.h"
#include "chat/message.h"
#include "chat/user_delete.h"
#include "file_fixture.h"
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
	/* Who joins later has it, who leaves has not. */
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

/* Where two uploads have begun before either ends, the one that ends later finds no room. */
START_TEST(test_quota_at_the_end)
{
	struct chat_upload uploads[3];

	for (size_t i = 0; i < 3; i++) {
		char name[2] = { (char)('a' + i), '\0' };

		chat_upload_init(&uploads[i], &messi);
		ck_assert_int_eq(chat_upload_to_user(&file_chat, &uploads[i],
		                     chat_text("henderson")),
		    CHAT_OK);
		ck_assert_int_eq(chat_upload_begin(&file_chat, &uploads[i], chat_text(name)),
		    CHAT_OK);
		ck_assert_int_eq(chat_upload_write(&uploads[i], filler(FILE_MAX_BYTES),
		                     FILE_MAX_BYTES),
		    CHAT_OK);
	}
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

/*
 * The janitor.
 */

static void
expire(size_t files, size_t bodies)
{
	struct chat_expired expired;

	ck_assert_int_eq(chat_expire(&file_chat, &expired), CHAT_OK);
	ck_assert_uint_eq(expired.files, files);
	ck_assert_uint_eq(expired.blobs, bodies);
	file_assert_check(NULL);
}

/* Stores a file as if it had been sent then. */
static void
send_back_then(const char *name, int64_t seconds_ago)
{
	struct chat_conversation place = chat_conversation_users(messi.user.id, henderson.user.id);
	struct chat_file file;

	ck_assert_int_eq(file_send(&messi, "henderson", name, name), CHAT_OK);
	ck_assert_int_eq(chat_file_get(&file_chat, place, chat_text(name), &file), CHAT_OK);
	file.sent_ms -= seconds_ago * 1000;
	ck_assert_int_eq(chat_file_put(&file_chat, place, chat_text(name), &file), CHAT_OK);
}

START_TEST(test_expire_age)
{
	char name[16];

	expire(0, 0);
	for (int i = 0; i < 600; i++) {
		snprintf(name, sizeof(name), "%d", i);
		send_back_then(name, i % 2 == 0 ? 1001 : 990);
	}
	expire(300, 0);
	ck_assert_str_eq(file_get(&messi, "henderson", "2"), "= no such file");
	ck_assert_str_eq(file_get(&messi, "henderson", "3"), "3");
	file_assert_quota(&messi, 5 + 45 * 2 + 250 * 3, 300);
	/* Their contents go when they have not been touched for an hour. */
	file_age_bodies(3500);
	expire(0, 0);
	ck_assert_uint_eq(file_bodies(), 600);
	file_age_bodies(3700);
	expire(0, 300);
	ck_assert_uint_eq(file_bodies(), 300);
	ck_assert_str_eq(file_get(&messi, "henderson", "3"), "3");
}
END_TEST

START_TEST(test_expire_conversations)
{
	ck_assert_int_eq(file_send(&messi, "lineker", "a", "a"), CHAT_OK);
	ck_assert_int_eq(file_send(&lineker, "lineker", "b", "b"), CHAT_OK);
	ck_assert_int_eq(file_send_group(&messi, "kopi", "c", "c"), CHAT_OK);
	ck_assert_int_eq(file_send_group(&messi, "kopi", "d", "d"), CHAT_OK);
	ck_assert_int_eq(file_send(&messi, "henderson", "e", "e"), CHAT_OK);
	expire(0, 0);
	ck_assert_int_eq(chat_user_delete(&file_chat, chat_text("lineker")), CHAT_OK);
	ck_assert_int_eq(chat_group_delete(&file_chat, chat_text("kopi")), CHAT_OK);
	ck_assert_str_eq(file_list(&messi), "henderson: e");
	ck_assert_str_eq(file_get(&messi, "lineker", "a"), "= no such file");
	file_assert_check("4 files of users and groups who are gone");
	file_age_bodies(3700);
	expire(4, 4);
	file_assert_quota(&messi, 1, 1);
	file_assert_quota(&lineker, 0, 0);
	ck_assert_str_eq(file_get(&messi, "henderson", "e"), "e");
}
END_TEST

/* The sweep removes partial files of killed workers; those of living workers stay at any age. */
START_TEST(test_sweep)
{
	char path[256];
	struct timespec old[2] = { { .tv_sec = 1 }, { .tv_sec = 1 } };
	struct chat_blob body;
	int begun[2], fd, status;
	pid_t pid;
	char byte;

	ck_assert_int_eq(pipe(begun), 0);
	pid = fork();
	if (pid == 0) {
		if (chat_blob_begin(&file_config, &body) != CHAT_OK ||
		    futimens(body.fd, old) != 0 || write(begun[1], "", 1) != 1)
			_exit(1);
		pause();
	}
	ck_assert_int_eq(read(begun[0], &byte, 1), 1);
	snprintf(path, sizeof(path), "%.200s/file/tmp/young", file_config.state);
	fd = open(path, O_CREAT | O_WRONLY, 0600);
	ck_assert_int_ge(fd, 0);
	ck_assert_uint_eq(file_temporaries(), 2);
	expire(0, 0);
	ck_assert_int_eq(futimens(fd, old), 0);
	expire(0, 1);
	ck_assert_int_eq(kill(pid, SIGKILL), 0);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	expire(0, 1);
	ck_assert_uint_eq(file_temporaries(), 0);
	close(fd);
	close(begun[0]);
	close(begun[1]);
}
END_TEST

/* A content to which a reference is on its way in another process is not removed. */
START_TEST(test_pinned)
{
	struct timespec old[2] = { { .tv_sec = 1 }, { .tv_sec = 1 } };
	struct chat_blob body;
	int kept[2], status;
	pid_t pid;
	char byte;

	ck_assert_int_eq(pipe(kept), 0);
	pid = fork();
	if (pid == 0) {
		if (chat_blob_begin(&file_config, &body) != CHAT_OK ||
		    chat_blob_keep(&file_config, &body) != CHAT_OK || futimens(body.fd, old) != 0 ||
		    write(kept[1], "", 1) != 1)
			_exit(1);
		pause();
	}
	ck_assert_int_eq(read(kept[0], &byte, 1), 1);
	ck_assert_uint_eq(file_bodies(), 1);
	expire(0, 0);
	ck_assert_uint_eq(file_bodies(), 1);
	ck_assert_int_eq(kill(pid, SIGKILL), 0);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	expire(0, 1);
	ck_assert_uint_eq(file_bodies(), 0);
	close(kept[0]);
	close(kept[1]);
}
END_TEST

/*
 * Sets, against a plain array.
 */

#define SET_MEMBERS 40

static void
change_set(const struct chat_set *set, const char *member, bool add, bool present)
{
	struct store_tx tx;
	uint32_t others;
	size_t len = strlen(member);
	enum store_status status;

	store_tx_init(&tx);
	status = add ? chat_set_add(&file_chat, &tx, set, member, len, &others)
	             : chat_set_remove(&file_chat, &tx, set, member, len, &others);
	ck_assert_int_eq(status, add && present ? STORE_CONFLICT : STORE_OK);
	if (status == STORE_OK)
		ck_assert_int_eq(store_commit(file_chat.store, &tx, NULL), STORE_OK);
}

static void
compare_set(const struct chat_set *set, const bool *present, uint32_t n)
{
	unsigned char member[CHAT_SET_MEMBER];
	uint32_t count, index;
	size_t len;

	ck_assert_int_eq(chat_set_count(&file_chat, set, &count), STORE_OK);
	ck_assert_uint_eq(count, n);
	for (uint32_t i = 0; i < count; i++) {
		ck_assert_int_eq(chat_set_item(&file_chat, set, i, member, &len), STORE_OK);
		ck_assert_int_eq(chat_set_index(&file_chat, set, member, len, &index), STORE_OK);
		ck_assert_uint_eq(index, i);
		member[len] = '\0';
		ck_assert(present[atoi((const char *)member)]);
	}
	ck_assert_int_eq(chat_set_item(&file_chat, set, count, member, &len), STORE_ABSENT);
}

START_TEST(test_set)
{
	struct chat_set set = { .name = "set", .len = 3 }, other = { .name = "se", .len = 2 };
	bool present[SET_MEMBERS] = { false };
	uint32_t n = 0;
	char member[16];

	srand(1);
	change_set(&other, "t", true, false);
	for (int i = 0; i < 2000; i++) {
		int which = rand() % SET_MEMBERS;
		bool add = rand() % 2 == 0;

		snprintf(member, sizeof(member), "%d", which);
		change_set(&set, member, add, present[which]);
		if (add != present[which])
			n += add ? 1 : UINT32_MAX;
		present[which] = add;
		compare_set(&set, present, n);
	}
	compare_set(&other, present, 1);
}
END_TEST

/*
 * Several processes at the same conversations.
 */

#define PROCESSES 4
#define ROUNDS    150

static void __attribute__((noreturn)) meddle(int which)
{
	struct chat chat;
	struct chat_conversation places[] = {
		chat_conversation_users(messi.user.id, henderson.user.id),
		chat_conversation_users(messi.user.id, messi.user.id), chat_conversation_group(kopi)
	};
	uint64_t owners[] = { messi.user.id, henderson.user.id };
	char name[2] = "";

	file_open(&chat);
	srand((unsigned int)which);
	for (int i = 0; i < ROUNDS; i++) {
		struct chat_conversation place = places[rand() % 3];
		struct chat_file file = { .owner = owners[rand() % 2],
			.size = (uint64_t)(rand() % 3),
			.hash = { (unsigned char)(rand() % 3) } };
		enum chat_result result;

		name[0] = (char)('a' + rand() % 3);
		result = chat_file_put(&chat, place, chat_text(name), &file);
		if (result == CHAT_OK && rand() % 4 > 0)
			result = chat_file_remove(&chat, place, chat_text(name), &file);
		if (result != CHAT_OK && result != CHAT_NO_FILE)
			_exit(1);
	}
	file_close(&chat);
	_exit(0);
}

START_TEST(test_processes)
{
	pid_t pids[PROCESSES];
	int status;

	file_close(&file_chat); /* children may not inherit a store */
	for (int i = 0; i < PROCESSES; i++) {
		pids[i] = fork();
		if (pids[i] == 0)
			meddle(i);
	}
	for (int i = 0; i < PROCESSES; i++) {
		ck_assert_int_eq(waitpid(pids[i], &status, 0), pids[i]);
		ck_assert_int_eq(status, 0);
	}
	file_open(&file_chat);
	/* At least one is there in the end, whatever the others came to. */
	struct chat_file file = { .owner = messi.user.id, .size = 1 };
	ck_assert_int_eq(chat_file_put(&file_chat,
	                     chat_conversation_users(messi.user.id, messi.user.id), chat_text("a"),
	                     &file),
	    CHAT_OK);
	/* There are no contents here; everything else fits together. */
	file_assert_check(": the content ");
	file_config.file_keep = -1;
	struct chat_expired expired;
	ck_assert_int_eq(chat_expire(&file_chat, &expired), CHAT_OK);
	ck_assert_uint_gt(expired.files, 0);
	ck_assert_str_eq(file_list(&messi), "");
	file_assert_quota(&messi, 0, 0);
	file_assert_quota(&henderson, 0, 0);
	file_assert_check(NULL);
}
END_TEST

/*
 * The check's findings.
 */

static void
remove_record(int table, const void *key, size_t len)
{
	struct store_tx tx;

	store_tx_init(&tx);
	store_tx_delete(&tx, table, key, len);
	ck_assert_int_eq(store_commit(file_chat.store, &tx, NULL), STORE_OK);
}

static int
unreferred(void *arg, const unsigned char hash[CHAT_BLOB_HASH])
{
	(void)arg;
	(void)hash;
	return 0;
}

START_TEST(test_check_content)
{
	struct chat_conversation place = chat_conversation_users(messi.user.id, henderson.user.id);
	struct chat_file file;
	char path[64];
	int fd, again;

	ck_assert_int_eq(file_send(&messi, "henderson", "a", "halo"), CHAT_OK);
	ck_assert_int_eq(chat_file_get(&file_chat, place, chat_text("a"), &file), CHAT_OK);
	fd = chat_blob_open(&file_config, file.hash);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	again = open(path, O_WRONLY | O_APPEND);
	ck_assert_int_eq(write(again, "x", 1), 1);
	close(again);
	close(fd);
	file_assert_check(": the content has 5 bytes instead of 4");
	ck_assert_int_eq(chat_blob_remove(&file_config, file.hash, -1, unreferred, NULL), 1);
	file_assert_check(": the content is missing");
	ck_assert_str_eq(file_get(&messi, "henderson", "a"), "= the store failed, see the log");
	/* Sent again, it is whole again. */
	ck_assert_int_eq(file_send(&messi, "lineker", "b", "halo"), CHAT_OK);
	ck_assert_str_eq(file_get(&messi, "henderson", "a"), "halo");
	file_assert_check(NULL);
}
END_TEST

START_TEST(test_check_sums)
{
	unsigned char key[CHAT_KEY_ID];
	struct chat_file file;
	struct chat_conversation place = chat_conversation_users(messi.user.id, henderson.user.id);

	ck_assert_int_eq(file_send(&messi, "henderson", "a", "halo"), CHAT_OK);
	chat_key_id(key, messi.user.id);
	remove_record(CHAT_TABLE_QUOTAS, key, sizeof(key));
	file_assert_check("1 files of 4 bytes are counted as 0 of 0");
	ck_assert_int_eq(chat_file_get(&file_chat, place, chat_text("a"), &file), CHAT_OK);
	ck_assert_int_eq(chat_file_remove(&file_chat, place, chat_text("a"), &file), CHAT_OK);
	file_assert_check(NULL);
	ck_assert_int_eq(file_send(&messi, "henderson", "a", "halo"), CHAT_OK);
	remove_record(CHAT_TABLE_BLOBS, file.hash, sizeof(file.hash));
	file_assert_check("a content that 1 files have is counted 0 times");
}
END_TEST

START_TEST(test_check_lists)
{
	struct chat_conversation place = chat_conversation_users(messi.user.id, henderson.user.id);
	struct chat_set names = chat_file_names(place),
	                partners = chat_file_partners(messi.user.id);
	unsigned char id[CHAT_KEY_ID], key[CHAT_SET_NAME + 3];
	struct store_tx tx;
	uint32_t others;

	ck_assert_int_eq(file_send(&messi, "henderson", "a", "halo"), CHAT_OK);
	chat_key_id(id, henderson.user.id);
	store_tx_init(&tx);
	ck_assert_int_eq(chat_set_remove(&file_chat, &tx, &partners, id, sizeof(id), &others),
	    STORE_OK);
	ck_assert_int_eq(store_commit(file_chat.store, &tx, NULL), STORE_OK);
	file_assert_check("henderson is not in the list of users with files of messi");
	store_tx_init(&tx);
	ck_assert_int_eq(chat_set_add(&file_chat, &tx, &partners, id, sizeof(id), &others),
	    STORE_OK);
	ck_assert_int_eq(chat_set_add(&file_chat, &tx, &names, "b", 1, &others), STORE_OK);
	ck_assert_int_eq(store_commit(file_chat.store, &tx, NULL), STORE_OK);
	file_assert_check(
	    "file b is missing, but stands in the list of files of messi and henderson");
	key[0] = (unsigned char)names.len;
	memcpy(key + 1, names.name, names.len);
	memcpy(key + 1 + names.len, "mb", 2);
	remove_record(CHAT_TABLE_SETS, key, 1 + names.len + 2);
	file_assert_check("the list of files of messi and henderson is damaged");
}
END_TEST

static void
add_tests(Suite *suite)
{
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
	tcase_add_test(tcase, test_quota_at_the_end);
	tcase_add_test(tcase, test_broken_off);
	tcase_add_test(tcase, test_gone_meanwhile);
	tcase_add_test(tcase, test_expire_age);
	tcase_add_test(tcase, test_expire_conversations);
	tcase_add_test(tcase, test_sweep);
	tcase_add_test(tcase, test_pinned);
	tcase_add_test(tcase, test_set);
	tcase_add_test(tcase, test_check_content);
	tcase_add_test(tcase, test_check_sums);
	tcase_add_test(tcase, test_check_lists);
	suite_add_tcase(suite, tcase);
}

int
main(void)
{
	Suite *suite = suite_create("chat_file");
	TCase *tcase = tcase_create("processes");

	add_tests(suite);
	tcase_add_checked_fixture(tcase, file_setup_committer, file_teardown);
	tcase_set_timeout(tcase, FIXTURE_TIMEOUT);
	tcase_add_test(tcase, test_processes);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
