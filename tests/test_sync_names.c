/*
 * With `sync = on` no file gets its name before its contents are on the disk, and no name is relied
 * on before it is: contents of files, a new realm and its key, backups, exports, what is restored,
 * compacted or repaired, the next file of logs. And where such a sync fails nobody is told of
 * success.
 */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "dialogue.h"
#include "realm_clock.h"
#include "realm_int.h"
#include "realm_sync.h"
#include "realmctl.h"

#define SETTINGS   "sync = on\nlog_file_size = 16M\nlog_max_size = 64M\ninbox_max = 100000\n"
#define PEER       "peer \"malang\" { address = \"127.0.0.1\"  port = 1  legacy = on }\n"
#define CONTENT    "aGFsbyBkdW5pYQ==" /* halo dunia */
#define LONG_TEXT  60000
#define LONG_TEXTS 400 /* with what TDB adds, more than the smallest log_file_size */
#define PATH_SIZE  (REALM_PATH_MAX + 64)

static struct dialogue talk;
static struct realm_clock realm_clock;

static void
setup(void)
{
	realm_sync_make(&realm, &realm_clock, SETTINGS);
}

static void
teardown(void)
{
	dialogue_end(&talk);
	realm_sync_remove(&realm, &realm_clock);
}

static void
path_in(char *path, size_t size, const char *directory, const char *name)
{
	ck_assert_int_lt(snprintf(path, size, "%s/%s", directory, name), (int)size);
}

static bool
is_there(const char *directory, const char *name)
{
	char path[PATH_SIZE];

	path_in(path, sizeof(path), directory, name);
	return access(path, F_OK) == 0;
}

/* Counts the files that got their names since. */
static size_t
names_since(size_t before)
{
	realm_sync_check();
	return realm_sync_sums()->names - before;
}

/* Lets the first sync of such a file fail: kabarctl fails too. */
#define FAILS(pattern, pass, ...)                                                              \
	do {                                                                                   \
		realm_sync_fail(pattern, pass, 1, EIO);                                        \
		int status_ = realmctl(NULL, ARGS(__VA_ARGS__));                               \
		ck_assert_msg(status_ != 0, "%s: %s succeeds", pattern, ARGS(__VA_ARGS__)[0]); \
		ck_assert_msg(realm_sync_mend() == 1, "%s: no sync failed", pattern);          \
		realm_sync_check();                                                            \
	} while (0)

/*
 * Contents of files
 */

static void
begin(void)
{
	dialogue_begin(&talk, &realm, DIALOGUE_TCP);
	dialogue_run(&talk,
	    "a> auth messi surabaya\n"
	    "a< TOKEN m\n"
	    "b> auth henderson surabaya\n"
	    "b< TOKEN h\n");
	realm_sync_check();
}

START_TEST(contents)
{
	size_t before;

	begin();
	before = names_since(0);
	dialogue_run(&talk,
	    "a> sendfile henderson satu.txt " CONTENT "\n"
	    "a< OK File sent\n"
	    "b> sendfile messi dua.txt c2F0dQ==\n"
	    "b< OK File sent\n");
	ck_assert_uint_eq(names_since(before), 2);
}
END_TEST

static const char *const content_syncs[] = { "*/state/file/tmp/*", "*/state/file/[0-9a-f][0-9a-f]",
	"*/state/file", "*/state" };

START_TEST(content_that_cannot_be_synced)
{
	begin();
	realm_sync_fail(content_syncs[_i], 0, 1, _i % 2 == 0 ? EIO : ENOSPC);
	dialogue_runf(&talk, "a> sendfile henderson satu.txt " CONTENT "\na< ERROR %s\n",
	    _i % 2 == 0 ? "Kesalahan server, coba lagi" : "Penyimpanan penuh");
	ck_assert_uint_eq(realm_sync_mend(), 1);
	ck_assert_uint_eq(realm_count_files(&realm, "file/tmp"), 0);
	if (_i == 0)
		ck_assert_uint_eq(realm_count_files(&realm, "file"), 0);
	dialogue_run(&talk,
	    "b> inbox\n"
	    "b< MESSAGES {}\n"
	    "a> sendfile henderson satu.txt " CONTENT "\n"
	    "a< OK File sent\n");
}
END_TEST

