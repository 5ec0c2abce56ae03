/*
 * Files from another realm: how a content comes in parts over several links, and how a file then
 * lies here: with whom it is listed, in whose quota it counts, which place it may take.
 */
#include <sys/stat.h>

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "chat/file/expire.h"
#include "chat/file/partial.h"
#include "chat/file/quota.h"
#include "chat/group.h"
#include "chat/table.h"
#include "chat/user_delete.h"
#include "receive_fixture.h"
#include "suite.h"

#define DAY_S 86400

static struct chat_receive link1;
static struct chat_partial part1, part2;

static void
not_busy(void *arg)
{
	(void)arg;
}

static enum chat_result
part_begin(struct chat_partial *part, const char *content)
{
	struct chat_inbound file = receive_file(CHAT_OUTBOUND_USER, "messi", "x", content);

	return chat_partial_begin(&file_config, part, 7, file.outbound.hash, strlen(content),
	    not_busy, NULL);
}

/* Begins, and demands that so much is here. */
static void
begin(struct chat_partial *part, const char *content, size_t have)
{
	ck_assert_int_eq(part_begin(part, content), CHAT_OK);
	ck_assert_uint_eq(chat_partial_have(part), have);
}

static void
write_some(struct chat_partial *part, const char *data)
{
	ck_assert_int_eq(chat_partial_write(part, data, strlen(data)), CHAT_OK);
}

static void
finish_partial(struct chat_partial *part, enum chat_result result)
{
	ck_assert_int_eq(chat_partial_finish(&file_config, part), result);
	chat_partial_end(part);
}

static void
directory_of_parts(char path[256])
{
	snprintf(path, 256, "%.200s/file/part", file_config.state);
}

