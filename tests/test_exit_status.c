/*
 * How the programs end when something is wrong: with a status of sysexits.h, so that scripts can
 * tell what, and a sentence on standard error.
 */
#include <sys/stat.h>

#include <fcntl.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <sysexits.h>
#include <unistd.h>

#include "live/link_status.h"
#include "realmctl.h"
#include "suite.h"

#define REFUSED    1
#define WORDS_MAX  6
#define OTHER_USER "nobody"

enum program { KABARCTL, KABARD, BRIDGE };

struct row {
	enum program program;
	const char *words[WORDS_MAX]; /* behind -c FILE, where the program takes that */
	const char *input;
	int status;
	const char *says;
};

/* Starts the row's program with the option that makes it read the realm's configuration. */
static int
run_row(const struct row *row)
{
	const char *argv[WORDS_MAX + 4] = { NULL };
	char bridge[1024];

	snprintf(bridge, sizeof(bridge), "%.*s/kabar-bridge",
	    (int)(strrchr(realm_kabard_path, '/') - realm_kabard_path), realm_kabard_path);
	argv[0] = row->program == KABARCTL ? kabarctl_path
	    : row->program == KABARD       ? realm_kabard_path
	                                   : bridge;
	argv[1] = "-c";
	argv[2] = realm.config;
	for (size_t i = 0; i < WORDS_MAX && row->words[i] != NULL; i++)
		argv[3 + i] = row->words[i];
	return realm_run(argv, row->input, output, sizeof(output));
}

static void
expect_rows(const struct row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		int status = run_row(&rows[i]);

		ck_assert_msg(status == rows[i].status && strstr(output, rows[i].says) != NULL,
		    "row %zu, %s %s: ends with %d (not %d) and says: %s", i, rows[i].words[0],
		    rows[i].words[1] == NULL ? "" : rows[i].words[1], status, rows[i].status,
		    output);
	}
}

#define EXPECT(rows) expect_rows(rows, sizeof(rows) / sizeof((rows)[0]))

START_TEST(command_lines)
{
	static const struct row rows[] = {
		{ KABARCTL, { "sing" }, NULL, EX_USAGE, "there is no command sing" },
		{ KABARCTL, { "user" }, NULL, EX_USAGE, "usage: kabarctl" },
		{ KABARCTL, { "user", "show" }, NULL, EX_USAGE, "too few arguments" },
		{ KABARCTL, { "check", "it" }, NULL, EX_USAGE, "too many arguments" },
		{ KABARCTL, { "who", "-x" }, NULL, EX_USAGE, "there is no option -x here" },
		{ KABARCTL, { "user", "admin", "messi", "yes" }, NULL, EX_USAGE, "neither on" },
		{ KABARCTL, { "user", "quota", "messi", "x" }, NULL, EX_USAGE, "size" },
		{ KABARD, { "-x" }, NULL, EX_USAGE, "usage: kabard" },
		{ KABARD, { "-t", "-T" }, NULL, EX_USAGE, "usage: kabard" },
		{ KABARD, { "-i", "-D", "latin" }, NULL, EX_USAGE, "there is no dialect latin" },
		{ BRIDGE, { "-x" }, NULL, EX_USAGE, "usage: kabar-bridge" },
		{ BRIDGE, { "now" }, NULL, EX_USAGE, "usage: kabar-bridge" },
	};

	EXPECT(rows);
}
END_TEST

START_TEST(refusals)
{
	static const struct row rows[] = {
		{ KABARCTL, { "init" }, NULL, REFUSED, "there is a store in " },
		{ KABARCTL, { "user", "add", "messi" }, "a\n", REFUSED, "a user of this name" },
		{ KABARCTL, { "user", "add", "a/b" }, "a\n", REFUSED, "a name has" },
		{ KABARCTL, { "user", "add", "xavi" }, "\n", REFUSED, "the password is empty" },
		{ KABARCTL, { "user", "show", "xavi" }, NULL, REFUSED, "no such user" },
		{ KABARCTL, { "user", "show", "xavi", "-j" }, NULL, REFUSED, "no such user" },
		{ KABARCTL, { "user", "passwd", "xavi" }, "a\n", REFUSED, "no such user" },
		{ KABARCTL, { "user", "lock", "xavi" }, NULL, REFUSED, "no such user" },
		{ KABARCTL, { "user", "unlock", "xavi" }, NULL, REFUSED, "no such user" },
		{ KABARCTL, { "user", "quota", "xavi", "1K" }, NULL, REFUSED, "no such user" },
		{ KABARCTL, { "user", "admin", "xavi", "on" }, NULL, REFUSED, "no such user" },
		{ KABARCTL, { "user", "del", "xavi" }, NULL, REFUSED, "no such user" },
		{ KABARCTL, { "kick", "xavi" }, NULL, REFUSED, "no such user" },
		{ KABARCTL, { "group", "add", "kopi", "xavi" }, NULL, REFUSED, "no such user" },
		{ KABARCTL, { "group", "join", "kopi", "messi" }, NULL, REFUSED, "no such group" },
		{ KABARCTL, { "group", "leave", "kopi", "messi" }, NULL, REFUSED, "no such group" },
		{ KABARCTL, { "group", "show", "kopi" }, NULL, REFUSED, "no such group" },
		{ KABARCTL, { "group", "show", "kopi", "-j" }, NULL, REFUSED, "no such group" },
		{ KABARCTL, { "group", "del", "kopi" }, NULL, REFUSED, "no such group" },
		{ KABARCTL, { "queue", "list", "malang" }, NULL, REFUSED, "no such realm" },
		{ KABARCTL, { "queue", "flush", "malang" }, NULL, REFUSED, "no such realm" },
		{ KABARCTL, { "queue", "drop", "malang" }, NULL, REFUSED, "no such realm" },
		{ KABARCTL, { "broadcast", "" }, NULL, REFUSED, "no text that can be sent" },
	};

	EXPECT(rows);
}
END_TEST

