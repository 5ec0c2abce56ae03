/*
 * The log's lines as they arrive on stderr: form, threshold, tag, escaping,
 * and that errno survives.
 */
#include <sys/stat.h>

#include <check.h>
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <syslog.h>
#include <unistd.h>

#include "base/log.h"
#include "suite.h"

static int capture[2];
static char expected[8192];
static char line[8192];

/* Check runs each test in a process of its own, so stderr need not come back. */
static void
setup(void)
{
	ck_assert_int_eq(pipe(capture), 0);
	ck_assert_int_eq(dup2(capture[1], STDERR_FILENO), STDERR_FILENO);
	close(capture[1]);
	log_init("kabard", 1, LOG_DAEMON);
}

/* Returns all that was logged so far; "": nothing. */
static const char *
captured(void)
{
	ssize_t n;

	close(STDERR_FILENO);
	n = read(capture[0], line, sizeof(line) - 1);
	ck_assert_int_ge(n, 0);
	line[n] = '\0';
	return line;
}

static const char *
with_prefix(const char *message)
{
	snprintf(expected, sizeof(expected), "kabard[%ld]: %s\n", (long)getpid(), message);
	return expected;
}

START_TEST(test_line)
{
	log_info("%s has %d", "messi", 10);
	ck_assert_str_eq(captured(), with_prefix("messi has 10"));
}
END_TEST

/* In the place of name and process stands the priority, where the journal reads along. */
START_TEST(test_journal)
{
	char stream[64];
	struct stat st;

	ck_assert_int_eq(fstat(STDERR_FILENO, &st), 0);
	snprintf(stream, sizeof(stream), "%ju:%ju", (uintmax_t)st.st_dev, (uintmax_t)st.st_ino);
	setenv("JOURNAL_STREAM", stream, 1);
	log_init("kabard", LOG_IN_FOREGROUND, LOG_DAEMON);
	log_set_level(LOG_DEBUG);
	log_set_tag("#%d", 7);
	log_info("a\n<0>b");
	log_warnx("c");
	log_debug("d");
	ck_assert_str_eq(captured(), "<6>#7: a\\n<0>b\n<4>#7: c\n<7>#7: d\n");
}
END_TEST

START_TEST(test_journal_elsewhere)
{
	setenv("JOURNAL_STREAM", "0:0", 1);
	log_init("kabard", LOG_IN_FOREGROUND, LOG_DAEMON);
	log_info("x");
	ck_assert_str_eq(captured(), with_prefix("x"));
}
END_TEST

START_TEST(test_warn_appends_errno)
{
	char message[128];

	errno = ENOENT;
	log_warn("open %s", "x");
	ck_assert_int_eq(errno, ENOENT);
	snprintf(message, sizeof(message), "open x: %s", strerror(ENOENT));
	ck_assert_str_eq(captured(), with_prefix(message));
}
END_TEST

START_TEST(test_warnx_does_not)
{
	errno = ENOENT;
	log_warnx("no such realm");
	ck_assert_str_eq(captured(), with_prefix("no such realm"));
}
END_TEST

START_TEST(test_errno_is_kept)
{
	errno = ERANGE;
	log_set_tag("%d", 1);
	log_info("x");
	log_debug("x");
	close(STDERR_FILENO);
	log_warnx("x");
	ck_assert_int_eq(errno, ERANGE);
}
END_TEST

START_TEST(test_debug_is_dropped_by_default)
{
	log_debug("x");
	ck_assert_str_eq(captured(), "");
}
END_TEST

START_TEST(test_level_lets_debug_through)
{
	log_set_level(LOG_DEBUG);
	log_debug("x");
	ck_assert_str_eq(captured(), with_prefix("x"));
}
END_TEST

START_TEST(test_level_silences)
{
	log_set_level(LOG_ERR);
	log_info("x");
	log_warnx("x");
	ck_assert_str_eq(captured(), "");
}
END_TEST

