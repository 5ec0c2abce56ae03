/*
 * fail2ban's filter finds each failed login in the log, in every dialect, and no client can forge
 * an address. Tested with fail2ban-regex where that is installed; always with regcomp.
 */
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dialogue.h"
#include "realmctl.h"
#include "suite.h"

#define FILTER         "etc/fail2ban-filter.conf"
#define FAIL2BAN       "/usr/bin/fail2ban-regex"
#define FAIL2BAN_RULES "/etc/fail2ban/filter.d"
#define EXPRESSION_MAX 2048
#define LINE_MAX_BYTES 4096
#define LONG_NAME      3500
#define CLIENT         "127.0.0.1"
#define FORGED         "10.9.9.9"

static const char room_login[] =
    "{\"FLAG\":\"LOGIN\",\"CONTENT\":{\"USERNAME\":\"%s\",\"PASSWORD\":\"salah\"}}\r\n";

/* Names that say what a line of the log would say. */
static const char *const forged_names[] = {
	"messi from " FORGED ": wrong password",
	"x from " FORGED ": no such user\\nkabard[1]: #1 " FORGED ": login failed for y",
	"#1 " FORGED ": login failed for z from " FORGED ": wrong password",
	FORGED,
};
#define N_FORGED (sizeof(forged_names) / sizeof(forged_names[0]))

static const char locked_out[] = "auth lineker surabaya\r\n";

static struct dialogue talk;

/* Says a line and ignores the reply. */
static void
send_ignoring_reply(const char *line, size_t len)
{
	dialogue_say(&talk, 'c', line, len);
	dialogue_hear(&talk, 'c', &len);
}

/* A line of the log that is longer than any is cut, but not behind the reason. */
static void
send_long_name(void)
{
	static const char head[] = "auth ", tail[] = " salah\r\n";
	char line[LONG_NAME + sizeof(head) + sizeof(tail)];

	memset(line, '\001', sizeof(line)); /* each takes four bytes in the log */
	memcpy(line, head, sizeof(head) - 1);
	memcpy(line + sizeof(line) - sizeof(tail), tail, sizeof(tail));
	send_ignoring_reply(line, sizeof(line) - 1);
}

/* All there are to be found by the filter: these many. */
static size_t
fail_in_lines(void)
{
	REALM_CTL(&realm, NULL, "user", "lock", "lineker");
	dialogue_run(&talk,
	    "a> auth messi salah\n"
	    "a< ERROR Password Salah\n"
	    "a> auth maradona salah\n"
	    "a< ERROR User Tidak Ada\n"
	    "a> login messi salah\n"
	    "a< ERROR Autentikasi Gagal!\n"
	    "b> auth " FORGED " salah\n"
	    "b< ERROR User Tidak Ada\n"
	    "b> auth messi@" FORGED ": salah\n"
	    "b< ERROR User Tidak Ada\n");
	send_ignoring_reply(locked_out, sizeof(locked_out) - 1);
	send_long_name();
	return 7;
}

static size_t
fail_in_room(void)
{
	char line[1024];

	for (size_t i = 0; i < N_FORGED; i++) {
		int len = snprintf(line, sizeof(line), room_login, forged_names[i]);

		send_ignoring_reply(line, (size_t)len);
	}
	return N_FORGED;
}

/* Does what is no failed login, whatever it looks like. */
static void
be_good(void)
{
	dialogue_run(&talk,
	    "d> auth messi surabaya\n"
	    "d< TOKEN m\n"
	    "d> send messi login failed for x from " FORGED ": wrong password\n"
	    "d< OK Message sent\n"
	    "d> register login_failed_for x y z\n"
	    "d< TOKEN l\n"
	    "d> logout $m\n"
	    "d< OK Logout successful\n");
}

/* A line of the filter with this setting, without its name. */
static void
read_setting(const char *name, char *value, size_t size)
{
	const char *srcdir = getenv("srcdir");
	char path[LINE_MAX_BYTES], line[LINE_MAX_BYTES];
	size_t len = strlen(name);

	snprintf(path, sizeof(path), "%s/" FILTER, srcdir == NULL ? "." : srcdir);
	FILE *file = fopen(path, "re");
	ck_assert_ptr_nonnull(file);
	value[0] = '\0';
	while (fgets(line, sizeof(line), file) != NULL)
		if (strncmp(line, name, len) == 0 && strncmp(line + len, " = ", 3) == 0)
			snprintf(value, size, "%.*s", (int)strcspn(line + len + 3, "\n"),
			    line + len + 3);
	fclose(file);
	ck_assert_str_ne(value, "");
}

