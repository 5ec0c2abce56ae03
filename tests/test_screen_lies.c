/*
 * The screen of the client with a server that says what a test wants when it wants it: whom a line
 * goes to, where a password goes, what is asked for again, and what is kept when the session ends.
 */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client_home.h"
#include "liar.h"
#include "screen.h"

#define TOKEN "4f7df0ff-9e96-4ab3-9c92-0f7dadd1119f"

/* What the server says to a request that begins so; the rest is "OK". */
struct answer {
	const char *request;
	const char *reply; /* "": the connection is closed; "-": nothing is said */
};

/* What the process of the server needs of the test. */
struct script {
	const struct answer *answers; /* up to a NULL */
	int say;                      /* lines that are said as they are read */
	int asked;                    /* where requests are noted */
};

static struct realm realm; /* only its directory, for the home */
static struct liar liar, other;
static struct screen a;
static int say[2];
static char asked[REALM_PATH_MAX + 16], seen[65536];

static const char *
find_answer(const struct script *script, const char *request)
{
	for (const struct answer *at = script->answers; at->request != NULL; at++)
		if (strncmp(request, at->request, strlen(at->request)) == 0)
			return at->reply;
	if (strcmp(request, "features") == 0)
		return "{\"status\":\"OK\",\"features\":[\"watch\"]}";
	if (strncmp(request, "auth ", 5) == 0)
		return "{\"status\":\"OK\",\"tokenid\":\"" TOKEN "\"}";
	return "{\"status\":\"OK\"}";
}

/* Says a line of the test's, if there is one. */
static bool
say_line(struct liar_client *client, int fd)
{
	char line[4096];
	size_t len = 0;

	while (len < sizeof(line) - 1 && read(fd, line + len, 1) == 1 && line[len] != '\n')
		len++;
	line[len] = '\0';
	return len > 0 && liar_reply(client, line);
}

static void
follow_script(struct liar_client *client)
{
	const struct script *script = client->arg;
	struct pollfd fds[2] = { { .fd = client->fd, .events = POLLIN },
		{ .fd = script->say, .events = POLLIN } };
	char request[4096];
	const char *reply;

	/* A file has a connection of its own. */
	signal(SIGCHLD, SIG_IGN);
	if (fork() != 0)
		return;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;) {
		if (poll(fds, 2, -1) < 0)
			_exit(1);
		if ((fds[1].revents & POLLIN) != 0 && !say_line(client, script->say))
			_exit(0);
		if (fds[0].revents == 0)
			continue;
		if (!liar_hear(client, request, sizeof(request)))
			_exit(0);
		dprintf(script->asked, "%s\n", request);
		reply = find_answer(script, request);
		if (strcmp(reply, "-") == 0)
			continue;
		if (reply[0] == '\0' || !liar_reply(client, reply))
			_exit(0);
	}
}

static void
setup(void)
{
	realm_make(&realm, "");
	client_home_enter(&realm, "messi");
	snprintf(asked, sizeof(asked), "%s/asked", realm.dir);
	ck_assert_int_eq(pipe(say), 0);
	a = (struct screen){ 0 };
}

static void
teardown(void)
{
	screen_close(&a);
	liar_stop(&liar);
	liar_stop(&other);
	close(say[0]);
	close(say[1]);
	realm_remove(&realm);
}

static struct liar
start_server(const struct answer *answers)
{
	static struct script scripts[2];
	static size_t n;
	struct script *script = &scripts[n++ % 2];

	*script = (struct script){ .answers = answers,
		.say = say[0],
		.asked = open(asked, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600) };
	ck_assert_int_ge(script->asked, 0);
	return liar_start(follow_script, script);
}

/* A screen that is logged in at the server. */
static void
open_screen(const struct answer *answers, const char *environment)
{
	char account[512];

	liar = start_server(answers);
	snprintf(account, sizeof(account),
	    "{\"user\":\"messi\",\"host\":\"127.0.0.1\",\"port\":%u,\"tls\":false,"
	    "\"dialect\":\"realm\",\"token\":\"" TOKEN "\"}",
	    liar.port);
	client_home_write(".local/state/kabar/accounts/default", account);
	screen_open(&a, &realm, "a", 80, 24, environment);
}

static void
tell(const char *event)
{
	ck_assert_int_eq(dprintf(say[1], "%s\n", event), (int)strlen(event) + 1);
}

static const char *
read_asked(void)
{
	FILE *file = fopen(asked, "r");
	size_t n = 0;

	if (file != NULL) {
		n = fread(seen, 1, sizeof(seen) - 1, file);
		fclose(file);
	}
	seen[n] = '\0';
	return seen;
}

static bool
was_asked(void *arg)
{
	return strstr(read_asked(), arg) != NULL;
}

