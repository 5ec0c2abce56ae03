/*
 * The state directory as a wall: programs refuse one to which others may write, links that were
 * planted in the place of its files lead nowhere, and a pipe that another user has put there gets
 * no backup.
 */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dialogue.h"
#include "realm_int.h"

#define OUTPUT_SIZE 4096
#define STRANGER    64399 /* a user and a group that nobody has */
#define FILES_MAX   64
#define OPEN_DIRS   16
#define CONTENT     "This file is another's.\n"

static struct realm realm;
static char victim[REALM_PATH_MAX + 16], output[OUTPUT_SIZE];
static char files[FILES_MAX][REALM_PATH_MAX + 64];
static size_t n_files;

static void
setup(void)
{
	realm_make(&realm, NULL);
	snprintf(victim, sizeof(victim), "%s/victim", realm.dir);
}

static void
teardown(void)
{
	chmod(realm.state, 0700);
	realm_remove(&realm);
}

static int
run_kabarctl(const char *command)
{
	const char *const argv[] = { realm_kabarctl_path, "-c", realm.config, command, NULL };

	return realm_run(argv, NULL, output, sizeof(output));
}

static int
run_bridge(void)
{
	const char *const argv[] = { KABAR_BRIDGE_PATH, "-f", "-c", realm.config, NULL };

	return realm_run(argv, NULL, output, sizeof(output));
}

/* Every program says this sentence and ends. */
static void
check_refused(const char *sentence)
{
	const char *const foreground[] = { "-f", NULL }, *const inetd[] = { "-i", "-f", NULL };

	ck_assert_int_gt(realm_run_kabard(&realm, foreground, output, sizeof(output)), 0);
	ck_assert_msg(strstr(output, sentence) != NULL, "kabard says %s", output);
	ck_assert_int_gt(realm_run_kabard(&realm, inetd, output, sizeof(output)), 0);
	ck_assert_msg(strstr(output, sentence) != NULL, "kabard -i says %s", output);
	ck_assert_int_gt(run_kabarctl("check"), 0);
	ck_assert_msg(strstr(output, sentence) != NULL, "kabarctl says %s", output);
	ck_assert_int_gt(run_bridge(), 0);
	ck_assert_msg(strstr(output, sentence) != NULL, "kabar-bridge says %s", output);
}

static void
check_accepted(void)
{
	ck_assert_msg(run_kabarctl("realm") == 0, "kabarctl says %s", output);
	realm_start(&realm);
	ck_assert_int_eq(realm_stop(&realm), 0);
}

START_TEST(everybody_may_write)
{
	ck_assert_int_eq(chmod(realm.state, 0777), 0);
	check_refused("everybody may write to ");
	ck_assert_int_eq(chmod(realm.state, 0703), 0);
	check_refused("everybody may write to ");
	ck_assert_int_eq(chmod(realm.state, 0755), 0);
	check_accepted();
}
END_TEST

START_TEST(group_may_write)
{
	if (suite_skip_if(geteuid() != 0, SUITE_NEEDS_ROOT))
		return;
	ck_assert_int_eq(chmod(realm.state, 0770), 0);
	check_accepted();
	ck_assert_int_eq(chown(realm.state, geteuid(), STRANGER), 0);
	ck_assert_int_eq(chmod(realm.state, 0770), 0);
	check_refused("the group 64399 may write to ");
	ck_assert_int_eq(chmod(realm.state, 0750), 0);
	check_accepted();
}
END_TEST

START_TEST(belongs_to_another)
{
	if (suite_skip_if(geteuid() != 0, SUITE_NEEDS_ROOT))
		return;
	ck_assert_int_eq(chown(realm.state, STRANGER, getegid()), 0);
	check_refused("belongs to user id 64399, and not to the user 0");
	ck_assert_int_eq(chown(realm.state, geteuid(), getegid()), 0);
	check_accepted();
}
END_TEST

/*
 * Links.
 */

static int
note_file(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)ftw;
	/* Without its lock nobody becomes the committer, for which all wait 20 seconds. */
	if (type != FTW_F || !S_ISREG(st->st_mode) || strstr(path, "/commit.lock") != NULL)
		return 0;
	ck_assert_uint_lt(n_files, FILES_MAX);
	snprintf(files[n_files++], sizeof(files[0]), "%s", path);
	return 0;
}

static void
write_victim(void)
{
	FILE *file = fopen(victim, "we");

	ck_assert_ptr_nonnull(file);
	ck_assert_int_ge(fputs(CONTENT, file), 0);
	ck_assert_int_eq(fclose(file), 0);
	ck_assert_int_eq(chmod(victim, 0644), 0);
}

