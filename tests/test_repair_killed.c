/*
 * A repair that is killed at one of its steps and begun anew ends with what one that nobody has
 * killed makes of the same damage, and leaves no file that the other one does not leave.
 */
#include <sys/stat.h>

#include <dirent.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/hex.h"
#include "chat/fsck/fsck.h"
#include "chat/key.h"
#include "chat/message.h"
#include "chat/realm/outbound.h"
#include "damage.h"
#include "remote_log_fixture.h"
#include "repair_fixture.h"
#include "store_crash.h"
#include "store_fault.h"

#define MESSAGES  30
#define LOG_PART  10  /* messages in a file of logs */
#define LOGS      400 /* no log has a higher number */
#define LINES     4000
#define LINE_SIZE 400
#define TRIES     12 /* deaths for each kind of damage, unless the test is long */

/* What a realm holds, a sorted line for each record, log and entry. */
struct picture {
	char *lines[LINES];
	size_t n;
};

static struct damage_store saved;
static uint64_t malang, epoch;

static void
ignore_finding(void *arg, const struct store_finding *finding)
{
	(void)arg;
	(void)finding;
}

/* Repairs in a child, and dies before that step. True when there was such a step. */
static bool
die_repairing(uint64_t death)
{
	pid_t pid = fork();

	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		fault_watch(repair_opt.state);
		fault_die_at(death);
		/* If the child that syncs a checkpoint dies, the repair fails. */
		_exit(repair_run(ignore_finding, NULL) ? 0
		        : fault_steps() >= death       ? FAULT_EXIT
		                                       : 1);
	}
	return crash_is_dead(pid) || fault_steps() >= death;
}

static void
add_line(struct picture *picture, const char *what, const void *key, size_t key_len,
    const void *value, size_t len)
{
	char *line = malloc(LINE_SIZE);
	size_t at;

	ck_assert_ptr_nonnull(line);
	ck_assert_uint_lt(picture->n, LINES);
	snprintf(line, LINE_SIZE, "%s ", what);
	at = strlen(line);
	ck_assert_uint_lt(at + 2 * key_len + 2 * 60 + 2, LINE_SIZE);
	hex_write(key, key_len, line + at);
	strcat(line, " ");
	hex_write(value, len < 60 ? len : 60, line + strlen(line));
	picture->lines[picture->n++] = line;
}

static int
draw_record(void *arg, int table, const void *key, size_t key_len, const void *value, size_t len)
{
	/* Where the time stands in a record: one that is made anew is of now. */
	static const size_t times[STORE_LOG_STATE +
	    1] = { [CHAT_TABLE_USERS] = 6, [CHAT_TABLE_GROUPS] = 9, [CHAT_TABLE_MEMBERS] = 1 };
	static unsigned char copy[STORE_VALUE_MAX];
	char what[32];

	memcpy(copy, value, len);
	if (times[table] != 0 && len >= times[table] + sizeof(int64_t))
		memset(copy + times[table], 0, sizeof(int64_t));
	snprintf(what, sizeof(what), "table %d", table);
	add_line(arg, what, key, key_len, copy, len);
	return 0;
}

/* A new epoch is drawn by lot. */
static int
draw_state(void *arg, const void *key, size_t key_len, const void *value, size_t len)
{
	const unsigned char *bytes = key;

	if (key_len == CHAT_KEY_STATE && bytes[0] == CHAT_STATE_EPOCH)
		return 0;
	return draw_record(arg, STORE_LOG_STATE, key, key_len, value, len);
}

static void
draw_log(struct picture *picture, uint64_t log)
{
	struct store_log_info info = fixture_info(file_chat.store, log);
	struct store_reader reader;
	struct store_entry entry;
	uint64_t seq;
	char what[64];

	if (info.last == 0 && !info.closed)
		return;
	snprintf(what, sizeof(what), "log %d: %d to %d%s", (int)log, (int)info.first,
	    (int)info.last, info.closed ? ", closed" : "");
	add_line(picture, what, NULL, 0, NULL, 0);
	ck_assert_int_eq(store_reader_init(&reader, file_chat.store, log, 0), STORE_OK);
	for (; store_reader_peek(&reader, &seq) == STORE_OK; store_reader_skip(&reader)) {
		ck_assert_int_eq(store_entry(file_chat.store, seq, &entry), STORE_OK);
		snprintf(what, sizeof(what), "log %d: entry %d", (int)log,
		    (int)store_entry_number(&entry, log));
		add_line(picture, what, NULL, 0, entry.data, entry.len);
	}
}

