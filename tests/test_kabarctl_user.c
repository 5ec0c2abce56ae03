/*
 * kabarctl user: accounts and their passwords, as scripts and administrators keep them.
 */
#include <bsd/string.h>
#include <jansson.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "chat/push.h"
#include "chat/user.h"
#include "realmctl.h"

#define TOKEN "6f9619ff-8b86-4d01-b42d-00cf4fc964ff"
#define LONG  "0123456789012345678901234567890123456789012345678901234567890123456789"

START_TEST(test_user_add)
{
	struct chat_user user;

	SAYS(1, "kabarctl: the password is empty\n", "user", "add", "xavi");
	ck_assert_int_eq(realmctl("secret\n",
	                     ARGS("user", "add", "Xavi", "-n", "Xavi Hern\303\241ndez")),
	    0);
	ck_assert_str_eq(output, "");
	ck_assert_int_eq(realmctl_check("xavi", "secret", &user), CHAT_OK);
	ck_assert_str_eq(user.name, "Xavi");
	ck_assert_str_eq(user.fullname, "Xavi Hern\303\241ndez");
	ck_assert_str_eq(user.country, "");
	ck_assert(!user.admin);
	ck_assert(!user.locked);
	SAYS(1, "kabarctl: user XAVI: there is a user of this name already\n", "user", "add",
	    "XAVI");
}
END_TEST

START_TEST(test_user_add_without_fullname)
{
	struct chat_user user;

	WORKS("secret", "user", "add", "Xavi");
	ck_assert_int_eq(realmctl_check("xavi", "secret", &user), CHAT_OK);
	ck_assert_str_eq(user.fullname, "Xavi");
}
END_TEST

START_TEST(test_user_names)
{
	static const char *const reserved[] = { "kabar", "Kabar", "KABAR", TOKEN };
	static const char *const bad[] = { "", ".x", "two words", "a/b", "\303\241", LONG, "a\nb" };

	for (size_t i = 0; i < sizeof(reserved) / sizeof(reserved[0]); i++)
		TELLS(1, "a\n", ": this name is reserved\n", "user", "add", reserved[i]);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		TELLS(1, "a\n", ": a name has 1 to 64 letters", "user", "add", bad[i]);
		TELLS(1, NULL, ": no such user\n", "user", "show", bad[i]);
	}
	TELLS(1, "a\n", "group kabar: this name is reserved", "group", "add", "kabar", "messi");
	TELLS(1, "a\n", "group a/b: a name has", "group", "add", "a/b", "messi");
}
END_TEST

START_TEST(test_user_texts)
{
	char text[CHAT_FULLNAME_MAX + 2];

	TELLS(1, "a\n", "full name and country are UTF-8", "user", "add", "x", "-n", "a\tb");
	TELLS(1, "a\n", "full name and country are UTF-8", "user", "add", "x", "-C", "a\377b");
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	TELLS(1, "a\n", "the full name has more than 128 bytes", "user", "add", "x", "-n", text);
	TELLS(1, "a\n", "the country has more than 64 bytes", "user", "add", "x", "-C", text);
	text[sizeof(text) - 2] = '\0';
	WORKS("a\n", "user", "add", "x", "-n", text);
}
END_TEST

START_TEST(test_passwords_by_script)
{
	char line[PASSWORD_MAX_BYTES + 3], password[PASSWORD_MAX_BYTES + 2];
	struct chat_user user;

	memset(password, 'p', PASSWORD_MAX_BYTES + 1);
	password[PASSWORD_MAX_BYTES + 1] = '\0';
	snprintf(line, sizeof(line), "%s\n", password);
	TELLS(1, line, "the password has more than 511 bytes", "user", "passwd", "messi");
	password[PASSWORD_MAX_BYTES] = '\0';
	snprintf(line, sizeof(line), "%s\n", password);
	WORKS(line, "user", "passwd", "messi");
	ck_assert_int_eq(realmctl_check("messi", password, &user), CHAT_OK);
	WORKS("crlf \r\n", "user", "passwd", "messi");
	ck_assert_int_eq(realmctl_check("messi", "crlf ", &user), CHAT_OK);
	TELLS(1, "\n", "the password is empty", "user", "passwd", "messi");
	TELLS(1, "a\n", "user nobody: no such user", "user", "passwd", "nobody");
	ck_assert_int_eq(realmctl_check("messi", "crlf ", &user), CHAT_OK);
}
END_TEST

