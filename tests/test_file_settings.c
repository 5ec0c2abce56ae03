/*
 * Limits on files as the real programs keep them: how many a user or another realm may have, how
 * long they stay, and that none goes while a backup is being made.
 */
#include <sys/wait.h>

#include <fcntl.h>
#include <ftw.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "chat/file/quota.h"
#include "chat/key.h"
#include "chat/realm/peer.h"
#include "peer_realm.h"
#include "realm_clock.h"

#define USER_FILES   16384 /* as kabar.conf(5) has them */
#define PEER_FILES   65536
#define HOUR_MS      (3600 * 1000LL)
#define DAY_MS       (24 * HOUR_MS)
#define CONTENTS     8
#define CONTENT_BASE 100000 /* characters of each in BASE64 */
#define PIPE_BYTES   4096
#define PATH_SIZE    (REALM_PATH_MAX + 32)

static struct realm_clock hours;

static void
setup(void)
{
	char path[PATH_SIZE];

	snprintf(path, sizeof(path), "%s/clock", realm.dir);
	realm_clock_open(&hours, path);
	realm_clock_use(&hours);
	realm_clock_stop(&hours);
}

static void
teardown(void)
{
	realm_clock_use(NULL);
	realm_clock_close(&hours);
}

/*
 * How many
 */

static uint64_t
find_messi(struct chat *chat)
{
	struct chat_user user;

	ck_assert_int_eq(chat_user_find(chat, chat_text("messi"), &user), CHAT_OK);
	return user.id;
}

static uint64_t
find_malang(struct chat *chat)
{
	struct chat_peer peer;

	ck_assert_int_eq(chat_peer_find(chat, chat_text("malang"), &peer), CHAT_OK);
	return peer.id;
}

/* Pretends that an owner has so many files, because sending them all takes minutes. */
static void
set_quota_use(uint64_t (*find_owner)(struct chat *), uint32_t files)
{
	struct chat_quota quota = { .bytes = files, .files = files };
	unsigned char key[CHAT_KEY_ID], data[CHAT_QUOTA_RECORD];
	struct config config;
	struct store_tx tx;
	struct chat chat;
	char error[512];
	size_t len = chat_quota_pack(data, &quota);

	ck_assert_msg(config_load(&config, realm.config, error, sizeof(error)) == 0 &&
	        chat_open(&chat, &config, error, sizeof(error)) == 0,
	    "%s", error);
	chat_key_id(key, find_owner(&chat));
	store_tx_init(&tx);
	store_tx_put(&tx, CHAT_TABLE_QUOTAS, key, sizeof(key), data, len);
	ck_assert_int_eq(store_commit(chat.store, &tx, NULL), STORE_OK);
	chat_close(&chat);
	config_free(&config);
}

START_TEST(number_of_a_user)
{
	set_quota_use(find_messi, USER_FILES - 1);
	dialogue_run(&talk,
	    "a> auth messi surabaya\n"
	    "a< TOKEN m\n"
	    "a> sendfile henderson a aGFsbwo=\n"
	    "a< OK File sent\n"
	    "a> sendfile henderson b aGFsbwo=\n"
	    "a< ERROR Kuota file habis\n"
	    "a> send_file henderson b aGFsbwo=\n"
	    "a< ERROR Kuota File Habis\n"
	    "a> sendfile henderson a aGFsbw==\n" /* in place of the other */
	    "a< OK File sent\n"
	    "b> auth henderson surabaya\n"
	    "b< TOKEN h\n"
	    "b> sendfile messi b aGFsbwo=\n" /* it is messi who has too many */
	    "b< OK File sent\n");
}
END_TEST

START_TEST(number_of_a_realm)
{
	peer_realm_start();
	peer_realm_greet('p'); /* from here on the store knows malang */
	set_quota_use(find_malang, PEER_FILES - 1);
	peer_realm_file('p', 1, "a", "halo", 4);
	peer_realm_run("p< {'status':'OK','want':1,'offset':0}\n");
	peer_realm_chunk('p', 1, "halo", 0, 4);
	peer_realm_has('p', 1);
	peer_realm_file('p', 2, "b", "halo", 4);
	peer_realm_run("p< {'status':'ERROR','number':2,'reason':'quota'}\n"
	               "p< {'status':'OK','have':2}\n");
	peer_realm_file('p', 3, "a", "halo", 4);
	peer_realm_has('p', 3);
}
END_TEST

