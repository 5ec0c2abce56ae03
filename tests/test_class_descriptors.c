/*
 * A class of faults: no descriptor is left, in the master, in a worker, in the gate, in the bridge;
 * test_store_descriptors has the committer. The process lives and sleeps, whoever is connected
 * already is served, and what was not possible happens when there are descriptors again.
 */
#include <sys/resource.h>

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "process.h"
#include "realm_int.h"
#include "realms.h"

#define LOOKS        50
#define LOOK_MS      10
#define ASLEEP       5 /* of these looks, at least: one that was woken waits for a busy processor */
#define CONTENT      "aGFsbyBkdW5pYQ==" /* halo dunia */
#define WORKERS_MOST 16

/* The lowest number that a new descriptor of the process could have. */
static rlim_t
find_free_descriptor(pid_t pid)
{
	char path[64];
	rlim_t n = 0;

	do
		snprintf(path, sizeof(path), "/proc/%ld/fd/%lu", (long)pid, (unsigned long)n++);
	while (faccessat(AT_FDCWD, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0);
	return n - 1;
}

/* From here on the process can open nothing. Returns the limit of before. */
static struct rlimit
exhaust(pid_t pid)
{
	struct rlimit before, now;

	ck_assert_int_eq(prlimit(pid, RLIMIT_NOFILE, NULL, &before), 0);
	now = before;
	now.rlim_cur = find_free_descriptor(pid);
	ck_assert_uint_gt(now.rlim_cur, 2);
	ck_assert_int_eq(prlimit(pid, RLIMIT_NOFILE, &now, NULL), 0);
	return before;
}

static void
restore(pid_t pid, struct rlimit limit)
{
	ck_assert_int_eq(prlimit(pid, RLIMIT_NOFILE, &limit, NULL), 0);
}

/* A process that spins is runnable in nearly every look, however busy the machine is. */
static void
expect_sleep(pid_t pid)
{
	int asleep = 0;

	for (int i = 0; i < LOOKS; i++) {
		realm_pause_ms(LOOK_MS);
		asleep += process_is_in_state(pid, 'S');
	}
	ck_assert_int_ge(asleep, ASLEEP);
}

START_TEST(none_in_master)
{
	struct realm *realm = &realms.realm[SURABAYA];

	if (suite_skip_if(geteuid() != 0, SUITE_NEEDS_ROOT))
		return;
	realms_start(SURABAYA);
	realms_login(SURABAYA);
	struct rlimit before = exhaust(realm->kabard);
	int fd = realm_connect(realm);
	ck_assert_int_ge(fd, 0);
	realm_await_log(realm, "cannot accept");
	expect_sleep(realm->kabard);
	realms_run(SURABAYA,
	    "a> send lineker halo\n"
	    "a< OK Message sent\n"
	    "c> inbox\n"
	    "c< MESSAGES {'messi':[(Lionel Messi>Gary Lineker:halo)]}\n");
	REALM_CTL(realm, NULL, "status");
	restore(realm->kabard, before);
	/* The connection that has waited, and a new one. */
	char reply[256];
	ck_assert_int_eq(write(fd, "auth messi surabaya\r\n", 21), 21);
	ck_assert_int_gt(read(fd, reply, sizeof(reply)), 0);
	close(fd);
	realms_run(SURABAYA,
	    "d> auth messi surabaya\n"
	    "d< TOKEN m\n");
}
END_TEST

/* Says a line, and hears some reply. */
static void
expect_any_reply(const char *line)
{
	size_t len;

	dialogue_say(&realms.talk[SURABAYA], 'a', line, strlen(line));
	ck_assert_ptr_nonnull(dialogue_hear(&realms.talk[SURABAYA], 'a', &len));
	ck_assert_uint_gt(len, 0);
}

START_TEST(none_in_worker)
{
	struct realm *realm = &realms.realm[SURABAYA];
	pid_t others[WORKERS_MOST];

	if (suite_skip_if(geteuid() != 0, SUITE_NEEDS_ROOT))
		return;
	realms_start(SURABAYA);
	size_t n = realm_workers(realm, others, WORKERS_MOST);
	realms_run(SURABAYA,
	    "a> auth messi surabaya\n"
	    "a< TOKEN m\n");
	pid_t worker = realm_new_worker(realm, others, n);
	struct rlimit before = exhaust(worker);
	expect_any_reply("inbox\r\n");
	expect_any_reply("send lineker halo\r\n");
	expect_any_reply("sendfile lineker a.txt " CONTENT "\r\n");
	expect_any_reply("getfile lineker a.txt\r\n");
	expect_sleep(worker);
	restore(worker, before);
	realms_run(SURABAYA,
	    "a> sendfile lineker b.txt " CONTENT "\n"
	    "a< OK File sent\n"
	    "c> auth lineker surabaya\n"
	    "c< TOKEN l\n"
	    "a> send lineker tiba\n"
	    "a< OK Message sent\n");
	realms_check();
}
END_TEST

START_TEST(none_in_gate)
{
	struct realm *realm = &realms.realm[SURABAYA];

	if (suite_skip_if(geteuid() != 0, SUITE_NEEDS_ROOT))
		return;
	realms_start(SURABAYA);
	realms_login(SURABAYA);
	pid_t gate = process_child(realm->kabard, "gate");
	ck_assert_int_gt(gate, 0);
	struct rlimit before = exhaust(gate);
	realms_run(SURABAYA, "d> auth messi surabaya\n");
	realm_await_log(realm, "workers are connected, others wait");
	expect_sleep(gate);
	ck_assert_uint_le(realm_log_count(realm, "workers are connected, others wait"), 2);
	/* It has nothing to go with a yes. */
	realms_run(SURABAYA,
	    "a> send lineker halo\n"
	    "a< OK Message sent\n"
	    "a> auth henderson surabaya\n"
	    "a< ERROR $*\n");
	ck_assert_int_eq(process_child(realm->kabard, "gate"), gate);
	restore(gate, before);
	realms_run(SURABAYA,
	    "d< TOKEN m\n"
	    "a> auth henderson surabaya\n"
	    "a< TOKEN h\n");
}
END_TEST

static bool
is_down(void *arg)
{
	struct link_status status;

	(void)arg;
	return !realms_link(SURABAYA, MALANG, &status) || status.state != LINK_STATUS_UP;
}

static bool
has_dialled_in_vain(void *arg)
{
	(void)arg;
	return realm_log_count(&realms.realm[SURABAYA], "Too many open files") > 0;
}

START_TEST(none_in_bridge)
{
	if (suite_skip_if(geteuid() != 0, SUITE_NEEDS_ROOT))
		return;
	realms_start_all();
	realms_login_all();
	pid_t bridge = realms_bridge(SURABAYA);
	struct rlimit before = exhaust(bridge);
	relay_break(&realms.relay[SURABAYA][MALANG]);
	ck_assert(realm_until(is_down, NULL));
	realms_run(SURABAYA,
	    "a> sendprivaterealm malang lineker halo\n"
	    "a< {'status':'OK','message':'Message sent to user in realm','delivery':'queued'}\n");
	ck_assert(realms_until(has_dialled_in_vain, NULL));
	expect_sleep(bridge);
	ck_assert_int_eq(realms_bridge(SURABAYA), bridge);
	restore(bridge, before);
	realms_await_all();
	realms_run(MALANG,
	    "c> getrealminbox surabaya\n"
	    "c< MESSAGES [(Lionel Messi>Gary Lineker:halo)]\n");
	realms_check();
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("class_descriptors");
	TCase *tcase = realms_tcase(suite, "descriptors", 2);

	tcase_add_test(tcase, none_in_master);
	tcase_add_test(tcase, none_in_worker);
	tcase_add_test(tcase, none_in_gate);
	tcase_add_test(tcase, none_in_bridge);
	return realm_run_suite(suite);
}
