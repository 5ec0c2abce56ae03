/*
 * kabarctl before its commands: the command line, the configuration, a new realm.
 */
#include <sys/stat.h>

#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "chat/table.h"
#include "net/realm_key.h"
#include "realmctl.h"
#include "suite.h"

/*
 * The command line.
 */

START_TEST(test_usage_of_all)
{
	ck_assert_int_eq(realm_run(ARGS(kabarctl_path), NULL, output, sizeof(output)), 64);
	ck_assert_ptr_eq(strstr(output, "usage: kabarctl [-c FILE] init [-j]\n"), output);
	TOLD("user add NAME");
	TOLD("group del NAME");
}
END_TEST

START_TEST(test_help)
{
	ck_assert_int_eq(realm_run(ARGS(kabarctl_path, "-h"), NULL, output, sizeof(output)), 0);
	ck_assert_ptr_eq(strstr(output, "usage: kabarctl [-c FILE] init [-j]\n"), output);
}
END_TEST

START_TEST(test_version)
{
	ck_assert_int_eq(realm_run(ARGS(kabarctl_path, "-V"), NULL, output, sizeof(output)), 0);
	ck_assert_ptr_eq(strstr(output, "kabar "), output);
}
END_TEST

START_TEST(test_usage_of_some)
{
	TELLS(64, NULL, "usage: kabarctl [-c FILE] user add NAME", "user");
	ck_assert_ptr_null(strstr(output, "group"));
	TELLS(64, NULL, "there is no command user sing\n", "user", "sing");
	TELLS(64, NULL, "there is no command sing\n", "sing");
	TELLS(64, NULL, "there is no option -x here\n", "-x", "user", "list");
	TELLS(64, NULL, "there is no option -x here\n", "user", "list", "-x");
	TELLS(64, NULL, "there is no option -: here\n", "user", "add", "xavi", "-:");
	TELLS(64, NULL, "option -n needs an argument\n", "user", "add", "xavi", "-n");
	TELLS(64, NULL, "option -c needs an argument\n", "-c");
}
END_TEST

/* Every command with one argument less and one more than it takes. */
static const struct {
	const char *words[2];
	int least, most;
} shapes[] = {
	{ { "init" }, 0, 0 },
	{ { "realm" }, 0, 0 },
	{ { "check" }, 0, 0 },
	{ { "user", "add" }, 1, 1 },
	{ { "user", "list" }, 0, 0 },
	{ { "user", "show" }, 1, 1 },
	{ { "user", "passwd" }, 1, 1 },
	{ { "user", "lock" }, 1, 1 },
	{ { "user", "unlock" }, 1, 1 },
	{ { "user", "del" }, 1, 1 },
	{ { "group", "add" }, 2, 2 },
	{ { "group", "join" }, 2, 2 },
	{ { "group", "leave" }, 2, 2 },
	{ { "group", "list" }, 0, 0 },
	{ { "group", "show" }, 1, 1 },
	{ { "group", "del" }, 1, 1 },
};

static void
expect_usage_error(size_t shape, int n_arguments, const char *complaint)
{
	const char *args[REALMCTL_ARGS_MAX + 1] = { NULL };
	size_t n = 0;

	for (size_t i = 0; i < 2 && shapes[shape].words[i] != NULL; i++)
		args[n++] = shapes[shape].words[i];
	for (int i = 0; i < n_arguments; i++)
		args[n++] = "messi";
	ck_assert_int_eq(realmctl(NULL, args), 64);
	ck_assert_msg(strstr(output, complaint) != NULL, "%s: %s", shapes[shape].words[0], output);
	TOLD("usage: kabarctl [-c FILE] ");
}

START_TEST(test_counts)
{
	for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
		if (shapes[i].least > 0)
			expect_usage_error(i, shapes[i].least - 1, "too few arguments");
		expect_usage_error(i, shapes[i].most + 1, "too many arguments");
	}
	WORKS(NULL, "user", "show", "messi");
	WORKS(NULL, "--", "user", "show", "--", "messi");
}
END_TEST

START_TEST(test_options_before_and_behind)
{
	struct chat_user user;

	WORKS("a\n", "user", "add", "-n", "One", "-CHere", "one", "-a");
	ck_assert_int_eq(realmctl_check("one", "a", &user), CHAT_OK);
	ck_assert_str_eq(user.fullname, "One");
	ck_assert_str_eq(user.country, "Here");
	ck_assert(user.admin);
	WORKS("a\n", "user", "add", "-aCThere", "-nTwo", "--", "two");
	ck_assert_int_eq(realmctl_check("two", "a", &user), CHAT_OK);
	ck_assert_str_eq(user.fullname, "Two");
	ck_assert_str_eq(user.country, "There");
	ck_assert(user.admin);
	TELLS(1, "a\n", "user -a: a name has", "user", "add", "--", "-a");
}
END_TEST

