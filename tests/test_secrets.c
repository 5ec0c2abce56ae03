/*
 * Tokens and passwords as the real programs make and check them: how long a token lives, that each
 * of its random bits is one, what is spent on a password, and that nobody learns from the work that
 * is done for a login who has an account.
 */
#include <crypt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dialogue.h"
#include "realm_clock.h"
#include "realm_preload.h"

#define MINUTE_MS   60000
#define HOUR_MS     (60 * MINUTE_MS)
#define DAY_MS      (24 * HOUR_MS)
#define PERIODS     12
#define RANDOM_BITS 122 /* of a UUID of version 4 */
#define WORK_MAX    4096
#define LONG_WORD   600 /* no password has so many bytes */

static struct realm realm;
static struct dialogue talk;
static struct realm_clock hours;
static struct realm_watch watch;

static void
setup(void)
{
	char path[REALM_PATH_MAX + 16];

	realm_make(&realm, NULL);
	snprintf(path, sizeof(path), "%s/clock", realm.dir);
	realm_clock_open(&hours, path);
	realm_clock_use(&hours);
	snprintf(path, sizeof(path), "%s/watch", realm.dir);
	realm_watch_begin(&watch, path);
}

static void
teardown(void)
{
	dialogue_end(&talk);
	realm_remove(&realm);
	realm_clock_use(NULL);
	realm_clock_close(&hours);
	realm_watch_end(&watch);
}

/*
 * Tokens
 */

/* At a moment that lasts, messi logs in. */
static void
begin_logged_in(const char *settings)
{
	realm_configure(&realm, settings);
	realm_clock_stop(&hours);
	dialogue_begin(&talk, &realm, DIALOGUE_TCP);
	dialogue_run(&talk,
	    "a> auth messi surabaya\n"
	    "a< TOKEN m\n");
}

static const struct {
	const char *settings;
	int64_t lifetime_ms;
} lifetimes[] = {
	{ "token_lifetime = 10d idle_timeout = 365d", 10 * DAY_MS },
	{ "token_lifetime = 36h idle_timeout = 365d", 36 * HOUR_MS },
	{ "token_lifetime = 8h idle_timeout = 365d", 8 * HOUR_MS },
	{ "token_lifetime = 4s idle_timeout = 365d", 4000 },
};

#define LIFETIMES (int)(sizeof(lifetimes) / sizeof(lifetimes[0]))

/* Used again after half of its lifetime, a token is good for ever; the janitor leaves it. */
START_TEST(in_use)
{
	begin_logged_in(lifetimes[_i].settings);
	for (int i = 0; i < PERIODS; i++) {
		realm_clock_pass(&hours, lifetimes[_i].lifetime_ms / 2);
		REALM_CTL(&realm, NULL, "janitor");
		dialogue_run(&talk,
		    "a> send $m henderson halo\n"
		    "a< OK Message sent\n");
	}
}
END_TEST

/* One that was not used is good to its last millisecond, and not for one more. */
START_TEST(not_used)
{
	begin_logged_in(lifetimes[_i].settings);
	dialogue_run(&talk,
	    "b> auth messi surabaya\n"
	    "b< TOKEN n\n"
	    "b closes\n");
	realm_clock_pass(&hours, lifetimes[_i].lifetime_ms);
	dialogue_run(&talk,
	    "a> send $m henderson halo\n"
	    "a< OK Message sent\n");
	realm_clock_pass(&hours, 1);
	dialogue_run(&talk,
	    "a> send $n henderson halo\n"
	    "a< ERROR Session tidak ditemukan\n");
}
END_TEST

/* The next token while the source of random numbers gives these bytes. */
static void
draw_token(char token[TOKEN_TEXT_LEN + 1])
{
	dialogue_run(&talk,
	    "a> auth messi surabaya\n"
	    "a< TOKEN m\n");
	memcpy(token, talk.tokens['m' - 'a'], TOKEN_TEXT_LEN + 1);
}

/* With a source that is broken but for one bit at a time: all but those of the form are drawn. */
START_TEST(random_bits)
{
	char none[TOKEN_TEXT_LEN + 1], tokens[REALM_WATCH_BYTES * 8][TOKEN_TEXT_LEN + 1];
	int distinct = 0;

	begin_logged_in(NULL);
	atomic_store(&watch.file->random, REALM_WATCH_FIXED);
	draw_token(none);
	for (int i = 0; i < REALM_WATCH_BYTES * 8; i++) {
		bool seen = false;

		watch.file->bytes[i / 8] = (unsigned char)(1 << i % 8);
		draw_token(tokens[i]);
		watch.file->bytes[i / 8] = 0;
		for (int j = 0; j < i; j++)
			seen |= strcmp(tokens[j], tokens[i]) == 0;
		distinct += !seen && strcmp(none, tokens[i]) != 0;
	}
	ck_assert_int_eq(distinct, RANDOM_BITS);
	atomic_store(&watch.file->random, REALM_WATCH_TRUE);
}
END_TEST

/*
 * Passwords
 */

/* The record of a hash that was made at this cost. */
static void
describe_work(int cost, char *text, size_t size)
{
	char setting[CRYPT_GENSALT_OUTPUT_SIZE];

	ck_assert_ptr_nonnull(
	    crypt_gensalt_rn("$y$", (unsigned long)cost, NULL, 0, setting, (int)sizeof(setting)));
	*strrchr(setting, '$') = '\0';
	snprintf(text, size, "crypt %s\n", setting);
}