/*
 * A new realm
 */

/* Configures another realm, which does not exist but for the directory `above`. */
static void
plan_other(struct realm *other)
{
	*other = realm;
	path_in(other->config, sizeof(other->config), realm.dir, "other.conf");
	path_in(other->state, sizeof(other->state), realm.dir, "above/other/state");
	realm_configure(other, SETTINGS);
}

START_TEST(init)
{
	struct realm before = realm;
	size_t names = names_since(0);

	plan_other(&realm);
	WORKS(NULL, "init");
	ck_assert_uint_eq(names_since(names), 4); /* key, certificate, logs, tables */
	realm_sync_check_idle(&realm);
	realm = before;
}
END_TEST

static const struct {
	const char *pattern;
	int pass;
} init_syncs[] = {
	{ "*/above", 0 },
	{ "*/above/other", 0 },
	{ "*/state/realm.key.*", 0 },
	{ "*/state", 0 }, /* the key's name */
	{ "*/state/realm.crt.*", 0 },
	{ "*/state", 1 }, /* the certificate's */
	{ "*/state/log/next", 0 },
	{ "*/state/log", 0 },
	{ "*/state/tables.next", 0 },
	{ "*/state", 2 }, /* the tables' */
	{ "*/state/tables.tdb", 0 },
};
#define N_INIT_SYNCS ((int)(sizeof(init_syncs) / sizeof(init_syncs[0])))

START_TEST(init_that_cannot_be_synced)
{
	struct realm before = realm;

	plan_other(&realm);
	FAILS(init_syncs[_i].pattern, init_syncs[_i].pass, "init");
	ck_assert(_i + 2 >= N_INIT_SYNCS || !is_there(realm.state, "tables.tdb"));
	if (!is_there(realm.state, "tables.tdb"))
		WORKS(NULL, "init");
	realm_sync_check();
	realm = before;
}
END_TEST

/*
 * Files that kabarctl writes
 */

START_TEST(backup_and_export)
{
	char backup[PATH_SIZE], export[PATH_SIZE];
	size_t before = names_since(0);

	path_in(backup, sizeof(backup), realm.dir, "saved.tar");
	path_in(export, sizeof(export), realm.dir, "saved.json");
	FAILS("*/saved.tar.*", 0, "backup", backup);
	ck_assert(!is_there(realm.dir, "saved.tar"));
	FAILS("*/saved.json.*", 0, "export", export);
	ck_assert(!is_there(realm.dir, "saved.json"));
	WORKS(NULL, "backup", backup);
	WORKS(NULL, "export", export);
	ck_assert_uint_eq(names_since(before), 2);
	realm_sync_check();
	/* The directory's, when the name is there. */
	FAILS(strrchr(realm.dir, '/') + 1, 0, "backup", backup);
	FAILS(strrchr(realm.dir, '/') + 1, 0, "export", export);
}
END_TEST

/* With a peer, for which a restore draws a new epoch: so it writes to what it has read. */
static void
make_backup(char backup[PATH_SIZE])
{
	realm_configure(&realm, SETTINGS PEER);
	begin();
	dialogue_run(&talk,
	    "a> sendfile henderson satu.txt " CONTENT "\n"
	    "a< OK File sent\n");
	path_in(backup, PATH_SIZE, realm.dir, "saved.tar");
	WORKS(NULL, "backup", backup);
	dialogue_end(&talk);
	ck_assert_int_eq(realm_stop(&realm), 0);
}

START_TEST(restore)
{
	char backup[PATH_SIZE];
	struct realm before = realm;

	make_backup(backup);
	before = realm;
	WORKS(NULL, "restore", "-m", backup);
	ck_assert(is_there(realm.state, "journal"));
	realm_sync_check_idle(&realm);
	plan_other(&realm);
	WORKS(NULL, "restore", backup);
	realm_sync_check_idle(&realm);
	realm = before;
}
END_TEST