static void
check_victim(const char *planted)
{
	char text[256] = "";
	struct stat st;
	FILE *file = fopen(victim, "re");

	ck_assert_msg(file != NULL, "%s as a link: the file behind it is gone", planted);
	ck_assert_ptr_nonnull(fgets(text, sizeof(text), file));
	ck_assert_int_eq(fstat(fileno(file), &st), 0);
	fclose(file);
	ck_assert_msg(strcmp(text, CONTENT) == 0 && st.st_size == (off_t)strlen(CONTENT) &&
	        (st.st_mode & 0777) == 0644,
	    "%s as a link: the file behind it was changed", planted);
}

/* Clients, a janitor and a check: whatever becomes of them, it is here that they meet the link. */
static void
use_realm(void)
{
	static const char *const lines = "auth messi surabaya\r\nsend messi halo\r\n"
	                                 "sendfile messi a.txt aGFsbw==\r\ninbox\r\nfollow\r\n";
	const char *const argv[] = { realm_kabard_path, "-i", "-c", realm.config, NULL };

	(void)realm_run(argv, lines, output, sizeof(output));
	(void)run_kabarctl("janitor");
	(void)run_kabarctl("check");
	(void)run_kabarctl("compact");
}

START_TEST(planted_links)
{
	char aside[REALM_PATH_MAX + 16];

	realm_start(&realm);
	ck_assert_int_eq(realm_stop(&realm), 0);
	use_realm();
	ck_assert_int_eq(nftw(realm.state, note_file, OPEN_DIRS, FTW_PHYS), 0);
	ck_assert_uint_ge(n_files, 8);
	snprintf(aside, sizeof(aside), "%s/aside", realm.dir);
	write_victim();
	for (size_t i = 0; i < n_files; i++) {
		if (rename(files[i], aside) != 0)
			continue; /* a file of logs that is no more */
		ck_assert_int_eq(symlink(victim, files[i]), 0);
		use_realm();
		check_victim(files[i]);
		unlink(files[i]);
		ck_assert_int_eq(rename(aside, files[i]), 0);
	}
	check_accepted();
}
END_TEST

/* A directory that workers may write to leads elsewhere: the janitor removes nothing there. */
START_TEST(planted_directory)
{
	static const char *const names[] = { "tmp", "part" };
	static const struct timespec old[2] = { { .tv_sec = 1 }, { .tv_sec = 1 } };
	char outside[REALM_PATH_MAX + 16], file[REALM_PATH_MAX + 32], link[REALM_PATH_MAX + 32];
	char aside[REALM_PATH_MAX + 48];

	use_realm();
	snprintf(outside, sizeof(outside), "%s/outside", realm.dir);
	snprintf(file, sizeof(file), "%s/tables", outside);
	ck_assert_int_eq(mkdir(outside, 0700), 0);
	ck_assert_int_eq(mknod(file, S_IFREG | 0600, 0), 0);
	ck_assert_int_eq(utimensat(AT_FDCWD, file, old, 0), 0);
	for (size_t i = 0; i < 2; i++) {
		snprintf(link, sizeof(link), "%s/file/%s", realm.state, names[i]);
		snprintf(aside, sizeof(aside), "%s.aside", link);
		(void)rename(link, aside);
		ck_assert_int_eq(symlink(outside, link), 0);
		(void)run_kabarctl("janitor");
		ck_assert_msg(access(file, F_OK) == 0, "%s led the janitor elsewhere", names[i]);
	}
}
END_TEST

/*
 * Pipes.
 */

START_TEST(pipe_of_another_user)
{
	char path[REALM_PATH_MAX + 16], byte;
	const char *const argv[] = { realm_kabarctl_path, "-c", realm.config, "backup", path,
		NULL };
	int reader;

	if (suite_skip_if(geteuid() != 0, SUITE_NEEDS_ROOT))
		return;
	snprintf(path, sizeof(path), "%s/pipe", realm.dir);
	ck_assert_int_eq(mkfifo(path, 0666), 0);
	ck_assert_int_eq(chown(path, STRANGER, STRANGER), 0);
	reader = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	ck_assert_int_ge(reader, 0);
	ck_assert_int_gt(realm_run(argv, NULL, output, sizeof(output)), 0);
	ck_assert_msg(strstr(output, "belongs to another user") != NULL, "kabarctl says %s",
	    output);
	ck_assert_int_eq(read(reader, &byte, 1), 0);
	close(reader);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("state directory");
	TCase *tcase = realm_tcase(suite, "state directory");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, everybody_may_write);
	tcase_add_test(tcase, group_may_write);
	tcase_add_test(tcase, belongs_to_another);
	tcase_add_test(tcase, planted_links);
	tcase_add_test(tcase, planted_directory);
	tcase_add_test(tcase, pipe_of_another_user);
	return realm_run_suite(suite);
}