START_TEST(test_tag)
{
	log_set_tag("#%d", 7);
	log_info("x");
	ck_assert_str_eq(captured(), with_prefix("#7: x"));
}
END_TEST

START_TEST(test_clear_tag)
{
	log_set_tag("#%d", 7);
	log_clear_tag();
	log_info("x");
	ck_assert_str_eq(captured(), with_prefix("x"));
}
END_TEST

START_TEST(test_long_tag_is_cut)
{
	log_set_tag("%0300d", 0);
	log_info("still here");
	ck_assert_ptr_nonnull(strstr(captured(), ": still here\n"));
}
END_TEST

START_TEST(test_one_line_per_event)
{
	log_info("a\nkabard[1]: forged\r\n\tb");
	ck_assert_str_eq(captured(), with_prefix("a\\nkabard[1]: forged\\r\\n\\tb"));
}
END_TEST

START_TEST(test_terminal_controls_are_escaped)
{
	const char *p;

	log_set_tag("%s", "\033[2J");
	log_info("\a\b\177\033]0;x\302\233\377");
	for (p = captured(); *p != '\0'; p++)
		ck_assert(*p == '\n' || (*p >= ' ' && *p <= '~'));
}
END_TEST

START_TEST(test_plain_text_stays)
{
	log_info("a b \"c\" 'd' 100%% #?*[]{}<>~$`");
	ck_assert_str_eq(captured(), with_prefix("a b \"c\" 'd' 100% #?*[]{}<>~$`"));
}
END_TEST

START_TEST(test_long_message_is_cut)
{
	const char *end;

	log_info("%05000d", 0);
	end = strchr(captured(), '\n');
	ck_assert_ptr_nonnull(end);
	ck_assert_int_eq(end[1], '\0');
}
END_TEST

START_TEST(test_long_message_of_escapes_is_whole_line)
{
	char message[4096];
	size_t len;

	memset(message, '\377', sizeof(message) - 1);
	message[sizeof(message) - 1] = '\0';
	log_info("%s", message);
	captured();
	len = strlen(line);
	ck_assert_uint_gt(len, 4096);
}
END_TEST

START_TEST(test_fatal_exits)
{
	errno = EIO;
	fatal("store");
}
END_TEST

START_TEST(test_fatalx_exits)
{
	fatalx("store");
}
END_TEST

START_TEST(test_bug_aborts)
{
	bug("cursor %d past the head", 9);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("log");
	TCase *tcase = tcase_create("stderr");

	tcase_add_checked_fixture(tcase, setup, NULL);
	tcase_add_test(tcase, test_line);
	tcase_add_test(tcase, test_journal);
	tcase_add_test(tcase, test_journal_elsewhere);
	tcase_add_test(tcase, test_warn_appends_errno);
	tcase_add_test(tcase, test_warnx_does_not);
	tcase_add_test(tcase, test_errno_is_kept);
	tcase_add_test(tcase, test_debug_is_dropped_by_default);
	tcase_add_test(tcase, test_level_lets_debug_through);
	tcase_add_test(tcase, test_level_silences);
	tcase_add_test(tcase, test_tag);
	tcase_add_test(tcase, test_clear_tag);
	tcase_add_test(tcase, test_long_tag_is_cut);
	tcase_add_test(tcase, test_one_line_per_event);
	tcase_add_test(tcase, test_terminal_controls_are_escaped);
	tcase_add_test(tcase, test_plain_text_stays);
	tcase_add_test(tcase, test_long_message_is_cut);
	tcase_add_test(tcase, test_long_message_of_escapes_is_whole_line);
	tcase_add_exit_test(tcase, test_fatal_exits, EX_OSERR);
	tcase_add_exit_test(tcase, test_fatalx_exits, EX_OSERR);
	tcase_add_test_raise_signal(tcase, test_bug_aborts, SIGABRT);
	suite_add_tcase(suite, tcase);

	return suite_run(suite);
}