static const struct {
	const char *pattern;
	int pass;
} restore_syncs[] = {
	{ "*/state/restore", 0 },
	{ "*/state/before-*", 0 },
	{ "*/state", 0 },
	{ "*/state", 1 },
};

START_TEST(restore_that_cannot_be_synced)
{
	char backup[PATH_SIZE];

	make_backup(backup);
	FAILS(restore_syncs[_i].pattern, restore_syncs[_i].pass, "restore", "-m", backup);
	ck_assert(_i == 0 || _i == 3 || !is_there(realm.state, "tables.tdb"));
	if (!is_there(realm.state, "tables.tdb"))
		WORKS(NULL, "restore", "-m", backup);
	realm_sync_check();
}
END_TEST

START_TEST(compact)
{
	size_t before;

	begin();
	before = names_since(0);
	WORKS(NULL, "compact");
	ck_assert_uint_eq(names_since(before), 1);
	FAILS("*/state/tables.next", 0, "compact");
	/* The committer cannot say what is there; the next one does it again. */
	realm_sync_fail("*/state", 0, 1, EIO);
	WORKS(NULL, "compact");
	ck_assert_uint_eq(realm_sync_mend(), 1);
	dialogue_run(&talk,
	    "a> addgroup kopi\n"
	    "a< OK Add group successful\n");
}
END_TEST

static void
break_file(const char *name)
{
	char path[PATH_SIZE], nothing[4096] = "";
	int fd;

	path_in(path, sizeof(path), realm.state, name);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(pwrite(fd, nothing, sizeof(nothing), 0), sizeof(nothing));
	close(fd);
}

START_TEST(repair)
{
	static const char *const names[] = { "tables.tdb", "log/0000000000000001.tdb" };
	size_t before = names_since(0);

	break_file(names[_i]);
	realmctl(NULL, ARGS("check", "--repair"));
	TOLD("was made anew");
	ck_assert_uint_ge(names_since(before), 1);
	realm_sync_check_idle(&realm);
}
END_TEST

/*
 * The next file of logs
 */

static void
fill_log(void)
{
	char line[LONG_TEXT + 64];
	int len = snprintf(line, sizeof(line), "send henderson ");

	memset(line + len, 'x', LONG_TEXT);
	memcpy(line + len + LONG_TEXT, "\r\n", 2);
	for (int i = 0; i < LONG_TEXTS; i++) {
		size_t reply_len;

		dialogue_say(&talk, 'a', line, (size_t)len + LONG_TEXT + 2);
		ck_assert_str_eq(dialogue_hear(&talk, 'a', &reply_len),
		    "{\"status\":\"OK\",\"message\":\"Message sent\"}");
	}
}

/* Nothing of it is synced before the last writer ends, as is seen then. */
START_TEST(next_log)
{
	begin();
	fill_log();
	ck_assert_uint_ge(realm_count_files(&realm, "log"), 2);
	dialogue_end(&talk);
	ck_assert_int_eq(realm_stop(&realm), 0);
	realm_sync_check_idle(&realm);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("sync_names");
	TCase *tcase = realm_tcase(suite, "contents");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, contents);
	tcase_add_loop_test(tcase, content_that_cannot_be_synced, 0, 4);
	tcase = realm_tcase(suite, "init");
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, init);
	tcase_add_loop_test(tcase, init_that_cannot_be_synced, 0, N_INIT_SYNCS);
	tcase = realm_tcase(suite, "kabarctl");
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, backup_and_export);
	tcase_add_test(tcase, restore);
	tcase_add_loop_test(tcase, restore_that_cannot_be_synced, 0, 4);
	tcase_add_test(tcase, compact);
	tcase_add_loop_test(tcase, repair, 0, 2);
	tcase = realm_tcase(suite, "logs");
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, next_log);
	return realm_run_suite(suite);
}