/* The names of the files in a directory of the store, but those that each host has of its own. */
static void
draw_names(struct picture *picture, const char *name)
{
	char path[PATH_MAX], what[NAME_MAX + 64];
	struct dirent *found;
	uint64_t first_seq;

	snprintf(path, sizeof(path), "%s/%s", repair_opt.state, name);
	DIR *dir = opendir(path);
	ck_assert_ptr_nonnull(dir);
	while ((found = readdir(dir)) != NULL) {
		if (found->d_name[0] == '.' || strcmp(found->d_name, "damaged") == 0 ||
		    store_files_parse_name(found->d_name, &first_seq))
			continue;
		snprintf(what, sizeof(what), "file %s/%s", name, found->d_name);
		add_line(picture, what, NULL, 0, NULL, 0);
	}
	closedir(dir);
}

static int
compare_lines(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void
draw(struct picture *picture)
{
	uint64_t now;

	picture->n = 0;
	repair_open();
	ck_assert_int_eq(store_each_table(file_chat.store, draw_record, picture), 0);
	ck_assert_int_eq(store_each(file_chat.store, STORE_LOG_STATE, draw_state, picture), 0);
	ck_assert_int_eq(chat_outbound_epoch(&file_chat, malang, &now), CHAT_OK);
	add_line(picture, now == epoch ? "epoch as before" : "another epoch", NULL, 0, NULL, 0);
	for (uint64_t log = 1; log < LOGS; log++)
		draw_log(picture, log);
	repair_close();
	draw_names(picture, ".");
	draw_names(picture, "log");
	qsort(picture->lines, picture->n, sizeof(picture->lines[0]), compare_lines);
}

static void
forget(struct picture *picture)
{
	while (picture->n > 0)
		free(picture->lines[--picture->n]);
}

static void
compare(const struct picture *wanted, const struct picture *now)
{
	for (size_t i = 0; i < wanted->n && i < now->n; i++)
		ck_assert_str_eq(now->lines[i], wanted->lines[i]);
	ck_assert_uint_eq(now->n, wanted->n);
}

static void
send_all(void)
{
	char text[64];

	for (int i = 0; i < MESSAGES; i++) {
		/* A small file ends with the next message. */
		file_chat.store->opt.log_file_size =
		    i % LOG_PART == LOG_PART - 1 ? 1 : REPAIR_LOG_SIZE;
		snprintf(text, sizeof(text), "message %d", i);
		if (i % 3 == 0)
			ck_assert_int_eq(chat_message_send_group(&file_chat, &messi,
			                     chat_text("kopi"), chat_text(text)),
			    CHAT_OK);
		else
			ck_assert_int_eq(chat_message_send(&file_chat, &messi, chat_text("lineker"),
			                     chat_text(text)),
			    CHAT_OK);
		if (i % 12 == 0)
			repair_send_abroad(text);
	}
}

static void
setup(void)
{
	fault_watch(NULL); /* from here on the steps of children are counted */
	file_setup();
	malang = remote_log_add_peer();
	remote_log_append(remote_log_make(messi.user.id, malang));
	send_all();
	ck_assert_int_eq(file_send(&messi, "lineker", "one.txt", "one"), CHAT_OK);
	ck_assert_int_eq(chat_outbound_epoch(&file_chat, malang, &epoch), CHAT_OK);
	repair_close();
	repair_take_options();
	damage_save(&saved, file_config.state);
	ck_assert_uint_gt(saved.n, 3);
}

static void
teardown(void)
{
	damage_free(&saved);
	repair_open();
	file_teardown();
}

static void
run(const char *format, ...)
{
	char command[1024];
	va_list args;

	va_start(args, format);
	vsnprintf(command, sizeof(command), format, args);
	va_end(args);
	ck_assert_int_eq(system(command), 0);
}

static void
spoil(size_t file, size_t at, size_t len)
{
	char noise[4096];
	int fd = open(saved.files[file].path, O_WRONLY | O_CLOEXEC);

	memset(noise, 0xa5, sizeof(noise));
	ck_assert_int_ge(fd, 0);
	ck_assert_uint_le(len, sizeof(noise));
	ck_assert_int_eq(pwrite(fd, noise, len, (off_t)at), (ssize_t)len);
	close(fd);
}

/* Where a text stands in a file. */
static size_t
place_of(size_t file, const char *text)
{
	const unsigned char *at =
	    memmem(saved.files[file].bytes, saved.files[file].size, text, strlen(text));

	ck_assert_ptr_nonnull(at);
	return (size_t)(at - saved.files[file].bytes);
}

static void
damage_account(void)
{
	unsigned char key[CHAT_KEY_ID];
	struct store_tx tx;

	file_chat.store = fixture_open_writer(&repair_opt);
	chat_key_id(key, henderson.user.id);
	store_tx_init(&tx);
	store_tx_put(&tx, CHAT_TABLE_USERS, key, sizeof(key), "?", 1);
	ck_assert_int_eq(store_commit(file_chat.store, &tx, NULL), STORE_OK);
	repair_close();
}

static void
damage_tables(void)
{
	ck_assert_int_eq(unlink(saved.files[0].path), 0);
}

static void
damage_names(void)
{
	spoil(0, 168, 4096); /* of the hash table */
	spoil(0, place_of(0, "henderson"), 300);
}

static void
damage_log(void)
{
	spoil(2, place_of(2, "message 15") - 278, 400);
}

static void
damage_newest(void)
{
	ck_assert_int_eq(unlink(saved.files[saved.n - 1].path), 0);
}

static void
cut_power(void)
{
	run("echo another boot >%s/boot", repair_opt.state);
}

static void
cut_without_checkpoint(void)
{
	run("rm -r %s/checkpoint", repair_opt.state);
	cut_power();
	damage_log();
}

/* The files are torn, and so is the middle of the journal. */
static void
cut_with_hole(void)
{
	for (size_t i = 0; i < saved.n; i++)
		spoil(i, 0, 4096);
	run("cd %s/journal && set -- *.journal && "
	    "at=$(grep -abo 'message 11' $1 | head -1 | cut -d: -f1) && "
	    "printf xxxx | dd of=$1 bs=1 conv=notrunc seek=$at 2>/dev/null",
	    repair_opt.state);
	cut_power();
}

static void
damage_journal(void)
{
	run("rm -r %s/journal", repair_opt.state);
}

static void
damage_checkpoint(void)
{
	run("rm -r %s/checkpoint", repair_opt.state);
	damage_log();
}

static void
undo(void (*damage)(void))
{
	run("rm -rf %s/damaged %s/journal.next", repair_opt.state, repair_opt.state);
	damage_undo(&saved);
	damage();
}

/* Nothing is really synced. */
static void
repair_to_the_end(void)
{
	fault_watch(repair_opt.state);
	ck_assert(repair_run(ignore_finding, NULL));
	fault_watch(NULL);
}

/* Repairs this damage, then again and again with a death at another step. */
static void
check_damage(const char *what, void (*damage)(void))
{
	static struct picture wanted, now;
	uint64_t death, stride = 1;
	bool died = true;

	setup();
	undo(damage);
	ck_assert(!die_repairing(UINT64_MAX));
	if (!crash_is_long())
		stride = fault_steps() / TRIES + 1;
	draw(&wanted);
	for (death = 1; died; death += stride) {
		fixture_place(what, death);
		undo(damage);
		died = die_repairing(death);
		repair_to_the_end();
		draw(&now);
		compare(&wanted, &now);
		forget(&now);
	}
	ck_assert_uint_gt(death, 50);
	fixture_place("", 0);
	forget(&wanted);
	teardown();
}

START_TEST(test_an_account)
{
	check_damage("an account", damage_account);
}
END_TEST

START_TEST(test_the_tables)
{
	check_damage("the tables", damage_tables);
}
END_TEST

START_TEST(test_names)
{
	check_damage("names", damage_names);
}
END_TEST

START_TEST(test_a_file_of_logs)
{
	check_damage("a file of logs", damage_log);
}
END_TEST

START_TEST(test_the_newest_file_of_logs)
{
	check_damage("the newest file of logs", damage_newest);
}
END_TEST

START_TEST(test_a_cut_without_checkpoint)
{
	check_damage("a cut without checkpoint", cut_without_checkpoint);
}
END_TEST

START_TEST(test_a_cut_with_a_hole)
{
	check_damage("a cut with a hole", cut_with_hole);
}
END_TEST

START_TEST(test_the_journal)
{
	check_damage("the journal", damage_journal);
}
END_TEST

START_TEST(test_the_checkpoint)
{
	check_damage("the checkpoint", damage_checkpoint);
}
END_TEST

int
main(int argc, char **argv)
{
	const TTest *tests[] = {
		test_an_account,
		test_the_tables,
		test_names,
		test_a_file_of_logs,
		test_the_newest_file_of_logs,
		test_a_cut_without_checkpoint,
		test_a_cut_with_a_hole,
		test_the_journal,
		test_the_checkpoint,
	};

	return FIXTURE_MAIN(argc, argv, tests);
}
