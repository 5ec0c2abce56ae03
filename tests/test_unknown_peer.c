/*
 * Unknown realms that knock: each is told of once in a while, and of a storm only the beginning.
 */
#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "chat/realm/unknown_peer.h"
#include "fake_clock.h"
#include "suite.h"

#define HOUR_MS INT64_C(3600000)
#define AT_ONCE 20 /* that are told of in a minute */

static char dir[128];

static void
setup(void)
{
	const char *base = getenv("TMPDIR");

	snprintf(dir, sizeof(dir), "%.90s/kabar-unknown-XXXXXX", base == NULL ? "/tmp" : base);
	ck_assert_ptr_nonnull(mkdtemp(dir));
}

static void
file_path(char path[160])
{
	snprintf(path, 160, "%s/unknown_peers", dir);
}

static void
teardown(void)
{
	char path[160];

	file_path(path);
	unlink(path);
	rmdir(dir);
}

static void
seen(const char *fingerprint, const char *address, enum chat_unknown_peer expected)
{
	ck_assert_int_eq(chat_unknown_peer_seen(dir, fingerprint, address), expected);
}

START_TEST(test_once)
{
	seen("SHA256:a", "127.0.0.1", CHAT_UNKNOWN_PEER_NEW);
	seen("SHA256:a", "127.0.0.1", CHAT_UNKNOWN_PEER_KNOWN);
	seen("SHA256:b", "127.0.0.1", CHAT_UNKNOWN_PEER_NEW);
	seen("SHA256:a", "127.0.0.2", CHAT_UNKNOWN_PEER_NEW);
	seen("SHA256:a", "127.0.0.1", CHAT_UNKNOWN_PEER_KNOWN);
	seen("SHA256:b", "127.0.0.1", CHAT_UNKNOWN_PEER_KNOWN);
	fake_clock_shift(CLOCK_REALTIME, HOUR_MS - 60000);
	seen("SHA256:a", "127.0.0.1", CHAT_UNKNOWN_PEER_KNOWN);
	fake_clock_shift(CLOCK_REALTIME, HOUR_MS);
	seen("SHA256:a", "127.0.0.1", CHAT_UNKNOWN_PEER_NEW);
	seen("SHA256:a", "127.0.0.1", CHAT_UNKNOWN_PEER_KNOWN);
}
END_TEST

/* The class of holes "undelimited fields in what is hashed". */
START_TEST(test_class_undelimited)
{
	seen("SHA256:a", "127.0.0.1", CHAT_UNKNOWN_PEER_NEW);
	seen("SHA256:a1", "27.0.0.1", CHAT_UNKNOWN_PEER_NEW);
	seen("SHA256:", "a127.0.0.1", CHAT_UNKNOWN_PEER_NEW);
}
END_TEST

START_TEST(test_storm)
{
	char text[32];

	for (int i = 1; i <= 1000; i++) {
		snprintf(text, sizeof(text), "SHA256:%d", i);
		seen(text, "::1",
		    i < AT_ONCE        ? CHAT_UNKNOWN_PEER_NEW
		        : i == AT_ONCE ? CHAT_UNKNOWN_PEER_LAST
		                       : CHAT_UNKNOWN_PEER_KNOWN);
	}
	fake_clock_shift(CLOCK_REALTIME, 120000);
	seen("SHA256:1", "::1", CHAT_UNKNOWN_PEER_KNOWN);
	seen("SHA256:1000", "::1", CHAT_UNKNOWN_PEER_NEW);
}
END_TEST

/* More of them than are remembered, over a long time; and the clock goes back. */
START_TEST(test_many)
{
	char text[32];

	for (int i = 0; i < 1000; i++) {
		fake_clock_shift(CLOCK_REALTIME, i * INT64_C(10000));
		snprintf(text, sizeof(text), "SHA256:%d", i);
		seen(text, "::1", CHAT_UNKNOWN_PEER_NEW);
	}
	fake_clock_shift(CLOCK_REALTIME, -HOUR_MS);
	seen("SHA256:999", "::1", CHAT_UNKNOWN_PEER_NEW);
}
END_TEST

START_TEST(test_damaged)
{
	char path[160];

	seen("SHA256:a", "::1", CHAT_UNKNOWN_PEER_NEW);
	file_path(path);
	ck_assert_int_eq(truncate(path, 100), 0);
	seen("SHA256:a", "::1", CHAT_UNKNOWN_PEER_NEW);
	seen("SHA256:a", "::1", CHAT_UNKNOWN_PEER_KNOWN);
	/* Where nothing can be remembered, all are told of. */
	ck_assert_int_eq(chat_unknown_peer_seen("/nonexistent", "SHA256:a", "::1"),
	    CHAT_UNKNOWN_PEER_NEW);
	ck_assert_int_eq(chat_unknown_peer_seen("/nonexistent", "SHA256:a", "::1"),
	    CHAT_UNKNOWN_PEER_NEW);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("unknown_peer");
	TCase *tcase = tcase_create("unknown_peer");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, test_once);
	tcase_add_test(tcase, test_class_undelimited);
	tcase_add_test(tcase, test_storm);
	tcase_add_test(tcase, test_many);
	tcase_add_test(tcase, test_damaged);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
