/*
 * A reload keeps the realm's name, the user and the state directory, in the master, in workers that
 * are started later and in the bridge; and it logs each setting that it keeps.
 */
#include <sys/stat.h>

#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "realm_int.h"
#include "realms.h"

#define SETTINGS_MAX 512

/* A user of this system who is not the one of now. */
static const struct passwd *
find_other_user(void)
{
	const struct passwd *user;

	setpwent();
	do
		user = getpwent();
	while (user != NULL && user->pw_uid == geteuid());
	endpwent();
	ck_assert_ptr_nonnull(user);
	return user;
}

/* Surabaya's configuration now says something else, which holds for nobody. */
static void
reload_with_others(char *elsewhere, size_t size)
{
	const struct realm *realm = &realms.realm[SURABAYA];
	char settings[SETTINGS_MAX], text[SETTINGS_MAX];
	const char *const names[] = { "realm", "user", "state" };
	const char *values[] = { "surabaya", NULL, realm->state };
	const struct passwd *other;

	snprintf(elsewhere, size, "%s/elsewhere", realm->dir);
	ck_assert_int_eq(mkdir(elsewhere, 0700), 0);
	other = find_other_user();
	snprintf(settings, sizeof(settings), "realm = bandung  user = \"%s\"  state = \"%s\"\n",
	    other->pw_name, elsewhere);
	values[1] = getpwuid(geteuid())->pw_name;
	realms_configure(SURABAYA, settings);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(text, sizeof(text), "%s stays \"%s\" until kabard is started again",
		    names[i], values[i]);
		realm_await_log(&realms.realm[SURABAYA], text);
	}
	realm_await_log(&realms.realm[SURABAYA], "reloaded: realm surabaya, ");
	realm_await_log(&realms.realm[SURABAYA], "reloaded: 1 peers");
}

/* A process of the realm is still the user that it was. */
static void
assert_users(void)
{
	pid_t pids[64];
	size_t n = realm_processes(&realms.realm[SURABAYA], pids, 64);
	char path[64];
	struct stat st;

	ck_assert_uint_gt(n, 2);
	for (size_t i = 0; i < n; i++) {
		snprintf(path, sizeof(path), "/proc/%ld", (long)pids[i]);
		if (stat(path, &st) == 0)
			ck_assert_uint_eq(st.st_uid, geteuid());
	}
}

struct ups {
	int realm;
	const char *text;
	size_t n;
};

static bool
is_up_again(void *arg)
{
	const struct ups *ups = arg;

	return realm_log_count(&realms.realm[ups->realm], ups->text) > ups->n;
}

/* The link is made anew, by the bridge from what it knows now. */
static void
dial_anew(int realm, int peer, const char *text)
{
	struct ups ups = { realm, text, realm_log_count(&realms.realm[realm], text) };

	relay_break(&realms.relay[realm][peer]);
	ck_assert(realms_until(is_up_again, &ups));
}

START_TEST(kept_by_all)
{
	char elsewhere[REALM_PATH_MAX + 16];

	realms_start_all();
	realms_login(SURABAYA);
	realms_login(MALANG);
	reload_with_others(elsewhere, sizeof(elsewhere));
	/* Who comes now finds the accounts and messages of before, and is from Surabaya. */
	realms_run(SURABAYA,
	    "d> auth henderson surabaya\n"
	    "d< TOKEN h\n"
	    "d> send messi halo\n"
	    "d< OK Message sent\n"
	    "a> inbox\n"
	    "a< MESSAGES {'henderson':[(Jordan Henderson>Lionel Messi:halo)]}\n");
	dial_anew(SURABAYA, MALANG, "malang: link up");
	dial_anew(MALANG, SURABAYA, "surabaya: link up");
	realms_run(SURABAYA,
	    "d> sendprivaterealm malang lineker satu\n"
	    "d< OK Message sent to user in realm\n");
	realms_run(MALANG,
	    "c> getrealminbox surabaya\n"
	    "c< MESSAGES [(Jordan Henderson>Gary Lineker:satu)]\n"
	    "a> sendprivaterealm surabaya messi dua\n"
	    "a< OK Message sent to user in realm\n");
	realms_run(SURABAYA,
	    "d> auth messi surabaya\n"
	    "d< TOKEN m\n"
	    "d> getrealminbox malang\n"
	    "d< MESSAGES [(Lionel Messi>Lionel Messi:dua)]\n");
	ck_assert(!realm_logged(&realms.realm[SURABAYA], "going on with the key as it was"));
	assert_users();
	/* Nothing was begun where the state is to be the next time. */
	ck_assert_int_eq(rmdir(elsewhere), 0);
	realms_configure(SURABAYA, "");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("reload_keeps");
	TCase *tcase = realms_tcase(suite, "reload_keeps", 2);

	tcase_add_test(tcase, kept_by_all);
	return realm_run_suite(suite);
}
