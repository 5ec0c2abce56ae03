/*
 * store_fsck: what a check makes of a store that others change meanwhile. What it finds in a
 * damaged one is tested by test_store_file and test_repair.
 */
#include <sys/wait.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "store_fixture.h"

#define LOGS      8
#define ROUNDS    64
#define PER_ROUND 10

/* The findings of the looks, one after the other; the last one repeats. */
struct script {
	const char *const *looks; /* the letters of a look are its findings */
	size_t n;
	size_t next;
};

static int
play_look(void *arg, struct store_fsck *fsck)
{
	struct script *script = arg;
	const char *look = script->looks[script->next];

	if (script->next + 1 < script->n)
		script->next++;
	for (; *look != '\0'; look++)
		store_fsck_say(fsck, STORE_FOUND_DAMAGED, 0, "%c", *look);
	return 0;
}

static void
keep_text(void *arg, const struct store_finding *finding)
{
	strcat(arg, finding->text);
}

static void
expect_confirmed(const char *const *looks, size_t n, const char *expected)
{
	struct script script = { .looks = looks, .n = n };
	char text[16] = "";
	int result = store_fsck_confirm(play_look, &script, keep_text, text);

	ck_assert_str_eq(text, expected);
	ck_assert_int_eq(result, expected[0] == '\0' ? 0 : 2);
}

/* A finding counts if every look has it, until two looks say the same; the order is the first's. */
START_TEST(test_confirm)
{
	static const char *const none[] = { "", "a" }, *const same[] = { "cab", "abc" },
	                         *const gone[] = { "ab", "b", "" },
	                         *const less[] = { "ab", "b", "b" }, *const more[] = { "a", "ab" },
	                         *const others[] = { "a", "b" };

	expect_confirmed(none, 2, "");
	expect_confirmed(same, 2, "cab");
	expect_confirmed(gone, 3, "");
	expect_confirmed(less, 3, "b");
	expect_confirmed(more, 2, "a");
	expect_confirmed(others, 2, "");
}
END_TEST

/* Appends an entry to one log, or to two or three. */
static void
write_entry(struct store_tx *tx, uint64_t log, const void *data, size_t len)
{
	const uint64_t logs[] = { log, 1 + log % LOGS, 1 + (log + 2) % LOGS };

	store_tx_append_to(tx, logs, 1 + (unsigned int)(len % 3), data, len, 0, STORE_NO_LIMIT);
}

/* Appends to some logs, forgets most of it, moves cursors, and gives files of logs back. */
static void
write_round(struct store *store, uint64_t round)
{
	char text[600];
	struct store_tx tx;
	size_t dropped;

	memset(text, 'x', sizeof(text));
	for (int i = 0; i < PER_ROUND; i++) {
		uint64_t log = 1 + (round + (uint64_t)i) % LOGS;
		unsigned char key[16];

		store_tx_init(&tx);
		write_entry(&tx, log, text, 1 + (round * 37 + (uint64_t)i * 11) % 599);
		if (store_commit(store, &tx, NULL) != STORE_OK)
			_exit(1);
		pack_put_u64(key, 1000 + log);
		pack_put_u64(key + 8, log);
		store_tx_init(&tx);
		store_tx_advance(&tx, STORE_CURSORS, key, sizeof(key), round);
		if (store_commit(store, &tx, NULL) != STORE_OK)
			_exit(1);
	}
	if (round % 8 == 0 && store_collect(store, &dropped) != 0)
		_exit(1);
}

static void
trim_log(struct store *store, uint64_t log)
{
	struct store_reader reader;
	struct store_entry entry;
	struct store_log_info info;
	struct store_tx tx;
	uint64_t seq, bytes = 0, first;

	if (store_log_info(store, log, &info) != STORE_OK || info.last < 6 ||
	    store_reader_init(&reader, store, log, 0) != STORE_OK)
		_exit(1);
	first = info.last - 4;
	for (; store_reader_peek(&reader, &seq) == STORE_OK && reader.next < first;
	     store_reader_skip(&reader))
		if (store_entry(store, seq, &entry) == STORE_OK)
			bytes += entry.len;
	store_tx_init(&tx);
	store_tx_trim(&tx, log, first, bytes);
	if (store_commit(store, &tx, NULL) != STORE_OK)
		_exit(1);
}

static void
write_all(const struct store_options *opt)
{
	struct store *store = fixture_open(opt);

	for (uint64_t round = 1; round <= ROUNDS; round++) {
		write_round(store, round);
		if (round % 16 == 0)
			trim_log(store, 1 + round / 16 % LOGS);
	}
	store_close(store);
	_exit(0);
}

static void
print_found(void *arg, const struct store_finding *finding)
{
	(void)arg;
	fprintf(stderr, "found: %s\n", finding->text);
}

/* While entries come and go, files are begun and given back, a check finds nothing. */
START_TEST(test_check_meanwhile)
{
	char dir[FIXTURE_DIR_MAX];
	int status, checks = 0;

	fixture_dir_in_memory(dir);
	struct store_options opt = fixture_options(dir);
	opt.log_file_size = 64 * 1024;
	store_close(fixture_create(&opt));
	pid_t writer = fork();
	ck_assert_int_ge(writer, 0);
	if (writer == 0)
		write_all(&opt);
	struct store *store = fixture_open(&opt);
	while (waitpid(writer, &status, WNOHANG) == 0) {
		ck_assert_int_eq(store_fsck_check(store, print_found, NULL), 0);
		checks++;
	}
	ck_assert_int_eq(status, 0);
	ck_assert_int_gt(checks, 1);
	fixture_check(store);
	store_close(store);
	fixture_remove(dir);
}
END_TEST

int
main(int argc, char **argv)
{
	const TTest *tests[] = { test_confirm, test_check_meanwhile };

	return FIXTURE_MAIN(argc, argv, tests);
}
