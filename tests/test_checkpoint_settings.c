/* When the journal has grown by checkpoint_size a checkpoint takes its place. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "realm_talk.h"

#define TEXT_LEN 8000
#define MESSAGES 200 /* more than 1 MiB, in the journal */

/* The batch up to which the newest checkpoint is; its directory has that number as its name. */
static unsigned long long
find_checkpoint(void)
{
	char path[REALM_PATH_MAX + 32];
	unsigned long long number, newest = 0;
	struct dirent *entry;

	snprintf(path, sizeof(path), "%s/checkpoint", realm.state);
	DIR *dir = opendir(path);
	ck_assert_ptr_nonnull(dir);
	while ((entry = readdir(dir)) != NULL) {
		number = strtoull(entry->d_name, NULL, 16);
		newest = number > newest ? number : newest;
	}
	closedir(dir);
	return newest;
}

static bool
is_newer(void *arg)
{
	return find_checkpoint() > *(unsigned long long *)arg;
}

static bool
has_no_committer(void *arg)
{
	(void)arg;
	return realm_committer(&realm) == 0;
}

static void
send_much(void)
{
	static char text[TEXT_LEN + 1];

	memset(text, 'x', TEXT_LEN);
	for (int i = 0; i < MESSAGES; i++)
		dialogue_runf(&talk, "a> send lineker %s\na< OK Message sent\n", text);
}

START_TEST(size)
{
	realm_configure(&realm, "checkpoint_size = 1M");
	/* The one that kabarctl has started does not know of it. */
	ck_assert(realm_until(has_no_committer, NULL));
	realm_talk_begin(DIALOGUE_TCP);
	unsigned long long before = find_checkpoint();
	send_much();
	ck_assert(realm_until(is_newer, &before));
}
END_TEST

START_TEST(default_size)
{
	realm_talk_begin(DIALOGUE_TCP);
	unsigned long long before = find_checkpoint();
	send_much();
	ck_assert(!is_newer(&before));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("checkpoint settings");
	TCase *tcase = realm_talk_tcase(suite, "checkpoint settings");

	tcase_add_test(tcase, size);
	tcase_add_test(tcase, default_size);
	return realm_run_suite(suite);
}
