/*
 * log_facility and log_level as syslog(3) is given them: by the master, its workers, the bridge and
 * inetd's kabard, from the start and after a reload.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dialogue.h"
#include "realm_preload.h"

#define SETTINGS_MAX 256
#define RECORDS_MAX  65536
#define LOGIN        "auth messi surabaya\r\n"

static struct realm realm;
static struct realm_watch watch;

static const char *const facilities[] = { "daemon", "auth", "user", "local0", "local1", "local2",
	"local3", "local4", "local5", "local6", "local7" };
static const char *const levels[] = { "error", "warning", "info", "debug" };

#define FACILITIES (int)(sizeof(facilities) / sizeof(facilities[0]))
#define LEVELS     (int)(sizeof(levels) / sizeof(levels[0]))
#define LAST_LEVEL (LEVELS - 1)

static void
setup(void)
{
	char path[REALM_PATH_MAX + 16];

	realm_make(&realm, NULL);
	snprintf(path, sizeof(path), "%s/watch", realm.dir);
	realm_watch_begin(&watch, path);
}

/* Configures a peer at this port, where nobody listens. */
static void
configure_log(const char *facility, const char *level, int peer_port)
{
	char settings[SETTINGS_MAX];

	snprintf(settings, sizeof(settings),
	    "realm = %s  log_facility = %s  log_level = %s\n"
	    "peer \"malang\" { address = \"127.0.0.1\"  port = %d  fingerprint = \"SHA256:"
	    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\" }\n",
	    peer_port == 1 ? "surabaya" : "bandung", facility, level, peer_port);
	realm_configure(&realm, settings);
}

/* In the background: what it says goes to syslog. */
static void
start_daemon(void)
{
	const char *const argv[] = { realm_kabard_path, "-c", realm.config, NULL };
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	ck_assert_int_eq(realm_await(realm_spawn(&realm, null, null, argv)), 0);
	close(null);
}

static bool
has_stopped(void *arg)
{
	const char *path = arg;

	return access(path, F_OK) != 0;
}

static void
stop_daemon(void)
{
	char path[REALM_PATH_MAX + 16];

	snprintf(path, sizeof(path), "%s/kabard.pid", realm.state);
	if (access(path, F_OK) != 0)
		return;
	REALM_CTL(&realm, NULL, "stop");
	ck_assert(realm_until(has_stopped, path));
}

static void
teardown(void)
{
	stop_daemon();
	realm_remove(&realm);
	realm_watch_end(&watch);
}

/* A line that a program is to give to syslog, as this library's headers call its level. */
struct wanted {
	const char *program;
	const char *facility;
	const char *level;
	const char *text;
};

static bool
is_there(void *arg)
{
	static char records[RECORDS_MAX];
	const struct wanted *wanted = arg;
	char beginning[128];

	snprintf(beginning, sizeof(beginning), "syslog %s %s %s ", wanted->program,
	    wanted->facility, wanted->level);
	realm_watch_find(&watch, beginning, records, sizeof(records));
	return strstr(records, wanted->text) != NULL;
}

static void
await_line(const char *program, const char *facility, const char *level, const char *text)
{
	struct wanted wanted = { program, facility, level, text };

	ck_assert_msg(realm_until(is_there, &wanted), "%s does not say to %s: %s: %s", program,
	    facility, level, text);
}

/* messi logs in and leaves. */
static void
log_in_once(void)
{
	int fd = realm_connect(&realm);
	char reply[512];

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, LOGIN, sizeof(LOGIN) - 1), sizeof(LOGIN) - 1);
	ck_assert_int_gt(read(fd, reply, sizeof(reply)), 0);
	close(fd);
}

/* Each program logs to that facility. */
static void
assert_facility(const char *facility)
{
	const char *const inetd[] = { realm_kabard_path, "-c", realm.config, "-i", NULL };

	log_in_once();
	await_line("kabard", facility, "info", ": login messi");
	realm_watch_clear(&watch);
	ck_assert_int_eq(realm_run(inetd, LOGIN, NULL, 0), 0);
	await_line("kabard", facility, "info", ": login messi");
}