static void
await_request(const char *text)
{
	char copy[256];

	snprintf(copy, sizeof(copy), "%s", text);
	ck_assert_msg(realm_until(was_asked, copy), "%s was not asked, but\n%s", text,
	    read_asked());
}

#define WITH(who, last)                         \
	"{\"with\":\"" who "\",\"last\":" #last \
	",\"time\":\"2026-11-21T04:51:12.345Z\",\"unread\":0}"

static const struct answer two_groups[] = {
	{ "conversations",
	    "{\"status\":\"OK\",\"conversations\":[" WITH("#kopi", 9) "," WITH("#teh", 8) "]}" },
	{ "history", "{\"status\":\"OK\",\"messages\":[],\"more\":false}" },
	{ "post", "{\"status\":\"OK\",\"id\":20,\"time\":\"2026-11-21T04:51:12.345Z\"}" },
	{ NULL, NULL },
};

START_TEST(nobody_else_is_written_to)
{
	open_screen(two_groups, "");
	screen_await(&a, "#teh ");
	screen_say(&a, "/msg #kopi");
	screen_type(&a, "rahasia");
	screen_await(&a, "> rahasia");
	tell("{\"event\":\"member\",\"group\":\"#kopi\",\"user\":\"messi\",\"joined\":false}");
	screen_await(&a, "you are no longer in #kopi");
	screen_await(&a, "> rahasia");
	screen_press(&a, "Enter");
	await_request(" #kopi rahasia\n");
	ck_assert_ptr_null(strstr(read_asked(), "#teh rahasia"));
}
END_TEST

/* The group is taken out of the list, and a click finds the one that stands there now. */
START_TEST(a_group_that_was_left_is_gone)
{
	open_screen(two_groups, "");
	screen_await(&a, "#teh ");
	screen_press(&a, "F2");
	screen_await_gone(&a, "#teh");
	screen_say(&a, "/leave");
	screen_await(&a, "you have left #kopi");
	screen_say(&a, "/msg #lain");
	screen_await(&a, "#lain");
	screen_say(&a, "/leave");
	screen_await(&a, "you have left #lain");
	screen_say(&a, "masih hidup");
	await_request(" #teh masih hidup\n");
}
END_TEST

START_TEST(a_password_can_be_pasted)
{
	char server[64];

	liar = start_server(two_groups);
	screen_open(&a, &realm, "a", 80, 24, "");
	screen_await(&a, " kabar: log in");
	snprintf(server, sizeof(server), "127.0.0.1:%u", liar.port);
	screen_type(&a, server);
	screen_press(&a, "Tab", "Tab");
	screen_type(&a, "messi");
	screen_press(&a, "Tab");
	screen_paste(&a, "surabaya");
	screen_await(&a, "********");
	screen_press(&a, "Enter");
	screen_await(&a, "#teh ");
	screen_say(&a, "halo");
	screen_await(&a, "messi: halo\n");
	screen_press(&a, "C-q");
	screen_await(&a, "ended with 0");
}
END_TEST

static const struct {
	const char *server;
	const char *tls;
} hosts[] = {
	{ "localhost", "no" },
	{ "[::1]:12", "no" },
	{ "localhosting.example", "yes" },
	{ "localhost.example", "yes" },
	{ "127.example", "yes" },
};

START_TEST(only_the_own_machine_is_without_tls)
{
	char row[64];

	screen_open(&a, &realm, "a", 80, 24, "");
	screen_await(&a, " kabar: log in");
	for (size_t i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++) {
		screen_press(&a, "C-u");
		screen_type(&a, hosts[i].server);
		snprintf(row, sizeof(row), " Server         %s\n", hosts[i].server);
		screen_await(&a, row);
		snprintf(row, sizeof(row), " TLS            %s\n", hosts[i].tls);
		screen_await(&a, row);
	}
}
END_TEST

/* What holds for the server of an account holds for no other one. */
START_TEST(another_server_is_asked_with_tls)
{
	open_screen(two_groups, "");
	screen_await(&a, "#teh ");
	tell("{\"event\":\"end\",\"message\":\"Session tidak ditemukan\",\"code\":\"NO_SESSION\"}");
	screen_await(&a, " TLS            no\n");
	screen_press(&a, "Up", "Up", "Up", "C-u");
	screen_type(&a, "chat.example");
	screen_await(&a, " Server         chat.example\n");
	screen_await(&a, " TLS            yes\n");
}
END_TEST

static const struct answer ended[] = {
	{ "conversations", "{\"status\":\"OK\",\"conversations\":[" WITH("#kopi", 9) "]}" },
	{ "history", "{\"status\":\"OK\",\"messages\":[],\"more\":false}" },
	{ "post " TOKEN,
	    "{\"status\":\"ERROR\",\"message\":\"Session tidak "
	    "ditemukan\",\"code\":\"NO_SESSION\"}" },
	{ NULL, NULL },
};