START_TEST(inputs)
{
	static const struct row rows[] = {
		{ KABARCTL, { "import" }, "{\"nama\":1}\n", EX_DATAERR, ":1: there is no key" },
		{ KABARCTL, { "import", "/nowhere/x" }, NULL, EX_NOINPUT, "cannot read" },
		{ KABARCTL, { "restore", "/nowhere/x" }, NULL, EX_NOINPUT, "cannot read" },
		{ KABARCTL, { "restore", "-m", "-" }, "no backup", EX_DATAERR, "no backup" },
		{ KABARCTL, { "backup", "/nowhere/x" }, NULL, EX_CANTCREAT, "cannot make" },
		{ KABARCTL, { "export", "/nowhere/x" }, NULL, EX_CANTCREAT, "cannot make" },
	};

	EXPECT(rows);
	ck_assert_int_eq(realmctl_shell("$ctl user list >/dev/full"), EX_IOERR);
	ck_assert_int_eq(realmctl_shell("$ctl export >/dev/full"), EX_IOERR);
}
END_TEST

START_TEST(nobody_there)
{
	static const struct row rows[] = {
		{ KABARCTL, { "reload" }, NULL, EX_UNAVAILABLE, "kabard is not running" },
		{ KABARCTL, { "upgrade" }, NULL, EX_UNAVAILABLE, "kabard is not running" },
		{ KABARCTL, { "stop" }, NULL, EX_UNAVAILABLE, "kabard is not running" },
		{ KABARCTL, { "queue", "flush" }, NULL, EX_UNAVAILABLE, "kabar-bridge does not" },
		{ KABARCTL, { "status" }, NULL, 3, "kabard is not running" },
	};

	EXPECT(rows);
}
END_TEST

START_TEST(somebody_there)
{
	static const struct row rows[] = {
		{ KABARCTL, { "restore", "-m", "-" }, "x", EX_TEMPFAIL, "kabard is running" },
		{ KABARD, { "-f" }, NULL, EX_UNAVAILABLE, "kabard is running already" },
	};
	static const struct row bridges[] = {
		{ KABARCTL, { "restore", "-m", "-" }, "x", EX_TEMPFAIL, "kabar-bridge is running" },
		{ BRIDGE, { "-f" }, NULL, EX_UNAVAILABLE, "a bridge is running already" },
	};

	realm_start(&realm);
	EXPECT(rows);
	ck_assert_int_eq(realm_stop(&realm), 0);
	struct link_status_file *links = link_status_open(realm.state);
	ck_assert_int_eq(link_status_lead(links), 0);
	EXPECT(bridges);
	link_status_close(links);
}
END_TEST

START_TEST(configurations)
{
	static const struct row rows[] = {
		{ KABARCTL, { "user", "list" }, NULL, EX_CONFIG, "no such option 'colour'" },
		{ KABARCTL, { "init" }, NULL, EX_CONFIG, "no such option 'colour'" },
		{ KABARCTL, { "reload" }, NULL, REFUSED, "no such option 'colour'" },
		{ KABARCTL, { "status" }, NULL, 4, "no such option 'colour'" },
		{ KABARD, { "-f" }, NULL, EX_CONFIG, "no such option 'colour'" },
		{ KABARD, { "-i" }, NULL, EX_CONFIG, "no such option 'colour'" },
		{ KABARD, { "-t" }, NULL, EX_CONFIG, "no such option 'colour'" },
		{ KABARD, { "-T" }, NULL, EX_CONFIG, "no such option 'colour'" },
		{ KABARD, { NULL }, NULL, EX_CONFIG, "no such option 'colour'" },
		{ BRIDGE, { "-f" }, NULL, EX_CONFIG, "no such option 'colour'" },
	};
	static const struct row listeners[] = {
		{ KABARD, { "-i", "-f", "-L", "x" }, NULL, EX_CONFIG, "there is no listener x" },
	};

	EXPECT(listeners);
	realm_configure(&realm, "colour = red");
	EXPECT(rows);
}
END_TEST