/*
 * The configuration.
 */

START_TEST(test_config_missing)
{
	ck_assert_int_eq(realm_run(ARGS(kabarctl_path, "-c", "/nowhere/kabar.conf", "check"), NULL,
	                     output, sizeof(output)),
	    78);
	ck_assert_ptr_eq(strstr(output, "kabarctl: /nowhere/kabar.conf"), output);
}
END_TEST

START_TEST(test_config_bad)
{
	realm_configure(&realm, "sinc = on");
	TELLS(78, NULL, realm.config, "user", "list");
}
END_TEST

START_TEST(test_config_user_unknown)
{
	realm_configure(&realm, "user = \"nobody-has-this-name\"");
	if (geteuid() != 0) {
		WORKS(NULL, "user", "list");
		return;
	}
	SAYS(78, "kabarctl: there is no user nobody-has-this-name on this system to become\n",
	    "user", "list");
}
END_TEST

START_TEST(test_output_lost)
{
	ck_assert_int_eq(realmctl_shell("$ctl user list >/dev/full"), 74);
	ck_assert_ptr_eq(strstr(output, "kabarctl: standard output: "), output);
}
END_TEST

/*
 * A new realm.
 */

static void
configure_state(const char *below, char path[REALM_PATH_MAX + 32])
{
	char settings[2 * REALM_PATH_MAX];

	snprintf(path, REALM_PATH_MAX + 32, "%.*s/%s", REALM_PATH_MAX - 1, realm.dir, below);
	snprintf(settings, sizeof(settings), "state = \"%s\"", path);
	realm_configure(&realm, settings);
}

START_TEST(test_init)
{
	char path[REALM_PATH_MAX + 32];
	struct stat st;

	configure_state("a/b/state/", path);
	SAYS(0, "", "init");
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0700);
	SAYS(0, "0 users, 0 groups, 0 messages: sound\n", "check");
	TELLS(1, NULL, "there is a store in ", "init");
	WORKS("a\n", "user", "add", "xavi");
	TELLS(1, NULL, "there is a store in ", "init");
	WORKS(NULL, "user", "show", "xavi");
}
END_TEST

/* A committer outlives the kabarctl that started it, by a second, and is told from it by ps. */
START_TEST(test_committer_title)
{
	char path[64], title[256] = "", expected[2 * REALM_PATH_MAX];
	FILE *file = NULL;

	WORKS("a\n", "user", "add", "xavi");
	while (file == NULL) {
		WORKS("a\n", "user", "passwd", "xavi");
		snprintf(path, sizeof(path), "/proc/%ld/cmdline", (long)realm_committer(&realm));
		file = fopen(path, "r");
	}
	ck_assert_ptr_nonnull(fgets(title, sizeof(title), file));
	fclose(file);
	snprintf(expected, sizeof(expected), "kabarctl: committer (%s)", realm.state);
	ck_assert_str_eq(title, expected);
}
END_TEST

/* The key is the realm's for good; but one that is missing is made, even behind the store. */
START_TEST(test_init_key)
{
	char path[2 * REALM_PATH_MAX], before[256];

	WORKS(NULL, "realm");
	snprintf(before, sizeof(before), "%.200s", output);
	ck_assert_int_eq(strncmp(before, "name       surabaya\nkey        SHA256:", 38), 0);
	ck_assert_uint_eq(strlen(before), 38 + 64 + 1);
	TELLS(1, NULL, "there is a store in ", "init");
	SAYS(0, before, "realm");
	snprintf(path, sizeof(path), "%s/realm.key", realm.state);
	ck_assert_int_eq(unlink(path), 0);
	TELLS(73, NULL, path, "init");
	SAYS(0, before, "realm");
	snprintf(path, sizeof(path), "%s/realm.crt", realm.state);
	ck_assert_int_eq(unlink(path), 0);
	TELLS(69, NULL, path, "realm");
	TELLS(1, NULL, "there is a store in ", "init");
	WORKS(NULL, "realm");
	ck_assert_str_ne(output, before);
}
END_TEST

START_TEST(test_realm)
{
	char fingerprint[REALM_KEY_FINGERPRINT], error[256], expected[512];

	ck_assert_int_eq(realm_key_fingerprint(realm.state, fingerprint, error, sizeof(error)), 0);
	snprintf(expected, sizeof(expected), "name       surabaya\nkey        %s\n", fingerprint);
	SAYS(0, expected, "realm");
	snprintf(expected, sizeof(expected), "{\"name\":\"surabaya\",\"fingerprint\":\"%s\"}\n",
	    fingerprint);
	SAYS(0, expected, "realm", "-j");
}
END_TEST

