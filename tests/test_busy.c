/*
 * A worker that is asked or told something again and again maps the files of the store, until it
 * rests; one that is asked now and then does not.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "realm_clock.h"
#include "realm_talk.h"

#define BUSY_REQUESTS 64
#define REST_MS       5000
#define TOLD_MOST     1000 /* messages, of which a busy machine may tell several at once */

static struct realm_clock clock_;
static pid_t worker;

/* Nobody but root reads the maps of a confined process. */
static void
make_realm(void)
{
	realm_make(&realm, geteuid() == 0 ? NULL : "sandbox = off\n");
	realm_clock_begin(&clock_, realm.dir);
}

/* A condition; arg is ignored. */
static bool
is_mapped(void *arg)
{
	char path[64], line[512];
	bool mapped = false;

	(void)arg;
	snprintf(path, sizeof(path), "/proc/%ld/maps", (long)worker);
	FILE *file = fopen(path, "r");
	ck_assert_ptr_nonnull(file);
	while (!mapped && fgets(line, sizeof(line), file) != NULL)
		mapped = strstr(line, "/tables.tdb") != NULL;
	fclose(file);
	return mapped;
}

static bool
is_unmapped(void *arg)
{
	return !is_mapped(arg);
}

static void
ask(int times)
{
	for (int i = 0; i < times; i++)
		dialogue_run(&talk, "a> info maradona\na< ERROR User tidak ditemukan\n");
}

START_TEST(busy)
{
	realm_start(&realm);
	dialogue_begin(&talk, &realm, DIALOGUE_TCP);
	dialogue_run(&talk, "a> auth messi surabaya\na< TOKEN m\n");
	ck_assert_uint_eq(realm_workers(&realm, &worker, 1), 1);
	ask(BUSY_REQUESTS - 2);
	realm_clock_await(&clock_, worker);
	ck_assert(!is_mapped(NULL));
	ask(1);
	ck_assert(realm_until(is_mapped, NULL));
	realm_clock_pass(&clock_, REST_MS);
	ck_assert(realm_until(is_unmapped, NULL));
	/* It counts anew. */
	ask(BUSY_REQUESTS - 1);
	realm_clock_await(&clock_, worker);
	ck_assert(!is_mapped(NULL));
	ask(1);
	ck_assert(realm_until(is_mapped, NULL));
}
END_TEST

/* What is told counts as what is asked. */
START_TEST(told)
{
	realm_start(&realm);
	dialogue_begin(&talk, &realm, DIALOGUE_TCP);
	dialogue_run(&talk, "b> auth henderson surabaya\nb< TOKEN h\nb> watch\nb< OK Watching\n");
	ck_assert_uint_eq(realm_workers(&realm, &worker, 1), 1);
	dialogue_run(&talk, "a> auth messi surabaya\na< TOKEN m\n");
	for (int i = 0; i < TOLD_MOST && !is_mapped(NULL); i++) {
		dialogue_run(&talk, "a> send henderson halo\na< OK Message sent\n");
		ck_assert(i >= BUSY_REQUESTS - 2 || !is_mapped(NULL));
	}
	ck_assert(is_mapped(NULL));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("busy");
	TCase *tcase = realm_talk_tcase_with(suite, "busy", make_realm);

	tcase_add_test(tcase, busy);
	tcase_add_test(tcase, told);
	return suite_run(suite);
}
