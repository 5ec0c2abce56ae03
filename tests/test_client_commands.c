/*
 * The commands of the client with the real server: accounts, messages, groups; what each prints,
 * its exit status, and its sentence when something is wrong.
 */
#include <sys/stat.h>
#include <sys/wait.h>

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "client_home.h"

static struct realm realm;

static void
setup(void)
{
	realm_make(&realm, "");
	realm_start(&realm);
}

static void
teardown(void)
{
	realm_remove(&realm);
}

/* "USER@127.0.0.1:PORT" of the realm. */
static const char *
address_of(const char *user)
{
	static char address[128];

	snprintf(address, sizeof(address), "%s@%s:%u", user, realm.address, realm.port);
	return address;
}

START_TEST(login_and_logout)
{
	struct stat st;

	client_home_enter(&realm, "messi");
	CLIENT_TELLS(EX_NOPERM, "not logged in", NULL, "inbox");
	CLIENT_SAYS(EX_NOPERM, "kabar: the password is wrong\n", "salah\n", "login",
	    address_of("messi"));
	CLIENT_SAYS(EX_NOUSER, "kabar: there is no such user\n", "salah\n", "login",
	    address_of("siapa"));
	CLIENT_SAYS(EX_NOINPUT, "kabar: no password was given\n", "", "login", address_of("messi"));
	CLIENT_SAYS(0, "messi is logged in at 127.0.0.1 (account default)\n", "surabaya\n", "login",
	    address_of("messi"));
	ck_assert_int_eq(stat(client_home_path(".local/state/kabar/accounts/default"), &st), 0);
	ck_assert_int_eq(st.st_mode & 07777, 0600);
	CLIENT_SAYS(0, "", NULL, "inbox");
	CLIENT_SAYS(0, "", NULL, "logout");
	CLIENT_TELLS(EX_NOPERM, "not logged in", NULL, "inbox");
	CLIENT_TELLS(EX_NOPERM, "not logged in", NULL, "logout");
	/* The server is still known. */
	CLIENT_TELLS(0, "messi is logged in", "surabaya\n", "login");
}
END_TEST

/* What is written of one server says nothing of another: the password does not go there in plain.
 */
START_TEST(settings_hold_for_their_server)
{
	char settings[256], elsewhere[64];

	client_home_enter(&realm, "messi");
	snprintf(settings, sizeof(settings),
	    "account default { address = \"%s\"\n tls = off\n dialect = show }\n",
	    address_of("messi"));
	client_home_write(".config/kabar/config", settings);
	/* The same server, by a name that nobody takes for this machine's. */
	snprintf(elsewhere, sizeof(elsewhere), "messi@0.0.0.0:%u", realm.port);
	CLIENT_TELLS(EX_PROTOCOL, "does not speak TLS", "surabaya\n", "login", elsewhere);
	CLIENT_TELLS(0, "messi is logged in", "surabaya\n", "login");
}
END_TEST

START_TEST(a_session_that_ended_is_told)
{
	client_home_login(&realm, "messi");
	REALM_CTL(&realm, "lain\n", "user", "passwd", "messi");
	CLIENT_SAYS(EX_NOPERM, "kabar: the session has ended: log in again\n", NULL, "inbox");
	CLIENT_SAYS(0, "", NULL, "logout");
}
END_TEST