START_TEST(facility)
{
	const char *next = facilities[(_i + 1) % FACILITIES];

	configure_log(facilities[_i], "info", 1);
	start_daemon();
	await_line("kabard", facilities[_i], "info", "listening on");
	await_line("kabar-bridge", facilities[_i], "info", "realm surabaya, 1 peers");
	assert_facility(facilities[_i]);
	/* Who is served already keeps what it was started with. */
	int fd = realm_connect(&realm);
	ck_assert_int_eq(write(fd, LOGIN, 5), 5);
	log_in_once();
	configure_log(next, "info", 1);
	REALM_CTL(&realm, NULL, "reload");
	await_line("kabard", next, "info", "reloaded: ");
	await_line("kabar-bridge", next, "info", "reloaded: 1 peers");
	assert_facility(next);
	realm_watch_clear(&watch);
	ck_assert_int_eq(write(fd, LOGIN + 5, sizeof(LOGIN) - 6), sizeof(LOGIN) - 6);
	await_line("kabard", facilities[_i], "info", ": login messi");
	close(fd);
}
END_TEST

/* As kabar.conf(5) has it: what is less important than that is not logged. */
static const struct {
	int level;
	struct wanted line;
} lines[] = {
	{ 1, { "kabard", "daemon", "warn", "realm stays \"surabaya\"" } },
	{ 1, { "kabar-bridge", "daemon", "warn", "malang: no link" } },
	{ 2, { "kabard", "daemon", "info", "reloaded: " } },
	{ 2, { "kabard", "daemon", "info", ": login messi" } },
	{ 2, { "kabar-bridge", "daemon", "info", "reloaded: 1 peers" } },
	{ 3, { "kabard", "daemon", "debug", ": connected, port " } },
	{ 3, { "kabar-bridge", "daemon", "debug", "malang: still no link" } },
};

/* Something of each importance happens: what a reload does not take over, another port. */
static void
make_events(const char *level)
{
	configure_log("daemon", level, 2);
	REALM_CTL(&realm, NULL, "reload");
	log_in_once();
}

static bool
bridge_answers(void *arg)
{
	const char *const flush[] = { realm_kabarctl_path, "-c", realm.config, "queue", "flush",
		NULL };

	(void)arg;
	return realm_run(flush, NULL, NULL, 0) == 0;
}

/* The bridge answers, has done what it was told before, and has dialled. */
static void
await_bridge(void)
{
	for (int i = 0; i < 2; i++)
		ck_assert(realm_until(bridge_answers, NULL));
}

/* The log holds the lines that the level lets through, and no others when all have ended. */
static void
assert_level(int level)
{
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		struct wanted wanted = lines[i].line;

		await_bridge();
		if (lines[i].level <= level)
			ck_assert_msg(realm_until(is_there, &wanted), "there is no %s: %s",
			    wanted.level, wanted.text);
	}
	stop_daemon();
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		struct wanted wanted = lines[i].line;

		ck_assert_msg(lines[i].level <= level || !is_there(&wanted), "with %s: %s: %s",
		    levels[level], wanted.level, wanted.text);
	}
}

START_TEST(level_at_start)
{
	configure_log("daemon", levels[_i], 1);
	start_daemon();
	await_bridge(); /* one that is started later has nothing to reload */
	make_events(levels[_i]);
	assert_level(_i);
}
END_TEST

START_TEST(level_after_reload)
{
	configure_log("daemon", levels[_i == LAST_LEVEL ? 0 : LAST_LEVEL], 1);
	start_daemon();
	configure_log("daemon", levels[_i], 1);
	await_bridge();
	REALM_CTL(&realm, NULL, "reload");
	await_bridge();
	realm_watch_clear(&watch);
	make_events(levels[_i]);
	assert_level(_i);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("log_settings");
	TCase *tcase = realm_tcase(suite, "log_settings");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase, facility, 0, FACILITIES);
	tcase_add_loop_test(tcase, level_at_start, 0, LEVELS);
	tcase_add_loop_test(tcase, level_after_reload, 0, LEVELS);
	return realm_run_suite(suite);
}