/*
 * How long
 */

/* A file is there until the last millisecond of file_keep. */
START_TEST(kept)
{
	peer_realm_configure(PEER_MALANG, "file_keep = 7d idle_timeout = 365d");
	dialogue_run(&talk,
	    "a> auth messi surabaya\n"
	    "a< TOKEN m\n"
	    "a> sendfile henderson a aGFsbwo=\n"
	    "a< OK File sent\n"
	    "b> auth henderson surabaya\n"
	    "b< TOKEN h\n");
	realm_clock_pass(&hours, 7 * DAY_MS);
	REALM_CTL(&realm, NULL, "janitor");
	dialogue_run(&talk,
	    "b> download_file messi a\n"
	    "b< {'status':'OK','messages':'Downloaded a','filename':'a','data':'aGFsbwo='}\n");
	realm_clock_pass(&hours, 1);
	REALM_CTL(&realm, NULL, "janitor");
	dialogue_run(&talk,
	    "b> download_file messi a\n"
	    "b< ERROR File Tidak Ditemukan\n");
}
END_TEST

struct removals {
	size_t n;
};

static bool
has_removed(void *arg)
{
	const struct removals *removals = arg;

	return realm_log_count(&realm, "removed 1 files that users had sent") == removals->n;
}

static size_t
count_processes(void)
{
	pid_t pids[16];

	return realm_processes(&realm, pids, 16);
}

/* The janitor is one more until the master has seen its end. */
static bool
are_no_more(void *arg)
{
	return count_processes() <= *(const size_t *)arg;
}

/* The janitor runs as often as janitor_interval says, and a minute after the start. */
START_TEST(interval)
{
	struct removals removals = { 1 };
	size_t before;

	peer_realm_configure(PEER_MALANG,
	    "janitor_interval = 2h file_keep = 1s idle_timeout = 365d");
	peer_realm_start();
	dialogue_run(&talk,
	    "a> auth messi surabaya\n"
	    "a< TOKEN m\n"
	    "a> sendfile henderson a aGFsbwo=\n"
	    "a< OK File sent\n"
	    "b> auth henderson surabaya\n"
	    "b< TOKEN h\n");
	before = count_processes();
	realm_clock_pass(&hours, 60000);
	ck_assert(realm_until(has_removed, &removals));
	ck_assert(realm_until(are_no_more, &before));
	dialogue_run(&talk,
	    "a> sendfile henderson b aGFsbwo=\n"
	    "a< OK File sent\n");
	realm_clock_pass(&hours, 2 * HOUR_MS - 1);
	realm_clock_await(&hours, realm.kabard);
	/* A janitor who had been sent by now would be at work still, or have been. */
	ck_assert_uint_le(count_processes(), before);
	dialogue_run(&talk,
	    "b> download_file messi b\n"
	    "b< {'status':'OK','messages':'Downloaded b','filename':'b','data':'aGFsbwo='}\n");
	realm_clock_pass(&hours, 1);
	removals.n = 2;
	ck_assert(realm_until(has_removed, &removals));
}
END_TEST

/*
 * While a backup is being made
 */

/* Content i: so many characters, of which each four stand for three bytes. */
static void
make_base64(int i, char text[CONTENT_BASE + 1])
{
	memset(text, 'A' + i, CONTENT_BASE);
	text[CONTENT_BASE] = '\0';
}

static void
send_contents(void)
{
	static char text[CONTENT_BASE + 1];

	dialogue_run(&talk,
	    "a> auth messi surabaya\n"
	    "a< TOKEN m\n");
	for (int i = 0; i < CONTENTS; i++) {
		char head[64];

		snprintf(head, sizeof(head), "sendfile henderson f%d ", i);
		make_base64(i, text);
		dialogue_say(&talk, 'a', head, strlen(head));
		dialogue_say(&talk, 'a', text, CONTENT_BASE);
		dialogue_say(&talk, 'a', "\r\n", 2);
		dialogue_run(&talk, "a< OK File sent\n");
	}
}