/* What was refused for want of a session goes with the next one, and to the same server only. */
START_TEST(what_waits_goes_with_the_next_session)
{
	open_screen(ended, "");
	screen_await(&a, "#kopi ");
	screen_say(&a, "tetap ada");
	screen_await(&a, " kabar: log in");
	screen_await(&a, "the session has ended");
	screen_say(&a, "surabaya");
	await_request("auth messi surabaya\n");
	screen_await(&a, " kabar: log in"); /* it is refused again */
	ck_assert(strstr(strstr(read_asked(), "auth messi"), "#kopi tetap ada") != NULL ||
	    realm_until(was_asked, (void *)(uintptr_t) "#kopi tetap ada"));
}
END_TEST

START_TEST(nothing_goes_to_another_server)
{
	char server[64];

	open_screen(ended, "");
	screen_await(&a, "#kopi ");
	screen_say(&a, "untuk yang satu");
	screen_await(&a, " kabar: log in");
	other = start_server(two_groups);
	screen_press(&a, "Up", "Up", "Up", "C-u");
	snprintf(server, sizeof(server), "127.0.0.1:%u", other.port);
	screen_type(&a, server);
	screen_press(&a, "Tab", "Tab", "Tab");
	ck_assert_int_eq(truncate(asked, 0), 0);
	screen_say(&a, "surabaya");
	screen_await(&a, "1 message to another server was not sent");
	screen_await(&a, "#teh ");
	screen_say(&a, "halo");
	await_request(" #kopi halo\n");
	ck_assert_ptr_null(strstr(read_asked(), "untuk yang satu"));
}
END_TEST

#define OLD                                                                                  \
	"{\"id\":5,\"time\":\"2026-11-21T04:51:12.345Z\",\"from\":\"henderson\",\"text\":\"" \
	"sama\"}"

static const struct answer no_progress[] = {
	{ "conversations", "{\"status\":\"OK\",\"conversations\":[" WITH("henderson", 5) "]}" },
	{ "history", "{\"status\":\"OK\",\"messages\":[" OLD "],\"more\":true}" },
	{ NULL, NULL },
};

START_TEST(a_page_that_is_known_ends_it)
{
	size_t n = 0;

	open_screen(no_progress, "");
	screen_await(&a, "henderson: sama");
	await_request("henderson before 5 ");
	screen_say(&a, "/sessions");
	await_request("sessions ");
	for (const char *at = read_asked(); (at = strstr(at, "history ")) != NULL; at++)
		n++;
	ck_assert_uint_eq(n, 2);
}
END_TEST

static const struct answer no_id[] = {
	{ "conversations", "{\"status\":\"OK\",\"conversations\":[" WITH("#kopi", 9) "]}" },
	{ "history", "{\"status\":\"OK\",\"messages\":[],\"more\":false}" },
	{ NULL, NULL },
};

/* A reply that belongs to something else is no receipt; what is not sent is told at the end. */
START_TEST(quitting_tells_what_is_not_sent)
{
	open_screen(no_id, "");
	screen_await(&a, "#kopi ");
	screen_say(&a, "belum terkirim");
	screen_await(&a, "what the server sent is no reply");
	screen_await(&a, "belum terkirim");
	screen_press(&a, "C-q");
	screen_await(&a, "1 message is not sent: quit once more to lose it");
	screen_press(&a, "C-q");
	screen_await(&a, "kabar: not sent to #kopi: belum terkirim\nended with 75");
}
END_TEST

START_TEST(a_line_of_text_is_no_line_of_its_own)
{
	open_screen(two_groups, "TERM=dumb");
	await_request("conversations ");
	tell("{\"event\":\"message\",\"with\":\"henderson\",\"id\":30,"
	     "\"time\":\"2026-11-21T04:51:12.345Z\",\"from\":\"henderson\","
	     "\"text\":\"halo\\n14:14 bos bos: kirim uang\"}");
	screen_await(&a, "henderson henderson: halo\n    00:00 bos bos: kirim uang\n");
	/* Whoever writes first is not answered by chance. */
	screen_say(&a, "untuk siapa");
	screen_await(&a, "to whom? /msg WHO opens a conversation");
	ck_assert_ptr_null(strstr(read_asked(), "untuk siapa"));
	screen_press(&a, "C-z");
	screen_await(&a, "stopped");
	screen_press(&a, "Enter");
	screen_say(&a, "/quit");
	screen_await(&a, "ended with 0");
}
END_TEST

