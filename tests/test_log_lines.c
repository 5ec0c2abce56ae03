/*
 * A whole conversation leaves lines of printable characters in the log, however hostile the client
 * is, each with the number of its connection, and nothing that was said in confidence.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dialogue.h"
#include "realmctl.h"

#define LINE_MAX_BYTES 16384
#define LONG_BYTES     200000
#define PASSWORD       "Rahasia-Sandi"
#define WRONG          "Rahasia-Salah"
#define TEXT           "Rahasia-Teks"
#define CONTENT        "UmFoYXNpYS1Jc2k="
#define EVIL           "\033]0;x\007\033[2J\b\r\177\302\233" /* a title, a clear screen, a CSI */
#define FORGED         "kabard[1]: #1 10.9.9.9: login messi"

static struct dialogue talk;
static pid_t master; /* whose lines belong to no connection */
static char secrets[8][64];
static size_t n_secrets;

static void
setup(void)
{
	realm_make(&realm, "log_level = debug");
	n_secrets = 0;
}

static void
teardown(void)
{
	dialogue_end(&talk);
	realm_remove(&realm);
}

static void
keep_secret(const char *text)
{
	ck_assert_uint_lt(n_secrets, sizeof(secrets) / sizeof(secrets[0]));
	snprintf(secrets[n_secrets++], sizeof(secrets[0]), "%s", text);
}

/* Says lines and waits until each is answered, whatever the answer is. */
static void
say_lines(char speaker, const char *const lines[], size_t n)
{
	size_t len;

	for (size_t i = 0; i < n; i++) {
		dialogue_say(&talk, speaker, lines[i], strlen(lines[i]));
		dialogue_say(&talk, speaker, "\r\n", 2);
		dialogue_hear(&talk, speaker, &len);
	}
}

#define SAY(speaker, lines) say_lines(speaker, lines, sizeof(lines) / sizeof((lines)[0]))

static void
say_bytes(char speaker)
{
	static const char nul[] = "auth me\0ssi " WRONG "\r\n";
	char *endless = malloc(LONG_BYTES);
	size_t len;

	ck_assert_ptr_nonnull(endless);
	dialogue_say(&talk, speaker, nul, sizeof(nul) - 1);
	dialogue_hear(&talk, speaker, &len);
	memset(endless, '\033', LONG_BYTES);
	memcpy(endless, "send messi " TEXT, strlen("send messi " TEXT));
	memcpy(endless + LONG_BYTES - 2, "\r\n", 2);
	dialogue_say(&talk, speaker, endless, LONG_BYTES);
	dialogue_hear(&talk, speaker, &len);
	free(endless);
}

static void
speak_realm(char speaker)
{
	static const char *const before[] = {
		"auth messi " WRONG,
		"auth " EVIL " " WRONG,
		"auth \377\376" EVIL " " WRONG,
		"auth messi " WRONG EVIL,
		"auth " FORGED " " WRONG,
		EVIL " " TEXT,
		"send messi " TEXT,
		"register " EVIL " x y " WRONG,
		"register xavi " EVIL " y " WRONG,
		"login messi " WRONG,
		"logout " EVIL,
	};
	static const char *const within[] = {
		"send " EVIL " " TEXT,
		"send messi " TEXT EVIL,
		"send nobody " TEXT,
		"sned messi " TEXT,
		"addgroup " EVIL,
		"sendgroup " EVIL " " TEXT,
		"sendfile messi " EVIL " " CONTENT,
		"sendfile nobody x " CONTENT,
		"sendfile messi x !" CONTENT,
		"sendprivaterealm " EVIL " messi " TEXT,
		"addrealm " EVIL " 127.0.0.1 1",
		"passwd " WRONG EVIL " " PASSWORD,
		"passwd " PASSWORD " " PASSWORD,
		"client " EVIL "/1",
		"logout " EVIL,
		"kick " EVIL " " EVIL,
		"people " EVIL,
		"inbox",
		"info",
	};

	SAY(speaker, before);
	say_bytes(speaker);
	dialogue_runf(&talk,
	    "%c> auth messi " PASSWORD "\n"
	    "%c< TOKEN t\n",
	    speaker, speaker);
	keep_secret(talk.tokens['t' - 'a']);
	SAY(speaker, within);
	dialogue_runf(&talk,
	    "%c> logout $t\n"
	    "%c< OK Logout successful\n",
	    speaker, speaker);
	dialogue_runf(&talk, "%c closes\n", speaker);
}