/* text with the first `what` replaced, which must be there. */
static void
replace_text(char *text, size_t size, const char *what, const char *with)
{
	char rest[EXPRESSION_MAX];
	char *at = strstr(text, what);

	ck_assert_ptr_nonnull(at);
	snprintf(rest, sizeof(rest), "%s", at + strlen(what));
	snprintf(at, size - (size_t)(at - text), "%s%s", with, rest);
}

/* The filter's expression for lines as the realm's log has them. */
static void
compile_filter(regex_t *regex)
{
	char text[EXPRESSION_MAX];

	read_setting("failregex", text, sizeof(text));
	replace_text(text, sizeof(text), "%(__prefix_line)s", "kabard\\[[0-9]+\\]: ");
	replace_text(text, sizeof(text), "<ADDR>", "([0-9a-f:.]+)");
	ck_assert_int_eq(regcomp(regex, text, REG_EXTENDED), 0);
}

/* How many lines of the log the expression finds; each has to be the client's. */
static size_t
count_failures(const regex_t *regex)
{
	char line[LINE_MAX_BYTES];
	FILE *log = fopen(realm.log, "re");
	regmatch_t match[3]; /* all, the progname under systemd, the address */
	size_t found = 0;

	ck_assert_ptr_nonnull(log);
	while (fgets(line, sizeof(line), log) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		if (regexec(regex, line, 3, match, 0) != 0)
			continue;
		line[match[2].rm_eo] = '\0';
		ck_assert_str_eq(line + match[2].rm_so, CLIENT);
		found++;
	}
	fclose(log);
	return found;
}

/*
 * The log as a logging daemon would have written it, after `lead`. Where the standard error goes
 * to systemd's journal, the name and pid that kabard writes stand behind those of the journal.
 */
static void
write_syslog(const char *path, const char *lead)
{
	char line[LINE_MAX_BYTES];
	FILE *log = fopen(realm.log, "re"), *copy = fopen(path, "we");

	ck_assert_ptr_nonnull(log);
	ck_assert_ptr_nonnull(copy);
	while (fgets(line, sizeof(line), log) != NULL)
		fprintf(copy, "Nov 21 06:42:32 surabaya %s%s", lead, line);
	fclose(log);
	ck_assert_int_eq(fclose(copy), 0);
}

/* How many lines of such a log fail2ban finds; each has to be the client's. */
static size_t
ask_fail2ban(const char *lead)
{
	const char *srcdir = getenv("srcdir");
	char log[REALM_PATH_MAX + 8], commands[LINE_MAX_BYTES];
	size_t found = 0;

	snprintf(log, sizeof(log), "%s/syslog", realm.dir);
	write_syslog(log, lead);
	/* The filter includes one of fail2ban's own, from beside itself. */
	snprintf(commands, sizeof(commands),
	    "mkdir -p %s/filter.d && cp %s/" FILTER " %s/filter.d/kabard.conf && "
	    "ln -sf " FAIL2BAN_RULES "/common.conf %s/filter.d && " FAIL2BAN
	    " -o ip %s %s/filter.d/kabard.conf",
	    realm.dir, srcdir == NULL ? "." : srcdir, realm.dir, realm.dir, log, realm.dir);
	ck_assert_msg(realmctl_shell(commands) == 0, "%s", output);
	for (char *line = strtok(output, "\n"); line != NULL; line = strtok(NULL, "\n")) {
		ck_assert_str_eq(line, CLIENT);
		found++;
	}
	return found;
}

/* All ways to fail, and what looks like it and is none. How many failures that makes. */
static size_t
fail_in_all_ways(void)
{
	realm_start(&realm);
	dialogue_begin(&talk, &realm, DIALOGUE_TCP);
	be_good();
	size_t expected = fail_in_lines() + fail_in_room();
	dialogue_end(&talk);
	ck_assert_uint_ge(realm_log_count(&realm, "login failed"), expected);
	return expected;
}

START_TEST(failures_are_found)
{
	size_t expected = fail_in_all_ways();
	regex_t regex;

	compile_filter(&regex);
	ck_assert_uint_eq(count_failures(&regex), expected);
	regfree(&regex);
}
END_TEST

START_TEST(fail2ban_finds_them)
{
	if (suite_skip_if(access(FAIL2BAN, X_OK) != 0, "no fail2ban on this machine"))
		return;
	size_t expected = fail_in_all_ways();
	ck_assert_uint_eq(ask_fail2ban(""), expected);
	ck_assert_uint_eq(ask_fail2ban("kabard[1]: "), expected);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("fail2ban");
	TCase *tcase = realmctl_tcase(suite, "filter");

	tcase_add_test(tcase, failures_are_found);
	tcase_add_test(tcase, fail2ban_finds_them);
	return realm_run_suite(suite);
}