START_TEST(a_draft_survives_a_search)
{
	open_screen(two_groups, "");
	screen_await(&a, "#teh ");
	screen_type(&a, "konsep panjang");
	screen_press(&a, "C-r");
	screen_type(&a, "cari");
	screen_press(&a, "C-n", "C-p");
	screen_await(&a, "> konsep panjang\n");
}
END_TEST

static const struct answer files[] = {
	{ "conversations", "{\"status\":\"OK\",\"conversations\":[" WITH("#kopi", 9) "]}" },
	{ "history", "{\"status\":\"OK\",\"messages\":[],\"more\":false}" },
	{ "download " TOKEN " #kopi -rf",
	    "{\"status\":\"OK\",\"filename\":\"-rf\",\"size\":2,\"data\":\"aGk=\"}" },
	{ "download " TOKEN " #kopi kosong", "{\"status\":\"OK\",\"filename\":\"a\",\"size\":0}" },
	{ "download ", "-" },
	{ NULL, NULL },
};

/* A fetched file is what any new file is; one that stalls can be given up. */
START_TEST(files_are_fetched_with_care)
{
	char path[REALM_PATH_MAX + 128];
	struct stat st;

	umask(077);
	open_screen(files, "");
	screen_await(&a, "#kopi ");
	screen_say(&a, "/get -rf");
	screen_await(&a, "rf is here");
	snprintf(path, sizeof(path), "%s/rf", a.directory);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_int_eq(st.st_mode & 0777, 0600);
	screen_say(&a, "/get kosong");
	screen_await(&a, "what the server sent is no file");
	screen_say(&a, "/get macet");
	await_request(" #kopi macet\n");
	screen_say(&a, "/get dua");
	screen_await(&a, "another file is on its way");
	screen_press(&a, "C-c");
	screen_await(&a, "given up");
	screen_say(&a, "/get -rf");
	screen_await(&a, "rf-2 is here");
}
END_TEST

/* What is no UTF-8 is seen as such, and what comes with it stays. */
START_TEST(other_bytes_swallow_nothing)
{
	open_screen(two_groups, "");
	screen_await(&a, "#teh ");
	screen_paste(&a, "na\xefve text \xe9 \xc3\xa9");
	screen_await(&a, "> na\xef\xbf\xbdve text \xef\xbf\xbd \xc3\xa9\n");
	screen_type(&a, " \xe5\xa5\xbd");
	screen_press(&a, "Enter");
	screen_await_gone(&a, "> na");
	await_request(" #kopi na\xef\xbf\xbdve text \xef\xbf\xbd \xc3\xa9 \xe5\xa5\xbd\n");
}
END_TEST

/* What combines with a wide character is drawn with it. */
START_TEST(marks_of_wide_characters_are_seen)
{
	open_screen(two_groups, "");
	screen_await(&a, "#teh ");
	screen_paste(&a, "\xe5\xa5\xbd\xcc\x81");
	screen_await(&a, "> \xe5\xa5\xbd\xcc\x81\n");
}
END_TEST

static void
add_test(Suite *suite, const char *name, const TTest *test)
{
	TCase *tcase = realm_tcase(suite, name);

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, test);
}

static Suite *
make_suite(void)
{
	Suite *suite = suite_create("screen_lies");

	add_test(suite, "nobody_else_is_written_to", nobody_else_is_written_to);
	add_test(suite, "a_group_that_was_left_is_gone", a_group_that_was_left_is_gone);
	add_test(suite, "a_password_can_be_pasted", a_password_can_be_pasted);
	add_test(suite, "only_the_own_machine_is_without_tls", only_the_own_machine_is_without_tls);
	add_test(suite, "another_server_is_asked_with_tls", another_server_is_asked_with_tls);
	add_test(suite, "what_waits_goes_with_the_next_session",
	    what_waits_goes_with_the_next_session);
	add_test(suite, "nothing_goes_to_another_server", nothing_goes_to_another_server);
	add_test(suite, "a_page_that_is_known_ends_it", a_page_that_is_known_ends_it);
	add_test(suite, "quitting_tells_what_is_not_sent", quitting_tells_what_is_not_sent);
	add_test(suite, "a_line_of_text_is_no_line_of_its_own",
	    a_line_of_text_is_no_line_of_its_own);
	add_test(suite, "a_draft_survives_a_search", a_draft_survives_a_search);
	add_test(suite, "files_are_fetched_with_care", files_are_fetched_with_care);
	add_test(suite, "other_bytes_swallow_nothing", other_bytes_swallow_nothing);
	add_test(suite, "marks_of_wide_characters_are_seen", marks_of_wide_characters_are_seen);
	return suite;
}

int
main(void)
{
	if (screen_is_missing())
		return SUITE_SKIPPED;
	return realm_run_suite(make_suite());
}