/* kabarctl reads one line and leaves the rest to the next command of the script. */
START_TEST(test_one_line_is_taken)
{
	struct chat_user user;

	ck_assert_int_eq(realmctl_shell(
	                     "printf 'one\\ntwo\\n' | { $ctl user add a; $ctl user add b; }"),
	    0);
	ck_assert_int_eq(realmctl_check("a", "one", &user), CHAT_OK);
	ck_assert_int_eq(realmctl_check("b", "two", &user), CHAT_OK);
	ck_assert_int_eq(realmctl_shell("printf 'a\\0b\\n' | $ctl user passwd a"), 1);
	ck_assert_int_eq(realmctl_shell("$ctl user passwd a <&-"), 1);
	ck_assert_int_eq(realmctl_check("a", "one", &user), CHAT_OK);
}
END_TEST

/* Reads from a terminal until this text has come; all of it lies in output. */
static void
await_text(int fd, const char *text)
{
	size_t len = strlen(output);

	while (strstr(output, text) == NULL) {
		struct pollfd ready = { .fd = fd, .events = POLLIN };

		ck_assert_int_eq(poll(&ready, 1, REALM_PATIENCE_MS), 1);
		ssize_t got = read(fd, output + len, sizeof(output) - 1 - len);
		ck_assert_msg(got > 0, "the terminal ends after: %s", output);
		len += (size_t)got;
		output[len] = '\0';
	}
}

static int
passwd_at_terminal(const char *first, const char *second)
{
	int fd, status;
	pid_t pid = forkpty(&fd, NULL, NULL, NULL);

	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		execl(kabarctl_path, "kabarctl", "-c", realm.config, "user", "passwd", "messi",
		    (char *)NULL);
		_exit(127);
	}
	output[0] = '\0';
	await_text(fd, "New password: ");
	ck_assert_int_eq(dprintf(fd, "%s\n", first), (int)strlen(first) + 1);
	await_text(fd, "Once more: ");
	ck_assert_int_eq(dprintf(fd, "%s\n", second), (int)strlen(second) + 1);
	status = realm_await(pid);
	/* The output may come in several pieces; at its end a terminal fails with EIO. */
	for (size_t len = strlen(output); len < sizeof(output) - 1; len = strlen(output)) {
		ssize_t got = read(fd, output + len, sizeof(output) - 1 - len);

		if (got <= 0)
			break;
		output[len + (size_t)got] = '\0';
	}
	close(fd);
	ck_assert(WIFEXITED(status));
	return WEXITSTATUS(status);
}

START_TEST(test_passwords_at_terminal)
{
	struct chat_user user;

	ck_assert_int_eq(passwd_at_terminal("hidden", "other"), 1);
	TOLD("the two passwords differ");
	ck_assert_ptr_null(strstr(output, "hidden"));
	ck_assert_int_eq(passwd_at_terminal("", ""), 1);
	ck_assert_int_eq(realmctl_check("messi", "surabaya", &user), CHAT_OK);
	ck_assert_int_eq(passwd_at_terminal("hidden", "hidden"), 0);
	ck_assert_ptr_null(strstr(output, "hidden"));
	ck_assert_int_eq(realmctl_check("messi", "hidden", &user), CHAT_OK);
	ck_assert_int_eq(realmctl_check("messi", "surabaya", &user), CHAT_BAD_PASSWORD);
}
END_TEST

START_TEST(test_user_list)
{
	WORKS("a\n", "user", "add", "Kahn", "-n", "\303\226liver", "-a");
	WORKS(NULL, "user", "lock", "kahn");
	WORKS(NULL, "user", "lock", "messi");
	SAYS(0,
	    "NAME       FULL NAME         COUNTRY    FLAGS\n"
	    "henderson  Jordan Henderson  Inggris    -\n"
	    "Kahn       \303\226liver            -          admin,locked\n"
	    "lineker    Gary Lineker      Inggris    -\n"
	    "messi      Lionel Messi      Argentina  locked\n",
	    "user", "list");
}
END_TEST

/* A person's name may hold what some terminals obey. */
START_TEST(test_list_is_safe)
{
	WORKS("a\n", "user", "add", "x", "-n", "a\302\2332Jb", "-C", "here");
	TELLS(0, NULL, "x          a?2Jb             here       -\n", "user", "list");
}
END_TEST

START_TEST(test_user_list_json)
{
	const char *name, *fullname, *country;
	int admin, locked, guest;
	json_int_t created;

	WORKS("a\n", "user", "add", "boss", "-n", "The \"Boss\" \\", "-a");
	ck_assert_int_eq(realmctl(NULL, ARGS("user", "list", "-j")), 0);
	ck_assert_int_eq(output[strlen(output) - 1], '\n');
	json_t *list = json_loads(output, 0, NULL);
	ck_assert_ptr_nonnull(list);
	ck_assert_uint_eq(json_array_size(list), 4);
	ck_assert_int_eq(json_unpack(json_array_get(list, 0),
	                     "{s:s, s:s, s:s, s:b, s:b, s:b, s:I, s:n !}", "name", &name,
	                     "fullname", &fullname, "country", &country, "admin", &admin, "locked",
	                     &locked, "guest", &guest, "created_ms", &created, "quota"),
	    0);
	ck_assert_str_eq(name, "boss");
	ck_assert_str_eq(fullname, "The \"Boss\" \\");
	ck_assert_str_eq(country, "");
	ck_assert(admin && !locked && !guest);
	ck_assert(llabs(created - clock_now_ms()) < 600000);
	json_decref(list);
}
END_TEST

