/*
 * What stays of files: the janitor, sets, several processes at the same conversations, and what the
 * check finds.
 */
#include <sys/stat.h>
#include <sys/wait.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "chat/file/expire.h"
#include "chat/file/put.h"
#include "chat/group.h"
#include "chat/group_delete.h"
#include "chat/key.h"
#include "chat/user_delete.h"
#include "file_fixture.h"
#include "suite.h"

/*
 * The janitor.
 */

static void
expire(size_t files, size_t blobs)
{
	struct chat_expired expired;

	ck_assert_int_eq(chat_expire(&file_chat, &expired), CHAT_OK);
	ck_assert_uint_eq(expired.files, files);
	ck_assert_uint_eq(expired.blobs, blobs);
	file_assert_check(NULL);
}

/* Stores a file as if it had been sent then. */
static void
send_back_then(const char *name, int64_t seconds_ago)
{
	struct chat_conversation conversation =
	    chat_conversation_users(messi.user.id, henderson.user.id);
	struct chat_file file;

	ck_assert_int_eq(file_send(&messi, "henderson", name, name), CHAT_OK);
	ck_assert_int_eq(chat_file_get(&file_chat, conversation, chat_text(name), &file), CHAT_OK);
	file.sent_ms -= seconds_ago * 1000;
	ck_assert_int_eq(chat_file_put(&file_chat, conversation, chat_text(name), &file), CHAT_OK);
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
	struct chat_blob blob;
	int begun[2], fd, status;
	pid_t pid;
	char byte;

	ck_assert_int_eq(pipe(begun), 0);
	pid = fork();
	if (pid == 0) {
		if (chat_blob_begin(&file_config, &blob) != CHAT_OK ||
		    futimens(blob.fd, old) != 0 || write(begun[1], "", 1) != 1)
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
	struct chat_blob blob;
	int kept[2], status;
	pid_t pid;
	char byte;

	ck_assert_int_eq(pipe(kept), 0);
	pid = fork();
	if (pid == 0) {
		if (chat_blob_begin(&file_config, &blob) != CHAT_OK ||
		    chat_blob_keep(&file_config, &blob) != CHAT_OK || futimens(blob.fd, old) != 0 ||
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
	struct chat_conversation conversations[] = {
		chat_conversation_users(messi.user.id, henderson.user.id),
		chat_conversation_users(messi.user.id, messi.user.id), chat_conversation_group(kopi)
	};
	uint64_t owners[] = { messi.user.id, henderson.user.id };
	char name[2] = "";

	file_open(&chat);
	srand((unsigned int)which);
	for (int i = 0; i < ROUNDS; i++) {
		struct chat_conversation conversation = conversations[rand() % 3];
		struct chat_file file = { .owner = owners[rand() % 2],
			.size = (uint64_t)(rand() % 3),
			.hash = { (unsigned char)(rand() % 3) } };
		enum chat_result result;

		name[0] = (char)('a' + rand() % 3);
		result = chat_file_put(&chat, conversation, chat_text(name), &file);
		if (result == CHAT_OK && rand() % 4 > 0)
			result = chat_file_remove(&chat, conversation, chat_text(name), &file);
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

	file_config.group_files = CONFIG_GROUP_FILES_SHARED; /* they replace each other's files */
	file_close(&file_chat);                              /* children may not inherit a store */
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
	struct chat_conversation conversation =
	    chat_conversation_users(messi.user.id, henderson.user.id);
	struct chat_file file;
	char path[64];
	int fd, again;

	ck_assert_int_eq(file_send(&messi, "henderson", "a", "halo"), CHAT_OK);
	ck_assert_int_eq(chat_file_get(&file_chat, conversation, chat_text("a"), &file), CHAT_OK);
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
	struct chat_conversation conversation =
	    chat_conversation_users(messi.user.id, henderson.user.id);

	ck_assert_int_eq(file_send(&messi, "henderson", "a", "halo"), CHAT_OK);
	chat_key_id(key, messi.user.id);
	remove_record(CHAT_TABLE_QUOTAS, key, sizeof(key));
	file_assert_check("1 files of 4 bytes are counted as 0 of 0");
	ck_assert_int_eq(chat_file_get(&file_chat, conversation, chat_text("a"), &file), CHAT_OK);
	ck_assert_int_eq(chat_file_remove(&file_chat, conversation, chat_text("a"), &file),
	    CHAT_OK);
	file_assert_check(NULL);
	ck_assert_int_eq(file_send(&messi, "henderson", "a", "halo"), CHAT_OK);
	remove_record(CHAT_TABLE_BLOBS, file.hash, sizeof(file.hash));
	file_assert_check("a content that 1 files have is counted 0 times");
}
END_TEST

START_TEST(test_check_lists)
{
	struct chat_conversation conversation =
	    chat_conversation_users(messi.user.id, henderson.user.id);
	struct chat_set names = chat_file_names(conversation),
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

int
main(void)
{
	Suite *suite = suite_create("chat_expire");
	TCase *tcase = tcase_create("files");

	tcase_add_checked_fixture(tcase, file_setup, file_teardown);
	tcase_set_timeout(tcase, FIXTURE_TIMEOUT);
	tcase_add_test(tcase, test_expire_age);
	tcase_add_test(tcase, test_expire_conversations);
	tcase_add_test(tcase, test_sweep);
	tcase_add_test(tcase, test_pinned);
	tcase_add_test(tcase, test_set);
	tcase_add_test(tcase, test_check_content);
	tcase_add_test(tcase, test_check_sums);
	tcase_add_test(tcase, test_check_lists);
	suite_add_tcase(suite, tcase);
	tcase = tcase_create("processes");
	tcase_add_checked_fixture(tcase, file_setup_committer, file_teardown);
	tcase_set_timeout(tcase, FIXTURE_TIMEOUT);
	tcase_add_test(tcase, test_processes);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