static int contents; /* that count_content has seen */

static int
count_content(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)path;
	contents += type == FTW_F && st->st_size == CONTENT_BASE / 4 * 3 && ftw->level == 2;
	return 0;
}

static int
count_contents(void)
{
	char path[PATH_SIZE];

	contents = 0;
	snprintf(path, sizeof(path), "%s/file", realm.state);
	ck_assert_int_eq(nftw(path, count_content, 8, FTW_PHYS), 0);
	return contents;
}

/* A backup that has begun, and stands as long as nobody reads on. */
static pid_t
begin_backup(int *out)
{
	const char *const argv[] = { realm_kabarctl_path, "-c", realm.config, "backup", "-", NULL };
	struct pollfd ready;
	int ends[2], null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	pid_t pid;

	ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
	ck_assert_int_gt(fcntl(ends[1], F_SETPIPE_SZ, PIPE_BYTES), 0);
	pid = realm_spawn(&realm, null, ends[1], argv);
	close(null);
	close(ends[1]);
	ready = (struct pollfd){ .fd = ends[0], .events = POLLIN };
	ck_assert_int_eq(poll(&ready, 1, REALM_PATIENCE_MS), 1);
	ck_assert_int_ne(ready.revents & POLLIN, 0);
	*out = ends[0];
	return pid;
}

static void
finish_backup(pid_t pid, int from, const char *path)
{
	FILE *file = fopen(path, "we");
	char buffer[65536];
	ssize_t got;

	ck_assert_ptr_nonnull(file);
	while ((got = read(from, buffer, sizeof(buffer))) > 0)
		ck_assert_uint_eq(fwrite(buffer, 1, (size_t)got, file), (size_t)got);
	ck_assert_int_eq(fclose(file), 0);
	close(from);
	ck_assert_int_eq(realm_await(pid), 0);
}

static void
assert_downloads(void)
{
	static char text[CONTENT_BASE + 1], reply[CONTENT_BASE + 256];

	dialogue_run(&talk,
	    "b> auth henderson surabaya\n"
	    "b< TOKEN h\n");
	for (int i = 0; i < CONTENTS; i++) {
		size_t len;

		make_base64(i, text);
		snprintf(reply, sizeof(reply),
		    "{\"status\":\"OK\",\"messages\":\"Downloaded f%d\",\"filename\":\"f%d\","
		    "\"data\":\"%s\"}",
		    i, i, text);
		dialogue_runf(&talk, "b> download_file messi f%d\n", i);
		ck_assert_str_eq(dialogue_hear(&talk, 'b', &len), reply);
	}
}

/* The janitor throws all files away meanwhile; the backup has them, and then they go. */
START_TEST(pinned)
{
	char path[PATH_SIZE], state[PATH_SIZE];
	int out;

	peer_realm_configure(PEER_MALANG, "file_keep = 7d");
	send_contents();
	dialogue_run(&talk, "a closes\n");
	ck_assert_int_eq(count_contents(), CONTENTS);
	pid_t backup = begin_backup(&out);
	realm_clock_pass(&hours, 8 * DAY_MS);
	REALM_CTL(&realm, NULL, "janitor");
	ck_assert_int_eq(count_contents(), CONTENTS);
	snprintf(path, sizeof(path), "%s/backup.tar", realm.dir);
	finish_backup(backup, out, path);
	REALM_CTL(&realm, NULL, "janitor");
	ck_assert_int_eq(count_contents(), 0);
	snprintf(state, sizeof(state), "%s/before", realm.dir);
	ck_assert_int_eq(rename(realm.state, state), 0);
	REALM_CTL(&realm, NULL, "restore", path);
	REALM_CTL(&realm, NULL, "check");
	assert_downloads();
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("file_settings");
	TCase *tcase = peer_realm_tcase(suite, "file_settings");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, number_of_a_user);
	tcase_add_test(tcase, number_of_a_realm);
	tcase_add_test(tcase, kept);
	tcase_add_test(tcase, interval);
	tcase_add_test(tcase, pinned);
	return realm_run_suite(suite);
}
