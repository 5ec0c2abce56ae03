/*
 * Realms that are peers, of which one has a full disk for a while: nothing is refused for that, and
 * when there is room again everything arrives, once. Needs to be allowed to mount; else it is
 * skipped.
 */
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "realms.h"
#include "suite.h"

#define DISK     "size=48m"
#define TEXT_LEN 30000
#define TEXTS    3000 /* more than a disk holds */

/* The acknowledged messages to lineker of malang. */
static bool acknowledged[TEXTS];
static int sent;

/*
 * Disks.
 */

/* Mounts from here on belong to this process and its children. */
static bool
leave_mounts(void)
{
	return unshare(CLONE_NEWNS) == 0 &&
	    mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0;
}

static bool
can_mount(void)
{
	pid_t pid = fork();
	int status = -1;

	if (pid == 0)
		_exit(!leave_mounts() || mount("tmpfs", "/tmp", "tmpfs", 0, DISK) != 0);
	return pid > 0 && waitpid(pid, &status, 0) == pid && status == 0;
}

static void
disk_path(int realm, const char *name, char path[2 * REALM_PATH_MAX])
{
	snprintf(path, 2 * REALM_PATH_MAX, "%s/disk%s", realms.realm[realm].dir, name);
}

/* The realm's state is on a disk of its own, which is small. */
static void
give_disk(int realm)
{
	const char *state = realms.realm[realm].state;
	char disk[2 * REALM_PATH_MAX], all[2 * REALM_PATH_MAX];
	const char *const copy[] = { "/bin/cp", "-a", all, disk, NULL };

	ck_assert(leave_mounts());
	disk_path(realm, "", disk);
	snprintf(all, sizeof(all), "%s/.", state);
	ck_assert_int_eq(mkdir(disk, 0700), 0);
	ck_assert_int_eq(mount("tmpfs", disk, "tmpfs", 0, DISK), 0);
	realm_clock_use(NULL);
	ck_assert_int_eq(realm_run(copy, NULL, NULL, 0), 0);
	ck_assert_int_eq(mount(disk, state, NULL, MS_BIND, NULL), 0);
}

static void
take_disk(int realm)
{
	char disk[2 * REALM_PATH_MAX];

	disk_path(realm, "", disk);
	ck_assert_int_eq(umount2(realms.realm[realm].state, MNT_DETACH), 0);
	ck_assert_int_eq(umount2(disk, MNT_DETACH), 0);
}

static void
fill_disk(int realm)
{
	static char piece[4096];
	char path[2 * REALM_PATH_MAX];
	int fd;

	disk_path(realm, "/ballast", path);
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	ck_assert_int_ge(fd, 0);
	while (write(fd, piece, sizeof(piece)) > 0)
		;
	ck_assert_int_eq(errno, ENOSPC);
	close(fd);
}

static void
empty_disk(int realm)
{
	char path[2 * REALM_PATH_MAX];

	disk_path(realm, "/ballast", path);
	ck_assert_int_eq(unlink(path), 0);
}

/*
 * Messages.
 */

/* True when it was acknowledged. */
static bool
send_one(void)
{
	static char line[TEXT_LEN + 100];
	const char *reply;
	size_t len;
	int head;

	ck_assert_int_lt(sent, TEXTS);
	head = snprintf(line, sizeof(line), "sendprivaterealm malang lineker %d ", sent);
	memset(line + head, 'x', TEXT_LEN);
	memcpy(line + head + TEXT_LEN, "\r\n", 2);
	dialogue_say(&realms.talk[SURABAYA], 'a', line, (size_t)head + TEXT_LEN + 2);
	reply = dialogue_hear(&realms.talk[SURABAYA], 'a', &len);
	acknowledged[sent] = strstr(reply, "\"delivery\":\"queued\"") != NULL;
	ck_assert_msg(acknowledged[sent] || strstr(reply, "Penyimpanan penuh") != NULL, "%s",
	    reply);
	return acknowledged[sent++];
}

/* lineker has had all of those, each once. */
static void
check_acknowledged_arrived(void)
{
	int number = 0;
	size_t n = 1, len, i;

	while (n > 0) {
		const json_t *messages, *message;
		json_t *root;

		realms_run(MALANG, "c> getrealminbox surabaya\n");
		root = json_loads(dialogue_hear(&realms.talk[MALANG], 'c', &len), 0, NULL);
		messages = json_object_get(root, "messages");
		n = json_array_size(messages);
		json_array_foreach (messages, i, message) {
			const char *text = json_string_value(json_object_get(message, "msg"));

			while (number < sent && !acknowledged[number])
				number++;
			ck_assert_int_eq(atoi(text), number);
			ck_assert_uint_gt(strlen(text), TEXT_LEN);
			number++;
		}
		json_decref(root);
	}
	while (number < sent)
		ck_assert_msg(!acknowledged[number++], "%d is missing", number - 1);
}

static void
begin(int full)
{
	give_disk(full);
	realms_configure(SURABAYA, "delivery_wait = 0\nmin_free = 0\n");
	realms_configure(MALANG, "min_free = 0\n");
	realms_start_all();
	realms_login(SURABAYA);
	realms_login(MALANG);
	ck_assert(send_one());
	realms_await_all();
	fill_disk(full);
}

static void
empty_and_check(int full)
{
	empty_disk(full);
	while (!send_one())
		;
	realms_await_all();
	check_acknowledged_arrived();
	realms_run(SURABAYA,
	    "a> inbox\n"
	    "a< MESSAGES {}\n");
	realms_check();
	realms_stop(full);
	take_disk(full);
}

/* The message waits there: the realm that delivers is told to come again. */
START_TEST(receiver)
{
	begin(MALANG);
	while (!realm_logged(&realms.realm[SURABAYA], "it said: the disk is full"))
		ck_assert(send_one());
	/* Also those for whom it has become full in between. */
	realms_await_link(SURABAYA, MALANG, LINK_STATUS_DOWN);
	for (int i = 0; i < 20; i++)
		ck_assert(send_one());
	realms_run(SURABAYA,
	    "b> send lineker halo\n"
	    "b< OK Message sent\n");
	empty_and_check(MALANG);
}
END_TEST

/* Here nothing new is taken; what was taken goes out, and is not sent again for want of room. */
START_TEST(sender)
{
	begin(SURABAYA);
	relay_cut(&realms.relay[SURABAYA][MALANG]);
	realms_await_log(SURABAYA, "malang: link down");
	while (send_one())
		;
	relay_mend(&realms.relay[SURABAYA][MALANG]);
	realms_await_link(SURABAYA, MALANG, LINK_STATUS_UP);
	empty_and_check(SURABAYA);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("peering_full");
	TCase *tcase = realms_tcase(suite, "disks", 2);

	if (suite_skip_if(!can_mount(),
	        geteuid() != 0 ? SUITE_NEEDS_ROOT : "mounting is not allowed"))
		return SUITE_SKIPPED;
	tcase_add_test(tcase, receiver);
	tcase_add_test(tcase, sender);
	return realm_run_suite(suite);
}
