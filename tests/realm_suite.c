/*
 * realm_suite: test cases of realms: the directory in which a test case has its realms, and what
 * is shown of those whose test has failed.
 */
#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/rmtree.h"
#include "realm_int.h"
#include "suite.h"

#define TEST_SECONDS   120 /* Check's patience; CK_TIMEOUT_MULTIPLIER lengthens it */
#define REMOVE_TRIES   20
#define KEPT_LOG_BYTES 16384

/*
 * Check runs each test in a child, which does not come to its teardown when it fails; so the parent
 * makes this directory, and removes it.
 */
static char room[REALM_PATH_MAX];

/* A committer that is just ending may still put something there. */
bool
realm_remove_tree(const char *path)
{
	for (int i = 0; i < REMOVE_TRIES; i++) {
		rmtree(path);
		if (access(path, F_OK) != 0)
			return true;
		realm_pause_ms(REALM_LOOK_PAUSE_MS);
	}
	return false;
}

static void
make_room(void)
{
	const char *base = getenv("TMPDIR");

	/* Sockets have short names. */
	if (base == NULL || base[0] != '/' || strlen(base) > REALM_PATH_MAX / 3)
		base = "/tmp";
	snprintf(room, sizeof(room), "%s/kabar-XXXXXX", base);
	if (mkdtemp(room) == NULL) {
		perror(room);
		exit(EXIT_FAILURE);
	}
}

/* Prints the programs' log of a failed test, whose realm still exists. */
static void
show_log(const char *name)
{
	char path[2 * REALM_PATH_MAX], text[KEPT_LOG_BYTES];
	size_t len;

	snprintf(path, sizeof(path), "%s/%.64s/log", room, name);
	FILE *file = fopen(path, "re");
	if (file == NULL)
		return;
	fprintf(stderr, "A test did not end well. Its kabard said:\n");
	if (fseek(file, -KEPT_LOG_BYTES, SEEK_END) != 0)
		rewind(file);
	len = fread(text, 1, sizeof(text), file);
	fwrite(text, 1, len, stderr);
	fclose(file);
}

/* It does not end with the process group of its test, and not at all if that had stopped it. */
static void
end_committer(const char *name)
{
	struct realm realm = { .kabard = 0 };
	pid_t pid;

	snprintf(realm.state, sizeof(realm.state), "%.100s/%.32s/state", room, name);
	pid = realm_committer(&realm);
	if (pid > 0)
		kill(pid, SIGKILL);
}

static void
clear_room(void)
{
	DIR *directory = opendir(room);
	const struct dirent *entry;

	while (directory != NULL && (entry = readdir(directory)) != NULL)
		if (entry->d_name[0] != '.') {
			show_log(entry->d_name);
			end_committer(entry->d_name);
		}
	if (directory != NULL)
		closedir(directory);
	realm_remove_tree(room);
}

const char *
realm_room(void)
{
	return room;
}

TCase *
realm_tcase(Suite *suite, const char *name)
{
	TCase *tcase = tcase_create(name);

	tcase_add_unchecked_fixture(tcase, make_room, clear_room);
	tcase_set_timeout(tcase, TEST_SECONDS);
	suite_add_tcase(suite, tcase);
	return tcase;
}

int
realm_run_suite(Suite *suite)
{
	signal(SIGPIPE, SIG_IGN);
	return suite_run(suite);
}