START_TEST(test_init_records_realm)
{
	char text[32];
	size_t len;

	realmctl_open();
	ck_assert_int_eq(store_get(chat.store, CHAT_TABLE_REALM, "name", 4, text, sizeof(text),
	                     &len),
	    STORE_OK);
	ck_assert_mem_eq(text, "surabaya", len);
	ck_assert_int_eq(store_get(chat.store, CHAT_TABLE_REALM, "created", 7, text,
	                     sizeof(text) - 1, &len),
	    STORE_OK);
	text[len] = '\0';
	ck_assert(llabs(strtoll(text, NULL, 10) - clock_now_ms()) < 600000);
	realmctl_close();
}
END_TEST

START_TEST(test_init_not_a_directory)
{
	char path[REALM_PATH_MAX + 32];

	configure_state("log", path);
	FILE *file = fopen(path, "w");
	ck_assert_ptr_nonnull(file);
	fclose(file);
	ck_assert_int_eq(realmctl(NULL, ARGS("init")), 73);
	configure_state("log/state", path);
	TELLS(73, NULL, "Not a directory", "init");
}
END_TEST

START_TEST(test_no_store)
{
	char path[REALM_PATH_MAX + 32];

	configure_state("nothing", path);
	ck_assert_int_eq(realmctl(NULL, ARGS("user", "list")), 69);
	ck_assert_int_eq(realmctl(NULL, ARGS("check")), 69);
}
END_TEST

/* Only root can become another user. */
START_TEST(test_init_for_another)
{
	char path[REALM_PATH_MAX + 32], up[REALM_PATH_MAX + 8], *end;
	const struct passwd *nobody = getpwnam("nobody");
	struct stat st;

	if (suite_skip_if(geteuid() != 0, SUITE_NEEDS_ROOT))
		return;
	ck_assert_ptr_nonnull(nobody);
	/* Other users than that of the tests may not pass here unless they are let in. */
	snprintf(up, sizeof(up), "%s/..", realm.dir);
	ck_assert_int_eq(chmod(up, 0711), 0);
	ck_assert_int_eq(chmod(realm.dir, 0711), 0);
	configure_state("theirs", path);
	FILE *file = fopen(realm.config, "a");
	ck_assert_ptr_nonnull(file);
	fprintf(file, "user = \"nobody\"\n");
	fclose(file);
	/* An empty one may be given away, another may not. */
	ck_assert_int_eq(mkdir(path, 0755), 0);
	WORKS(NULL, "init");
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_uint_eq(st.st_uid, nobody->pw_uid);
	ck_assert_uint_eq(st.st_mode & 07777, 0700);
	end = path + strlen(path);
	strcpy(end, "/realm.key");
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_uint_eq(st.st_uid, nobody->pw_uid);
	ck_assert_uint_eq(st.st_mode & 07777, 0600);
	strcpy(end, "/tables.tdb");
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_uint_eq(st.st_uid, nobody->pw_uid);
	WORKS("a\n", "user", "add", "xavi");

	realm_configure(&realm, "user = \"nobody\"");
	ck_assert_int_eq(chown(realm.state, 0, 0), 0);
	TELLS(1, NULL, "is not empty and does not belong to the user nobody", "init");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("kabarctl");
	TCase *tcase = realmctl_tcase(suite, "kabarctl");

	tcase_add_test(tcase, test_usage_of_all);
	tcase_add_test(tcase, test_help);
	tcase_add_test(tcase, test_version);
	tcase_add_test(tcase, test_usage_of_some);
	tcase_add_test(tcase, test_counts);
	tcase_add_test(tcase, test_options_before_and_behind);
	tcase_add_test(tcase, test_config_missing);
	tcase_add_test(tcase, test_config_bad);
	tcase_add_test(tcase, test_config_user_unknown);
	tcase_add_test(tcase, test_output_lost);
	tcase_add_test(tcase, test_init);
	tcase_add_test(tcase, test_committer_title);
	tcase_add_test(tcase, test_init_key);
	tcase_add_test(tcase, test_realm);
	tcase_add_test(tcase, test_init_records_realm);
	tcase_add_test(tcase, test_init_not_a_directory);
	tcase_add_test(tcase, test_no_store);
	tcase_add_test(tcase, test_init_for_another);
	return realm_run_suite(suite);
}