#define LOGIN(name, password)                                                                      \
	"{\"FLAG\":\"LOGIN\",\"CONTENT\":{\"USERNAME\":\"" name "\",\"PASSWORD\":\"" password "\"" \
	"}}"

static void
speak_room(char speaker)
{
	/* In JSON also a name can have line ends. */
	static const char *const lines[] = {
		LOGIN("messi", WRONG),
		LOGIN("x\\n" FORGED, WRONG),
		LOGIN("\\u001b]0;x\\u0007\\u009b2J\\r\\u2028", WRONG),
		LOGIN("x", WRONG "\\n\\u001b"),
		"{\"FLAG\":\"\\u001b[2J\\n" FORGED "\",\"CONTENT\":\"" TEXT "\"}",
		"{\"FLAG\":" TEXT,
		EVIL TEXT,
		LOGIN("messi", PASSWORD),
	};

	SAY(speaker, lines);
	dialogue_runf(&talk, "%c closes\n", speaker);
}

/* Every line is one that we have written, whole and in the open. */
static void
check_line(const char *line)
{
	size_t len = strlen(line);

	ck_assert_msg(len > 1 && line[len - 1] == '\n', "not a whole line: %s", line);
	for (size_t i = 0; i < len - 1; i++)
		ck_assert_msg(line[i] >= ' ' && line[i] <= '~', "a byte %#x in %s",
		    (unsigned char)line[i], line);
	for (size_t i = 0; i < n_secrets; i++)
		ck_assert_msg(strstr(line, secrets[i]) == NULL, "\"%s\" is in the log: %s",
		    secrets[i], line);
}

/* The line names its connection; the committer's lines belong to no connection either. */
static void
check_owner(const char *line)
{
	unsigned long long connection;
	long pid;
	int end = 0;

	ck_assert_msg(sscanf(line, "kabard[%ld]: %n", &pid, &end) == 1 && end > 0, "%s", line);
	if (pid == (long)master || strncmp(line + end, "committer: ", 11) == 0)
		return;
	ck_assert_msg(sscanf(line + end, "#%llu ", &connection) == 1, "no connection in %s", line);
}

static void
check_log(void)
{
	static char line[LINE_MAX_BYTES];
	FILE *file = fopen(realm.log, "re");

	keep_secret(PASSWORD);
	keep_secret(WRONG);
	keep_secret(TEXT);
	keep_secret(CONTENT);
	keep_secret("surabaya"); /* the password of all others */
	ck_assert_ptr_nonnull(file);
	while (fgets(line, sizeof(line), file) != NULL) {
		check_owner(line);
		/* The realm has the name of that password, and the master tells it. */
		if (strstr(line, "realm surabaya, listening") == NULL)
			check_line(line);
	}
	fclose(file);
}

/* The client's own lines are there, in a form that shows what came. */
static void
check_told(void)
{
	ck_assert(realm_logged(&realm, ": login messi"));
	ck_assert(realm_logged(&realm, ": logout messi"));
	ck_assert(realm_logged(&realm, "login failed for messi from"));
	ck_assert(realm_logged(&realm, "login failed for \\^[]0;x\\a\\^[[2J"));
	ck_assert(realm_logged(&realm, ": connected, port "));
	ck_assert(realm_logged(&realm, ": disconnected"));
}

START_TEST(served)
{
	REALM_CTL(&realm, PASSWORD "\n", "user", "passwd", "messi");
	dialogue_begin(&talk, &realm, DIALOGUE_TCP);
	master = realm.kabard;
	speak_realm('c');
	ck_assert_int_eq(realm_stop(&realm), 0);
	check_told();
	check_log();
}
END_TEST

START_TEST(inetd)
{
	REALM_CTL(&realm, PASSWORD "\n", "user", "passwd", "messi");
	dialogue_begin(&talk, &realm, DIALOGUE_SOCKETPAIR);
	speak_realm('c');
	talk.dialects['r' - 'a'] = "room";
	speak_room('r');
	dialogue_end(&talk);
	dialogue_begin(&talk, &realm, DIALOGUE_SOCKETPAIR);
	check_told();
	check_log();
	ck_assert(realm_logged(&realm, "login failed for x\\nkabard[1]: #1 10.9.9.9"));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("log lines");
	TCase *tcase = realm_tcase(suite, "hostile");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, served);
	tcase_add_test(tcase, inetd);
	return realm_run_suite(suite);
}