/* Runs a line of the shell in which "kabar" is the program. Returns the exit status. */
static int
run_shell(const char *line)
{
	char command[512];
	int status;

	snprintf(command, sizeof(command), "kabar() { %s \"$@\"; }; %s", client_home_kabar_path,
	    line);
	status = system(command);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* Else the connection to the server gets the lowest number, and what is printed is sent. */
START_TEST(closed_outputs_are_not_the_connection)
{
	client_home_login(&realm, "henderson");
	CLIENT_SAYS(0, "", NULL, "send", "messi", "halo");
	client_home_login(&realm, "messi");
	ck_assert_int_eq(run_shell("kabar inbox >&- 2>/dev/null"), EX_IOERR);
	ck_assert_int_eq(run_shell("kabar who >&- 2>&- <&-"), EX_IOERR);
	CLIENT_TELLS(0, "halo", NULL, "history", "henderson");
	ck_assert_int_eq(run_shell("kabar passwd <&- 2>/dev/null"), EX_NOINPUT);
}
END_TEST

START_TEST(without_a_home_nothing_is_kept)
{
	client_home_enter(&realm, "messi");
	ck_assert_int_eq(unsetenv("HOME"), 0);
	CLIENT_SAYS(EX_CONFIG, "kabar: no home is known: HOME and XDG_STATE_HOME are not set\n",
	    "surabaya\n", "login", address_of("messi"));
}
END_TEST

/* Whose token cannot be kept is not left logged in. */
START_TEST(a_session_that_cannot_be_kept_is_ended)
{
	client_home_login(&realm, "messi");
	/* Where the state would be nothing can be made. */
	ck_assert_int_eq(symlink("/nonexistent/kabar", client_home_path(".local/state/lain")), 0);
	ck_assert_int_eq(setenv("XDG_STATE_HOME", client_home_path(".local/state/lain"), 1), 0);
	CLIENT_TELLS(EX_CANTCREAT, "cannot keep the account", "surabaya\n", "login",
	    address_of("messi"));
	ck_assert_int_eq(unsetenv("XDG_STATE_HOME"), 0);
	ck_assert_int_eq(CLIENT_RUN(NULL, "-j", "sessions"), 0);
	ck_assert_ptr_null(strchr(strchr(client_home_said, '\n') + 1, '\n'));
}
END_TEST

START_TEST(accounts_have_names)
{
	char settings[256];

	client_home_login(&realm, "messi");
	CLIENT_TELLS(0, "lineker is logged in", "surabaya\n", "-a", "kerja", "login",
	    address_of("lineker"));
	CLIENT_SAYS(0, "", NULL, "send", "lineker", "halo");
	CLIENT_SAYS(0, "messi: halo\n", NULL, "-a", "kerja", "inbox");
	CLIENT_SAYS(0, "", NULL, "send", "lineker", "lagi");
	CLIENT_SAYS(0, "messi: lagi\n", NULL, "inbox", "-a", "kerja");
	CLIENT_TELLS(EX_USAGE, "cannot be the name", NULL, "-a", "../x", "inbox");
	snprintf(settings, sizeof(settings), "use = rumah\naccount rumah { address = \"%s\" }\n",
	    address_of("henderson"));
	client_home_write(".config/kabar/config", settings);
	CLIENT_TELLS(EX_NOPERM, "the account rumah is not logged in", NULL, "inbox");
	CLIENT_TELLS(0, "henderson is logged in", "surabaya\n", "login");
	client_home_write(".config/kabar/config", "nonsens = 1\n");
	CLIENT_TELLS(EX_CONFIG, "config:1:", NULL, "inbox");
}
END_TEST

START_TEST(registers)
{
	client_home_enter(&realm, "owen");
	CLIENT_TELLS(0, "owen is logged in", "rahasia\n", "register", address_of("owen"),
	    "Michael Owen", "Inggris");
	CLIENT_TELLS(0, "name: Michael Owen\ncountry: Inggris\nonline", NULL, "info", "owen");
	CLIENT_SAYS(EX_DATAERR, "kabar: the name is taken\n", "rahasia\n", "-a", "lain", "register",
	    address_of("owen"));
}
END_TEST

START_TEST(sends_and_reads)
{
	client_home_login(&realm, "messi");
	CLIENT_SAYS(0, "", NULL, "send", "henderson", "halo,", "apa  kabar?");
	CLIENT_SAYS(0, "", "baris satu\r\nbaris dua\n\n", "send", "henderson", "-");
	CLIENT_SAYS(0, "", "dari pipa\n", "send", "henderson");
	CLIENT_SAYS(0, "", NULL, "send", "henderson", "-x", "bukan", "opsi");
	CLIENT_SAYS(0, "", NULL, "send", "henderson", "  menjorok  ");
	CLIENT_SAYS(EX_NOUSER, "kabar: there is no such user\n", NULL, "send", "siapa", "halo");
	CLIENT_TELLS(EX_DATAERR, "neither user nor #group", NULL, "send", "a b", "halo");
	CLIENT_TELLS(EX_DATAERR, "cannot be done", NULL, "send", "kabar", "halo");
	CLIENT_TELLS(EX_DATAERR, "empty", "", "send", "henderson");
	CLIENT_TELLS(EX_DATAERR, "empty", NULL, "send", "henderson", "\xff");
	client_home_login(&realm, "henderson");
	CLIENT_SAYS(0,
	    "messi: halo, apa  kabar?\nmessi: baris satu\n    baris dua\nmessi: dari pipa\n"
	    "messi: -x bukan opsi\nmessi:   menjorok  \n",
	    NULL, "inbox");
	CLIENT_SAYS(0, "", NULL, "inbox");
}
END_TEST

START_TEST(what_came_is_made_fit)
{
	client_home_login(&realm, "messi");
	CLIENT_SAYS(0, "", NULL, "send", "messi", "\x1b[2J\x1b]0;x\x07 \xe2\x80\xae kiri");
	CLIENT_SAYS(0, "messi: \xef\xbf\xbd[2J\xef\xbf\xbd]0;x\xef\xbf\xbd \xef\xbf\xbd kiri\n",
	    NULL, "inbox");
	CLIENT_SAYS(0, "", NULL, "send", "messi", "\x1b[2J");
	CLIENT_SAYS(0, "{\"from\":\"messi\",\"name\":\"Lionel Messi\",\"text\":\"\\u001B[2J\"}\n",
	    NULL, "-j", "inbox");
}
END_TEST

START_TEST(groups)
{
	client_home_login(&realm, "messi");
	CLIENT_SAYS(0, "", NULL, "group", "add", "#kopi");
	CLIENT_SAYS(EX_DATAERR, "kabar: the name of the group is taken\n", NULL, "group", "add",
	    "kopi");
	client_home_login(&realm, "henderson");
	CLIENT_SAYS(EX_NOPERM, "kabar: only members of the group may do this\n", NULL, "send",
	    "#kopi", "halo");
	CLIENT_SAYS(0, "", NULL, "group", "join", "kopi");
	CLIENT_SAYS(EX_DATAERR, "kabar: this is a member already\n", NULL, "group", "join", "kopi");
	CLIENT_SAYS(EX_NOUSER, "kabar: there is no such group\n", NULL, "group", "join", "teh");
	CLIENT_SAYS(0, "", NULL, "send", "#kopi", "ngopi", "yuk");
	CLIENT_TELLS(0, "group: kopi\nowner: messi\n", NULL, "info", "#kopi");
	CLIENT_SAYS(0, "#kopi  2 members  messi  joined\n", NULL, "group", "list");
	CLIENT_TELLS(0, "messi", NULL, "group", "members", "kopi");
	CLIENT_TELLS(0, "Henderson", NULL, "group", "members", "#kopi");
	client_home_enter(&realm, "messi");
	CLIENT_SAYS(0, "henderson #kopi: ngopi yuk\n", NULL, "inbox");
	client_home_enter(&realm, "henderson");
	CLIENT_SAYS(0, "", NULL, "group", "leave", "#kopi");
	CLIENT_SAYS(0, "", NULL, "group", "list");
	CLIENT_SAYS(0, "#kopi  1 member  messi\n", NULL, "group", "list", "all");
	CLIENT_TELLS(EX_USAGE, "usage:", NULL, "group", "entah");
}
END_TEST

START_TEST(people)
{
	client_home_login(&realm, "henderson");
	CLIENT_TELLS(0, "user: messi\nname: Lionel Messi\n", NULL, "info", "messi");
	CLIENT_TELLS(0, "offline\n", NULL, "info", "messi");
	CLIENT_SAYS(EX_NOUSER, "kabar: there is no such user\n", NULL, "info", "siapa");
	CLIENT_TELLS(0, "henderson  Jordan Henderson", NULL, "who");
	CLIENT_TELLS(0, "\"username\":\"henderson\"", NULL, "-j", "who");
	CLIENT_TELLS(0, "surabaya", NULL, "realm", "list");
	CLIENT_SAYS(EX_DATAERR, "kabar: the server knows this realm already\n", NULL, "realm",
	    "add", "surabaya");
}
END_TEST

/* The session that says of itself "this" in what was printed last. */
static const char *
own_session(void)
{
	static char session[64];
	json_t *object = NULL;
	char *rest = client_home_said, *line;

	session[0] = '\0';
	while (session[0] == '\0' && (line = strsep(&rest, "\n")) != NULL) {
		object = json_loads(line, 0, NULL);
		if (json_is_true(json_object_get(object, "this")))
			snprintf(session, sizeof(session), "%s",
			    json_string_value(json_object_get(object, "session")));
		json_decref(object);
	}
	return session;
}

START_TEST(passwords_and_sessions)
{
	const char *session;

	client_home_login(&realm, "messi");
	CLIENT_TELLS(0, "this one", NULL, "sessions");
	CLIENT_SAYS(EX_NOPERM, "kabar: the password is wrong\n", "salah\nbaru\n", "passwd");
	CLIENT_SAYS(0, "", "surabaya\nbaru\n", "passwd");
	CLIENT_SAYS(0, "", NULL, "inbox");
	CLIENT_SAYS(EX_NOPERM, "kabar: the password is wrong\n", "surabaya\n", "-a", "lain",
	    "login", address_of("messi"));
	CLIENT_TELLS(0, "is logged in", "baru\n", "-a", "lain", "login", address_of("messi"));
	/* The session that the other account has is ended from here. */
	ck_assert_int_eq(CLIENT_RUN(NULL, "-a", "lain", "sessions", "-j"), 0);
	session = own_session();
	CLIENT_TELLS(0, "kabar/", NULL, "sessions");
	CLIENT_SAYS(0, "", NULL, "logout", session);
	CLIENT_SAYS(EX_NOPERM, "kabar: the session has ended: log in again\n", NULL, "-a", "lain",
	    "inbox");
	CLIENT_SAYS(0, "", NULL, "inbox");
}
END_TEST

START_TEST(dialects)
{
	client_home_enter(&realm, "messi");
	CLIENT_TELLS(EX_USAGE, "no dialect", "surabaya\n", "login", "--dialect", "x",
	    address_of("messi"));
	/* What another dialect lacks is told before anything is sent. */
	CLIENT_TELLS(0, "is logged in", "surabaya\n", "login", "--dialect", "show",
	    address_of("messi"));
	CLIENT_SAYS(EX_UNAVAILABLE, "kabar: the server is not able to send to a group\n", NULL,
	    "send", "#kopi", "halo");
	CLIENT_SAYS(EX_UNAVAILABLE, "kabar: the server is not able to show what was said before\n",
	    NULL, "history", "messi");
}
END_TEST

START_TEST(usage)
{
	client_home_enter(&realm, "messi");
	CLIENT_TELLS(EX_USAGE, "usage:", NULL, "entah");
	CLIENT_TELLS(EX_USAGE, "usage:", NULL, "send");
	CLIENT_TELLS(EX_USAGE, "usage:", NULL, "inbox", "lebih");
	CLIENT_TELLS(EX_USAGE, "usage:", NULL, "inbox", "-o", "x");
	CLIENT_TELLS(EX_USAGE, "usage:", NULL, "--entah");
	CLIENT_TELLS(0, "usage:", NULL, "-h");
	CLIENT_TELLS(0, "kabar ", NULL, "--version");
	realm_stop(&realm);
	CLIENT_TELLS(EX_NOHOST, "Connection refused", "surabaya\n", "login", address_of("messi"));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("client_commands");
	TCase *tc = realm_tcase(suite, "commands");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, login_and_logout);
	tcase_add_test(tc, settings_hold_for_their_server);
	tcase_add_test(tc, a_session_that_ended_is_told);
	tcase_add_test(tc, closed_outputs_are_not_the_connection);
	tcase_add_test(tc, without_a_home_nothing_is_kept);
	tcase_add_test(tc, a_session_that_cannot_be_kept_is_ended);
	tcase_add_test(tc, accounts_have_names);
	tcase_add_test(tc, registers);
	tcase_add_test(tc, sends_and_reads);
	tcase_add_test(tc, what_came_is_made_fit);
	tcase_add_test(tc, groups);
	tcase_add_test(tc, people);
	tcase_add_test(tc, passwords_and_sessions);
	tcase_add_test(tc, dialects);
	tcase_add_test(tc, usage);
	return realm_run_suite(suite);
}