/* How many parts lie there; all of them look `age` seconds old then, if it is not 0. */
static size_t
parts(time_t age)
{
	char path[256];
	struct timespec times[2] = { { .tv_sec = time(NULL) - age } };
	const struct dirent *entry;
	DIR *directory;
	size_t n = 0;

	times[1] = times[0];
	directory_of_parts(path);
	directory = opendir(path);
	while (directory != NULL && (entry = readdir(directory)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		n++;
		if (age != 0)
			ck_assert_int_eq(utimensat(dirfd(directory), entry->d_name, times, 0), 0);
	}
	if (directory != NULL)
		closedir(directory);
	return n;
}

START_TEST(test_part_at_once)
{
	begin(&part1, "satu dua tiga", 0);
	write_some(&part1, "satu ");
	write_some(&part1, "dua tiga");
	ck_assert_int_eq(chat_partial_write(&part1, "x", 1), CHAT_BAD_ARGUMENT);
	finish_partial(&part1, CHAT_OK);
	ck_assert_uint_eq(file_bodies(), 1);
	ck_assert_uint_eq(parts(0), 0);
	begin(&part2, "satu dua tiga", 13);
	ck_assert_int_eq(chat_partial_write(&part2, "x", 1), CHAT_BAD_ARGUMENT);
	finish_partial(&part2, CHAT_OK);
	ck_assert_uint_eq(file_bodies(), 1);
}
END_TEST

START_TEST(test_part_empty)
{
	begin(&part1, "", 0);
	finish_partial(&part1, CHAT_OK);
	ck_assert_uint_eq(file_bodies(), 1);
}
END_TEST

START_TEST(test_part_resumed)
{
	begin(&part1, "satu dua tiga", 0);
	chat_partial_end(&part1); /* nothing came */
	ck_assert_uint_eq(parts(0), 0);
	begin(&part1, "satu dua tiga", 0);
	write_some(&part1, "satu ");
	chat_partial_end(&part1);
	ck_assert_uint_eq(parts(0), 1);
	begin(&part2, "satu dua tiga", 5);
	ck_assert(part2.resumed);
	write_some(&part2, "dua");
	chat_partial_end(&part2);
	begin(&part2, "satu dua tiga", 8);
	write_some(&part2, " tiga");
	finish_partial(&part2, CHAT_OK);
	ck_assert_uint_eq(file_bodies(), 1);
	ck_assert_uint_eq(parts(0), 0);
	ck_assert_uint_eq(file_temporaries(), 0);
}
END_TEST

/* An older link's worker lives on, and goes on writing something else. */
START_TEST(test_part_taken_over)
{
	begin(&part1, "satu dua tiga", 0);
	write_some(&part1, "satu ");
	begin(&part2, "satu dua tiga", 5);
	write_some(&part1, "DUA ");
	write_some(&part2, "dua tiga");
	finish_partial(&part2, CHAT_OK);
	write_some(&part1, "TIGA");
	finish_partial(&part1, CHAT_BAD_ARGUMENT);
	ck_assert_uint_eq(file_bodies(), 1);
	begin(&part1, "satu dua tiga", 13);
	finish_partial(&part1, CHAT_OK);
}
END_TEST

START_TEST(test_part_of_another_content)
{
	begin(&part1, "satu dua tiga", 0);
	write_some(&part1, "satu dua TIGA");
	ck_assert(!part1.resumed);
	finish_partial(&part1, CHAT_BAD_ARGUMENT);
	ck_assert_uint_eq(file_bodies(), 0);
	ck_assert_uint_eq(parts(0), 0);
	begin(&part1, "satu dua tiga", 0);
	write_some(&part1, "SATU");
	chat_partial_end(&part1);
	begin(&part1, "satu dua tiga", 4);
	write_some(&part1, " dua tiga");
	finish_partial(&part1, CHAT_BAD_ARGUMENT);
	ck_assert(part1.resumed);
	begin(&part1, "satu dua tiga", 0);
	write_some(&part1, "satu dua tiga");
	finish_partial(&part1, CHAT_OK);
}
END_TEST

/* Too few bytes are not the content either. */
START_TEST(test_part_incomplete)
{
	begin(&part1, "satu dua tiga", 0);
	write_some(&part1, "satu");
	finish_partial(&part1, CHAT_BAD_ARGUMENT);
	ck_assert_uint_eq(file_bodies(), 0);
}
END_TEST

/* One that is damaged on the disk is replaced. */
START_TEST(test_part_for_damaged_body)
{
	char path[128];
	struct chat_inbound file = receive_file(CHAT_OUTBOUND_USER, "messi", "x", "satu");

	begin(&part1, "satu", 0);
	write_some(&part1, "satu");
	finish_partial(&part1, CHAT_OK);
	snprintf(path, sizeof(path), "/proc/self/fd/%d",
	    chat_blob_open(&file_config, file.outbound.hash));
	ck_assert_int_eq(truncate(path, 2), 0);
	begin(&part1, "satu", 0);
	write_some(&part1, "satu");
	finish_partial(&part1, CHAT_OK);
	begin(&part1, "satu", 4);
	finish_partial(&part1, CHAT_OK);
}
END_TEST

static void
leave_part(const char *content, const char *some, time_t age)
{
	begin(&part1, content, 0);
	write_some(&part1, some);
	chat_partial_end(&part1);
	if (age != 0)
		parts(age);
}

/* Of too many, or too much, the oldest goes. */
START_TEST(test_part_room)
{
	char content[32];

	leave_part("yang tertua", "yang", 1000);
	for (int i = 0; i < CHAT_PARTIAL_FILES; i++) {
		snprintf(content, sizeof(content), "nomor %d", i);
		begin(&part1, content, 0);
		write_some(&part1, "nomor");
		chat_partial_end(&part1);
	}
	ck_assert_uint_eq(parts(0), CHAT_PARTIAL_FILES + 1);
	begin(&part1, "satu lagi", 0);
	chat_partial_end(&part1);
	ck_assert_uint_eq(parts(0), CHAT_PARTIAL_FILES);
	begin(&part1, "yang tertua", 0);
	chat_partial_end(&part1);
	begin(&part1, "nomor 3", 5);
	chat_partial_end(&part1);
	file_config.peer_quota = 20;
	begin(&part1, "nomor 3", 5);
	chat_partial_end(&part1);
	ck_assert_uint_eq(parts(0), 1 + 13 / 5);
	file_config.peer_quota = 1;
	begin(&part1, "nomor 3", 5);
	ck_assert_uint_eq(parts(0), 1);
	chat_partial_end(&part1);
}
END_TEST

START_TEST(test_part_swept)
{
	struct chat_expired expired;

	leave_part("satu dua tiga", "satu", 2 * DAY_S);
	ck_assert_int_eq(chat_expire(&file_chat, &expired), CHAT_OK);
	ck_assert_uint_eq(parts(4 * DAY_S), 1);
	ck_assert_int_eq(chat_expire(&file_chat, &expired), CHAT_OK);
	ck_assert_uint_eq(expired.blobs, 1);
	ck_assert_uint_eq(parts(0), 0);
}
END_TEST

/* Delivers a file as a link does: an offer, the content if it is wanted, the message. */
static const char *
deliver_file(enum chat_outbound_kind kind, const char *from, const char *to, const char *name,
    const char *content)
{
	struct chat_inbound inbound = receive_file(kind, to, name, content);
	uint64_t have;

	inbound.outbound.from = chat_text(from);
	ck_assert_int_eq(chat_inbound_offer(&file_chat, &link1.peer, &inbound), CHAT_OK);
	if (inbound.refused != CHAT_REASON_NONE)
		return receive_one(&link1, inbound);
	ck_assert_int_eq(chat_partial_begin(&file_config, &part1, link1.peer.id,
	                     inbound.outbound.hash, inbound.outbound.size, not_busy, NULL),
	    CHAT_OK);
	have = chat_partial_have(&part1);
	if (have < inbound.outbound.size)
		write_some(&part1, content + have);
	ck_assert_int_eq(chat_partial_finish(&file_config, &part1), CHAT_OK);
	receive_take(&link1, &inbound, 1);
	chat_partial_end(&part1);
	return chat_reason_word(inbound.refused);
}

static void
assert_quota(uint64_t bytes, uint32_t files)
{
	struct chat_quota quota;

	ck_assert_int_eq(chat_quota_get(&file_chat, link1.peer.id, &quota), CHAT_OK);
	ck_assert_uint_eq(quota.bytes, bytes);
	ck_assert_uint_eq(quota.files, files);
}

START_TEST(test_file)
{
	receive_begin(&link1, RECEIVE_EPOCH);
	ck_assert_str_eq(deliver_file(CHAT_OUTBOUND_USER, "gary", "messi", "gol.txt", "isi"),
	    "none");
	ck_assert_str_eq(receive_heard(messi.user.id), "gary@malang>messi: gol.txt (file)");
	ck_assert_str_eq(file_list(&messi), "gary@malang: gol.txt");
	ck_assert_str_eq(file_list(&henderson), "");
	ck_assert_str_eq(file_get(&messi, "gary@malang", "gol.txt"), "isi");
	ck_assert_str_eq(file_get(&messi, "GARY@Malang", "gol.txt"), "isi");
	ck_assert_str_eq(file_get(&messi, "gary@batu", "gol.txt"), "= no such file");
	ck_assert_str_eq(file_get(&messi, "gary", "gol.txt"), "= no such file");
	ck_assert_str_eq(file_get(&messi, "lineker@malang", "gol.txt"), "= no such file");
	ck_assert_str_eq(file_get(&messi, "gary@malang", "other"), "= no such file");
	ck_assert_str_eq(file_get(&henderson, "gary@malang", "gol.txt"), "= no such file");
	assert_quota(3, 1);
	file_assert_quota(&messi, 0, 0);
	/* Somebody else of the same name who is of this realm is another. */
	ck_assert_str_eq(deliver_file(CHAT_OUTBOUND_USER, "lineker", "messi", "a", "dari malang"),
	    "none");
	ck_assert_int_eq(file_send(&lineker, "messi", "a", "dari sini"), CHAT_OK);
	ck_assert_str_eq(file_get(&messi, "lineker@malang", "a"), "dari malang");
	ck_assert_str_eq(file_get(&messi, "lineker", "a"), "dari sini");
	file_assert_check(NULL);
}
END_TEST

START_TEST(test_file_replaced)
{
	receive_begin(&link1, RECEIVE_EPOCH);
	ck_assert_str_eq(deliver_file(CHAT_OUTBOUND_USER, "gary", "messi", "a", "lama"), "none");
	ck_assert_str_eq(deliver_file(CHAT_OUTBOUND_USER, "Gary", "messi", "a", "baru sekali"),
	    "none");
	ck_assert_str_eq(file_get(&messi, "gary@malang", "a"), "baru sekali");
	ck_assert_str_eq(file_list(&messi), "gary@malang: a");
	assert_quota(11, 1);
	file_assert_check(NULL);
}
END_TEST

START_TEST(test_file_to_list)
{
	receive_begin(&link1, RECEIVE_EPOCH);
	ck_assert_str_eq(deliver_file(CHAT_OUTBOUND_LIST, "gary", "messi,henderson", "a", "isi"),
	    "none");
	ck_assert_str_eq(file_get(&messi, "gary@malang", "a"), "isi");
	ck_assert_str_eq(file_get(&henderson, "gary@malang", "a"), "isi");
	ck_assert_uint_eq(file_bodies(), 1);
	assert_quota(6, 2);
	ck_assert_str_eq(deliver_file(CHAT_OUTBOUND_LIST, "gary", "messi,nobody", "b", "isi"),
	    "no_user");
	ck_assert_str_eq(file_list(&messi), "gary@malang: a");
	file_assert_check(NULL);
}
END_TEST

START_TEST(test_file_to_group)
{
	receive_begin(&link1, RECEIVE_EPOCH);
	ck_assert_int_eq(file_send_group(&messi, "kopi", "milik kami", "kami"), CHAT_OK);
	ck_assert_str_eq(deliver_file(CHAT_OUTBOUND_GROUP, "gary", "kopi", "a", "isi"), "none");
	ck_assert_str_eq(file_get(&henderson, "kopi", "a"), "isi");
	ck_assert_str_eq(file_list(&henderson), "kopi: milik kami a");
	ck_assert_str_eq(receive_heard(kopi), "gary@malang>kopi: a (file)");
	ck_assert_str_eq(file_get(&lineker, "kopi", "a"), "= no such file");
	/* Nobody from outside takes the place of what members have. */
	ck_assert_str_eq(deliver_file(CHAT_OUTBOUND_GROUP, "gary", "kopi", "milik kami", "x"),
	    "bad_file");
	ck_assert_str_eq(file_get(&messi, "kopi", "milik kami"), "kami");
	ck_assert_str_eq(deliver_file(CHAT_OUTBOUND_GROUP, "another", "kopi", "a", "lain"), "none");
	ck_assert_str_eq(file_get(&messi, "kopi", "a"), "lain");
	file_assert_check(NULL);
}
END_TEST

START_TEST(test_file_refused)
{
	static char big[FILE_MAX_BYTES + 2];

	memset(big, 'x', FILE_MAX_BYTES + 1);
	receive_begin(&link1, RECEIVE_EPOCH);
	ck_assert_str_eq(deliver_file(CHAT_OUTBOUND_USER, "gary", "nobody", "a", "isi"), "no_user");
	ck_assert_str_eq(deliver_file(CHAT_OUTBOUND_GROUP, "gary", "nothing", "a", "isi"),
	    "no_group");
	ck_assert_str_eq(deliver_file(CHAT_OUTBOUND_USER, "gary", "messi", "a", big), "too_big");
	file_config.inbox_max = 1;
	ck_assert_str_eq(deliver_file(CHAT_OUTBOUND_USER, "gary", "messi", "a", "isi"), "none");
	ck_assert_str_eq(deliver_file(CHAT_OUTBOUND_USER, "gary", "messi", "b", "isi"),
	    "inbox_full");
	ck_assert_str_eq(file_list(&messi), "gary@malang: a");
	ck_assert_str_eq(receive_refusals(&link1, 0),
	    "1 no_user\n2 no_group\n3 too_big\n5 inbox_full");
	ck_assert_uint_eq(file_bodies(), 1);
	file_assert_check(NULL);
}
END_TEST

/* All users of a realm share one quota, which is not that of a user. */
START_TEST(test_file_quota)
{
	static char content[FILE_MAX_BYTES + 1];

	receive_begin(&link1, RECEIVE_EPOCH);
	for (char c = 'a'; c <= 'c'; c++) {
		char name[] = { c, '\0' };

		memset(content, c, FILE_MAX_BYTES);
		ck_assert_str_eq(deliver_file(CHAT_OUTBOUND_USER, name, "messi", "f", content),
		    "none");
	}
	assert_quota(3 * FILE_MAX_BYTES, 3);
	memset(content, 'd', FILE_MAX_BYTES);
	ck_assert_str_eq(deliver_file(CHAT_OUTBOUND_USER, "d", "henderson", "f", content), "quota");
	/* One that takes the place of another. */
	ck_assert_str_eq(deliver_file(CHAT_OUTBOUND_USER, "a", "messi", "f", content), "none");
	content[FILE_PEER_QUOTA - 3 * FILE_MAX_BYTES] = '\0';
	ck_assert_str_eq(deliver_file(CHAT_OUTBOUND_USER, "d", "henderson", "f", content), "none");
	ck_assert_str_eq(deliver_file(CHAT_OUTBOUND_USER, "d", "henderson", "g", "x"), "quota");
	assert_quota(FILE_PEER_QUOTA, 4);
	file_assert_check(NULL);
}
END_TEST

/* A file lives as long as both of its conversation do: the sender is not here, and stays. */
START_TEST(test_file_expires)
{
	struct chat_expired expired;

	receive_begin(&link1, RECEIVE_EPOCH);
	ck_assert_str_eq(deliver_file(CHAT_OUTBOUND_USER, "gary", "messi", "a", "isi"), "none");
	ck_assert_str_eq(deliver_file(CHAT_OUTBOUND_USER, "gary", "henderson", "a", "isi"), "none");
	ck_assert_int_eq(chat_expire(&file_chat, &expired), CHAT_OK);
	ck_assert_uint_eq(expired.files, 0);
	ck_assert_int_eq(chat_user_delete(&file_chat, chat_text("messi")), CHAT_OK);
	ck_assert_int_eq(chat_expire(&file_chat, &expired), CHAT_OK);
	ck_assert_uint_eq(expired.files, 1);
	ck_assert_str_eq(file_get(&henderson, "gary@malang", "a"), "isi");
	assert_quota(3, 1);
	file_config.file_keep = -1;
	ck_assert_int_eq(chat_expire(&file_chat, &expired), CHAT_OK);
	ck_assert_uint_eq(expired.files, 1);
	assert_quota(0, 0);
	file_assert_check(NULL);
}
END_TEST

/* kabarctl check reports damage in the records of remote users. */
START_TEST(test_check)
{
	struct store_tx tx;
	unsigned char id[8];

	receive_begin(&link1, RECEIVE_EPOCH);
	ck_assert_str_eq(deliver_file(CHAT_OUTBOUND_USER, "gary", "messi", "a", "isi"), "none");
	file_assert_check(NULL);
	store_tx_init(&tx);
	pack_put_u64(id, 4711);
	store_tx_put(&tx, CHAT_TABLE_REMOTE_USERS, "xxxxxxxxgary", 12, id, sizeof(id));
	ck_assert_int_eq(store_commit(file_chat.store, &tx, NULL), STORE_OK);
	file_assert_check(
	    "gary of realm number 8680820740569200760 is not found by name and number");
	store_tx_init(&tx);
	store_tx_delete(&tx, CHAT_TABLE_REMOTE_USERS, "xxxxxxxxgary", 12);
	pack_put_u64(id, messi.user.id);
	store_tx_put(&tx, CHAT_TABLE_REMOTE_USERS, id, sizeof(id), "nothing", 7);
	ck_assert_int_eq(store_commit(file_chat.store, &tx, NULL), STORE_OK);
	file_assert_check("the record of somebody of another realm is damaged");
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = { test_part_at_once, test_part_empty, test_part_resumed,
		test_part_taken_over, test_part_of_another_content, test_part_incomplete,
		test_part_for_damaged_body, test_part_room, test_part_swept, test_file,
		test_file_replaced, test_file_to_list, test_file_to_group, test_file_refused,
		test_file_quota, test_file_expires, test_check };
	Suite *suite = suite_create("receive_file");
	TCase *tcase = tcase_create("receive_file");

	log_set_level(LOG_ERR);
	tcase_add_checked_fixture(tcase, file_setup, file_teardown);
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
		tcase_add_test(tcase, tests[i]);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