START_TEST(test_user_show)
{
	WORKS(NULL, "group", "add", "Kopi", "messi");
	WORKS(NULL, "group", "add", "teh", "messi");
	TELLS(0, NULL,
	    "name       messi\nfull name  Lionel Messi\ncountry    Argentina\ncreated    2", "user",
	    "show", "MESSI");
	TOLD("\nadmin      no\nlocked     no\nguest      no\nfiles      0, 0 of 268435456 "
	     "bytes\ncerts      0\nonline     no\n"
	     "groups     Kopi\n           teh\n");
	TELLS(0, NULL, "\ngroups     -\n", "user", "show", "lineker");
	SAYS(1, "kabarctl: user nobody: no such user\n", "user", "show", "nobody");
}
END_TEST

START_TEST(test_user_blocks)
{
	WORKS(NULL, "group", "add", "kopi", "messi");
	realmctl_block("messi", "lineker");
	realmctl_block("messi", "henderson");
	TELLS(0, NULL, "\ngroups     kopi\nblocks     lineker\n           henderson\n", "user",
	    "show", "messi");
	TELLS(0, NULL, ",\"groups\":[\"kopi\"],\"blocks\":[\"lineker\",\"henderson\"]}\n", "user",
	    "show", "-j", "messi");
	SAYS(0, "", "user", "unblock", "Messi", "LINEKER");
	SAYS(1, "kabarctl: user messi does not block lineker\n", "user", "unblock", "messi",
	    "lineker");
	SAYS(1, "kabarctl: user messi does not block kabar\n", "user", "unblock", "messi", "kabar");
	SAYS(1, "kabarctl: user nobody: no such user\n", "user", "unblock", "nobody", "messi");
	SAYS(1, "kabarctl: block of nobody: no such user\n", "user", "unblock", "messi", "nobody");
	SAYS(1, "kabarctl: block of @solo: no such realm\n", "user", "unblock", "messi", "@solo");
	TELLS(0, NULL, ",\"blocks\":[\"henderson\"]}\n", "user", "show", "-j", "messi");
	SAYS(0, "", "user", "del", "henderson");
	TELLS(0, NULL, "\ngroups     kopi\n", "user", "show", "messi");
	ck_assert_ptr_null(strstr(output, "blocks"));
	SAYS(0, "2 users, 1 groups, 0 messages: sound\n", "check");
}
END_TEST

START_TEST(test_user_show_online)
{
	struct scoreboard_entry entry = { .pid = getpid(),
		.dialect = "realm",
		.address = "192.0.2.1" };
	struct chat_user user;

	realmctl_open();
	ck_assert_int_eq(chat_user_find(&chat, chat_text("messi"), &user), CHAT_OK);
	ck_assert_int_ge(scoreboard_enter(chat.scoreboard), 0);
	entry.user = user.id;
	entry.since_ms = clock_now_ms();
	scoreboard_show(chat.scoreboard, &entry);
	TELLS(0, NULL, "\nonline     since 2", "user", "show", "messi");
	TOLD(" from 192.0.2.1, realm\n");
	strlcpy(entry.program, "kabar/1.0", sizeof(entry.program));
	scoreboard_show(chat.scoreboard, &entry);
	TELLS(0, NULL, " from 192.0.2.1, realm, kabar/1.0\n", "user", "show", "messi");
	TELLS(0, NULL, "\nonline     no\n", "user", "show", "lineker");
	realmctl_close();
}
END_TEST