/* Since the last look the server did exactly this hashing; costs end with 0. */
static void
assert_works(const int *costs, const char *what)
{
	char wanted[WORK_MAX] = "", found[WORK_MAX];

	for (; *costs != 0; costs++)
		describe_work(*costs, wanted + strlen(wanted), sizeof(wanted) - strlen(wanted));
	realm_watch_find(&watch, "crypt ", found, sizeof(found));
	ck_assert_msg(strcmp(found, wanted) == 0, "%s: \"%s\" instead of \"%s\"", what, found,
	    wanted);
	realm_watch_clear(&watch);
}

static void
assert_work(int cost, const char *what)
{
	assert_works((const int[]){ cost, 0 }, what);
}

/*
 * A new password costs the work of the present configuration; others get it at the next login. A
 * hash of a lower cost takes no less: one of 1 and another of 1 are one of 2.
 */
START_TEST(cost)
{
	realm_configure(&realm, "password_cost = 3");
	REALM_CTL(&realm, "rahasia\n", "user", "passwd", "messi");
	assert_work(3, "user passwd");
	REALM_CTL(&realm, "rahasia\n", "user", "add", "gerrard");
	assert_work(3, "user add");
	realm_configure(&realm, "password_cost = 2");
	dialogue_begin(&talk, &realm, DIALOGUE_SOCKETPAIR);
	dialogue_run(&talk,
	    "a> register owen rahasia nama negara\n"
	    "a< TOKEN o\n");
	assert_work(2, "register");
	dialogue_run(&talk,
	    "a> auth messi rahasia\n"
	    "a< TOKEN m\n");
	assert_works((const int[]){ 3, 2, 0 }, "auth messi");
	dialogue_run(&talk,
	    "a> auth messi rahasia\n"
	    "a< TOKEN m\n");
	assert_work(2, "auth messi again");
	dialogue_run(&talk,
	    "a> auth owen rahasia\n"
	    "a< TOKEN o\n");
	assert_work(2, "auth owen");
	dialogue_run(&talk,
	    "a> auth henderson surabaya\n"
	    "a< TOKEN h\n");
	assert_works((const int[]){ 1, 1, 2, 0 }, "auth henderson");
}
END_TEST

#define ROOM_LOGIN                                                                                                    \
	"{“FLAG”=“LOGIN” , “SENDER”=“nama_client” , “RECEIVER” = “server” , “CONTENT” = " \
	"{username=“"

static const struct {
	const char *dialect;
	const char *before; /* what stands around a name, and a password */
	const char *between;
	const char *behind;
} logins[] = {
	{ "realm", "auth ", " ", "\r\n" },
	{ "show", "auth ", " ", "\r\n" },
	{ "login", "login ", " ", "\r\n" },
	{ "login", "auth ", " ", "\r\n" },
	{ "files", "auth ", " ", "\r\n" },
	{ "room", ROOM_LOGIN, "” password=“", "”} , “TYPE=“TEXT” }\r\n" },
};

#define LOGINS (int)(sizeof(logins) / sizeof(logins[0]))

/* Each login makes one hash, at the same cost, whether the user exists or not. */
static void
assert_login_work(int i, const char *name, const char *password)
{
	const char *const argv[] = { realm_kabard_path, "-c", realm.config, "-i", "-f", "-D",
		logins[i].dialect, NULL };
	char line[LONG_WORD + 512], output[4096];

	snprintf(line, sizeof(line), "%s%s%s%s%s", logins[i].before, name, logins[i].between,
	    password, logins[i].behind);
	ck_assert_int_eq(realm_run(argv, line, output, sizeof(output)), 0);
	assert_work(4, line);
}

START_TEST(same_work)
{
	char too_long[LONG_WORD + 1];

	memset(too_long, 'x', LONG_WORD);
	too_long[LONG_WORD] = '\0';
	realm_configure(&realm, "password_cost = 4");
	REALM_CTL(&realm, "surabaya\n", "user", "passwd", "messi");
	REALM_CTL(&realm, "surabaya\n", "user", "passwd", "lineker");
	REALM_CTL(&realm, NULL, "user", "lock", "lineker");
	REALM_CTL(&realm, "{\"name\":\"gerrard\"}\n", "import");
	realm_watch_clear(&watch);
	assert_login_work(_i, "messi", "surabaya");
	assert_login_work(_i, "messi", "bandung");
	assert_login_work(_i, "messi", too_long);
	assert_login_work(_i, "lineker", "surabaya");
	assert_login_work(_i, "lineker", "bandung");
	assert_login_work(_i, "gerrard", "surabaya");
	assert_login_work(_i, "nobody", "surabaya");
	assert_login_work(_i, "nobody", too_long);
	assert_login_work(_i, "no!name", "surabaya");
	assert_login_work(_i, "kabar", "surabaya");
}
END_TEST

static TCase *
add_case(Suite *suite, const char *name)
{
	TCase *tcase = realm_tcase(suite, name);

	tcase_add_checked_fixture(tcase, setup, teardown);
	return tcase;
}

int
main(void)
{
	Suite *suite = suite_create("secrets");
	TCase *tcase = add_case(suite, "tokens");

	tcase_add_loop_test(tcase, in_use, 0, LIFETIMES);
	tcase_add_loop_test(tcase, not_used, 0, LIFETIMES);
	tcase_add_test(tcase, random_bits);
	tcase = add_case(suite, "passwords");
	tcase_add_test(tcase, cost);
	tcase_add_loop_test(tcase, same_work, 0, LOGINS);
	return realm_run_suite(suite);
}