/* Only root can become somebody else. */
START_TEST(users)
{
	static const struct row rows[] = {
		{ KABARCTL, { "user", "list" }, NULL, EX_CONFIG, "no user no-such-user" },
		{ KABARCTL, { "init" }, NULL, EX_CONFIG, "no user no-such-user" },
		{ KABARCTL, { "realm" }, NULL, EX_CONFIG, "no user no-such-user" },
		{ KABARCTL, { "stop" }, NULL, EX_CONFIG, "no user no-such-user" },
		{ KABARD, { "-f" }, NULL, EX_CONFIG, "no user no-such-user" },
		{ BRIDGE, { "-f" }, NULL, EX_CONFIG, "no user no-such-user" },
	};

	if (suite_skip_if(geteuid() != 0, SUITE_NEEDS_ROOT))
		return;
	realm_configure(&realm, "user = \"no-such-user\"");
	EXPECT(rows);
}
END_TEST

static void
configure_state(const char *below)
{
	char settings[2 * REALM_PATH_MAX];

	snprintf(settings, sizeof(settings), "state = \"%s/%s\"", realm.dir, below);
	realm_configure(&realm, settings);
}

START_TEST(no_store)
{
	static const struct row rows[] = {
		{ KABARCTL, { "user", "list" }, NULL, EX_UNAVAILABLE, "there is no store in " },
		{ KABARCTL, { "check" }, NULL, EX_UNAVAILABLE, "there is no store in " },
		{ KABARCTL, { "realm" }, NULL, EX_UNAVAILABLE, "realm.crt" },
		{ KABARCTL, { "backup", "-" }, NULL, EX_UNAVAILABLE, "there is no store in " },
		{ KABARD, { "-f" }, NULL, EX_UNAVAILABLE, "nothing" },
		{ KABARD, { NULL }, NULL, EX_UNAVAILABLE, "nothing" },
		{ BRIDGE, { "-f" }, NULL, EX_UNAVAILABLE, "there is no store in " },
	};
	static const struct row files[] = {
		{ KABARCTL, { "init" }, NULL, EX_CANTCREAT, "file" },
	};
	char path[REALM_PATH_MAX + 8];

	configure_state("nothing");
	EXPECT(rows);
	snprintf(path, sizeof(path), "%s/file", realm.dir);
	close(open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
	configure_state("file");
	EXPECT(files);
	configure_state("file/state");
	EXPECT(files);
}
END_TEST

/* Whoever the tests run as, somebody who may not pass: for root, as whom the programs go on. */
static void
shut_out(void)
{
	char up[REALM_PATH_MAX + 8];

	if (geteuid() != 0) {
		ck_assert_int_eq(chmod(realm.state, 0), 0);
		return;
	}
	ck_assert_ptr_nonnull(getpwnam(OTHER_USER));
	snprintf(up, sizeof(up), "%s/..", realm.dir);
	ck_assert_int_eq(chmod(up, 0711), 0);
	ck_assert_int_eq(chmod(realm.dir, 0711), 0);
	realm_configure(&realm, "user = \"" OTHER_USER "\"");
}

START_TEST(not_allowed)
{
	static const struct row rows[] = {
		{ KABARCTL, { "user", "list" }, NULL, EX_NOPERM, "Permission denied" },
		{ KABARCTL, { "realm" }, NULL, EX_NOPERM, "Permission denied" },
		{ KABARCTL, { "export" }, NULL, EX_NOPERM, "Permission denied" },
		{ KABARCTL, { "reload" }, NULL, EX_NOPERM, "Permission denied" },
		{ KABARCTL, { "stop" }, NULL, EX_NOPERM, "Permission denied" },
		{ KABARD, { "-f" }, NULL, EX_NOPERM, "Permission denied" },
		{ BRIDGE, { "-f" }, NULL, EX_NOPERM, "Permission denied" },
	};

	shut_out();
	EXPECT(rows);
	chmod(realm.state, 0700);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("exit status");
	TCase *tcase = realmctl_tcase(suite, "programs");

	tcase_add_test(tcase, command_lines);
	tcase_add_test(tcase, refusals);
	tcase_add_test(tcase, inputs);
	tcase_add_test(tcase, nobody_there);
	tcase_add_test(tcase, somebody_there);
	tcase_add_test(tcase, configurations);
	tcase_add_test(tcase, users);
	tcase_add_test(tcase, no_store);
	tcase_add_test(tcase, not_allowed);
	return realm_run_suite(suite);
}