START_TEST(test_user_show_json)
{
	struct scoreboard_entry entry = { .pid = getpid(),
		.dialect = "realm",
		.address = "192.0.2.1",
		.program = "kabar/1.0" };
	const char *name, *fullname, *country, *address, *dialect, *client, *group;
	json_int_t created, files, bytes, limit, since, pid, certificates;
	int admin, locked, guest;
	struct chat_user user;

	WORKS("a\n", "user", "add", "Boss", "-n", "The \"Boss\" \\\303\241", "-a");
	WORKS(NULL, "group", "add", "kopi", "boss");
	TELLS(0, NULL,
	    "\"quota\":null,\"files\":0,\"files_bytes\":0,\"files_limit\":268435456,"
	    "\"certificates\":0,\"connections\":[],\"groups\":[\"kopi\"]}\n",
	    "user", "show", "-j", "boss");
	WORKS(NULL, "user", "quota", "boss", "1K");
	realmctl_open();
	/* A ringer that has missed events tells all who are shown that sessions may have ended. */
	ck_assert(signal(CHAT_PUSH_SIGNAL, SIG_IGN) != SIG_ERR);
	ck_assert_int_eq(chat_user_find(&chat, chat_text("boss"), &user), CHAT_OK);
	ck_assert_int_ge(scoreboard_enter(chat.scoreboard), 0);
	entry.user = user.id;
	entry.since_ms = 12345;
	scoreboard_show(chat.scoreboard, &entry);
	WORKS(NULL, "user", "show", "BOSS", "-j");
	json_t *shown = json_loads(output, JSON_REJECT_DUPLICATES, NULL);
	ck_assert_int_eq(json_unpack(shown,
	                     "{s:s, s:s, s:s, s:b, s:b, s:b, s:I, s:I, s:I, s:I, s:I, s:I,"
	                     " s:[{s:s, s:s, s:I, s:s, s:I !} !], s:[s !] !}",
	                     "name", &name, "fullname", &fullname, "country", &country, "admin",
	                     &admin, "locked", &locked, "guest", &guest, "created_ms", &created,
	                     "quota", &limit, "files", &files, "files_bytes", &bytes, "files_limit",
	                     &limit, "certificates", &certificates, "connections", "address",
	                     &address, "dialect", &dialect, "since_ms", &since, "client", &client,
	                     "pid", &pid, "groups", &group),
	    0);
	ck_assert_str_eq(name, "Boss");
	ck_assert_str_eq(fullname, "The \"Boss\" \\\303\241");
	ck_assert(admin && !locked);
	ck_assert_int_eq(limit, 1024);
	ck_assert_str_eq(address, "192.0.2.1");
	ck_assert_int_eq(since, 12345);
	ck_assert_str_eq(client, "kabar/1.0");
	ck_assert_int_eq(pid, getpid());
	json_decref(shown);
	realmctl_close();
	SAYS(1, "{\"error\":\"user nobody: no such user\",\"status\":1}\n", "user", "show",
	    "nobody", "-j");
}
END_TEST

START_TEST(test_user_lock)
{
	struct chat_user user;

	SAYS(0, "", "user", "lock", "Messi");
	SAYS(0, "", "user", "lock", "messi");
	ck_assert_int_eq(realmctl_check("messi", "surabaya", &user), CHAT_LOCKED);
	TELLS(0, NULL, "\nlocked     yes\n", "user", "show", "messi");
	SAYS(0, "", "user", "unlock", "MESSI");
	ck_assert_int_eq(realmctl_check("messi", "surabaya", &user), CHAT_OK);
	SAYS(1, "kabarctl: user nobody: no such user\n", "user", "lock", "nobody");
	SAYS(1, "kabarctl: user nobody: no such user\n", "user", "unlock", "nobody");
}
END_TEST

START_TEST(test_user_del)
{
	WORKS(NULL, "group", "add", "kopi", "messi");
	WORKS(NULL, "group", "join", "kopi", "lineker");
	SAYS(0, "", "user", "del", "MESSI");
	SAYS(1, "kabarctl: user messi: no such user\n", "user", "del", "messi");
	SAYS(0, "NAME  MEMBERS  OWNER\nkopi        1  -\n", "group", "list");
	SAYS(0, "2 users, 1 groups, 0 messages: sound\n", "check");
	WORKS("a\n", "user", "add", "messi");
	TELLS(0, NULL, "\ngroups     -\n", "user", "show", "messi");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("kabarctl user");
	TCase *tcase = realmctl_tcase(suite, "kabarctl user");

	tcase_add_test(tcase, test_user_add);
	tcase_add_test(tcase, test_user_add_without_fullname);
	tcase_add_test(tcase, test_user_names);
	tcase_add_test(tcase, test_user_texts);
	tcase_add_test(tcase, test_passwords_by_script);
	tcase_add_test(tcase, test_one_line_is_taken);
	tcase_add_test(tcase, test_passwords_at_terminal);
	tcase_add_test(tcase, test_user_list);
	tcase_add_test(tcase, test_list_is_safe);
	tcase_add_test(tcase, test_user_list_json);
	tcase_add_test(tcase, test_user_show);
	tcase_add_test(tcase, test_user_blocks);
	tcase_add_test(tcase, test_user_show_online);
	tcase_add_test(tcase, test_user_show_json);
	tcase_add_test(tcase, test_user_lock);
	tcase_add_test(tcase, test_user_del);
	return realm_run_suite(suite);
}
