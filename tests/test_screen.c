/*
 * The screen of the client in a real terminal, with the real server: what one person types is what
 * others see; it survives the loss of the server, other sizes and terminals that can do less.
 */
#include <netinet/in.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client_home.h"
#include "screen.h"

#define LINES 10000

static struct realm realm;
static struct screen a, b, c;

static void
setup(void)
{
	realm_make(&realm, "request_rate = 0  byte_rate = 0  inbox_max = 100000");
	realm_start(&realm);
	a = b = c = (struct screen){ 0 };
}

static void
teardown(void)
{
	screen_close(&a);
	screen_close(&b);
	screen_close(&c);
	realm_remove(&realm);
}

/* A user who is logged in already, in a terminal of 80x24. */
static void
open_screen(struct screen *s, const char *user, const char *name)
{
	client_home_login(&realm, user);
	screen_open(s, &realm, name, 80, 24, "");
	screen_await(s, " connected");
}

START_TEST(login_by_the_form)
{
	char server[64];

	client_home_enter(&realm, "messi");
	screen_open(&a, &realm, "a", 60, 12, "");
	screen_await_whole(&a,
	    " kabar: log in\n"
	    "\n"
	    " Server\n"
	    " TLS            yes\n"
	    " User\n"
	    " Password\n"
	    " New account    no\n"
	    "\n\n\n\n"
	    " Tab: next field. Space: yes or no. Enter: log in. Ctrl-Q:\n");
	snprintf(server, sizeof(server), "127.0.0.1:%u", realm.port);
	screen_type(&a, server);
	screen_await(&a, " TLS            no\n"); /* the own machine */
	screen_press(&a, "Tab", "Tab");
	screen_type(&a, "messi");
	screen_press(&a, "Tab");
	screen_say(&a, "salah");
	screen_await(&a, "the password is wrong");
	screen_press(&a, "C-u");
	screen_say(&a, "surabaya");
	screen_await(&a, " connected");
	screen_await(&a, "No conversation so far");
	screen_press(&a, "C-q");
	screen_await(&a, "ended with 0");
	/* The session was kept. */
	CLIENT_SAYS(0, "", NULL, "inbox");
}
END_TEST

START_TEST(registration_by_the_form)
{
	client_home_login(&realm, "messi");
	CLIENT_SAYS(0, "", NULL, "logout");
	screen_open(&a, &realm, "a", 80, 24, "");
	screen_await(&a, " User           messi");
	screen_type(&a, "rahasia");
	screen_press(&a, "Tab", "Space", "Tab");
	screen_type(&a, "Zinedine Zidane");
	screen_press(&a, "Tab");
	screen_type(&a, "Prancis");
	screen_press(&a, "Tab", "Tab", "Tab", "C-u");
	screen_say(&a, "zidane");
	screen_await(&a, " zidane@127.0.0.1");
	screen_await(&a, " connected");
	screen_say(&a, "/info zidane");
	screen_await(&a, "zidane  Zinedine Zidane  Prancis  online");
}
END_TEST

START_TEST(two_people_talk)
{
	open_screen(&a, "messi", "a");
	open_screen(&b, "henderson", "b");
	screen_say(&a, "/msg henderson halo, apa kabar?");
	screen_await(&b, "messi: halo, apa kabar?");
	screen_say(&b, "baik! kamu?");
	screen_await(&a, "henderson: baik! kamu?");
	/* Wide characters and some that combine stand where they should. */
	screen_say(&a, "\xe5\xa5\xbd\xe5\xa5\xbd e\xcc\x81 selesai");
	screen_await(&b, "selesai");
	screen_await_whole(&b,
	    " henderson@127.0.0.1 · messi (online)\n"
	    "People                │── Day, 0000-00-00 ──\n"
	    "●messi                │── not read yet ──\n"
	    "Realms                │00:00 messi: halo, apa kabar?\n"
	    "●surabaya             │00:00 henderson: baik! kamu?\n"
	    "                      │00:00 messi: \xe5\xa5\xbd\xe5\xa5\xbd \xc3\xa9 selesai\n"
	    "                      │\n                      │\n                      │\n"
	    "                      │\n                      │\n                      │\n"
	    "                      │\n                      │\n                      │\n"
	    "                      │\n                      │\n                      │\n"
	    "                      │\n                      │\n                      │\n"
	    "                      │\n"
	    " connected\n"
	    ">\n");
}
END_TEST

START_TEST(own_words_on_every_device)
{
	open_screen(&a, "messi", "a");
	client_home_enter(&realm, "messi");
	screen_open(&b, &realm, "b", 80, 24, "");
	screen_await(&b, " connected");
	screen_say(&a, "/msg henderson dari yang satu");
	screen_await(&a, "messi: dari yang satu");
	screen_await(&b, "henderson "); /* in the list */
	screen_press(&b, "C-n");
	screen_await(&b, "messi: dari yang satu");
	screen_say(&b, "dari yang lain");
	screen_await(&a, "messi: dari yang lain");
	client_home_login(&realm, "lineker");
	CLIENT_SAYS(0, "", NULL, "send", "messi", "pesan baru");
	screen_await(&a, "lineker             1");
	screen_await(&a, "1 unread elsewhere");
	screen_await(&b, "lineker             1");
	screen_press(&b, "M-a"); /* what one has read is read on the other */
	screen_await(&b, "lineker: pesan baru");
	screen_await_gone(&a, "lineker             1");
	screen_await_gone(&a, "unread elsewhere");
}
END_TEST

START_TEST(groups_and_their_commands)
{
	open_screen(&a, "messi", "a");
	open_screen(&b, "henderson", "b");
	screen_say(&a, "/group add kopi");
	screen_await(&a, "you are in #kopi");
	screen_await(&a, "#kopi (1 member)");
	screen_say(&b, "/join #kopi");
	screen_await(&b, "#kopi (2 members)");
	screen_await(&a, "#kopi (2 members)");
	screen_say(&b, "kopi tubruk");
	screen_await(&a, "henderson: kopi tubruk");
	screen_say(&a, "/members");
	screen_await(&a, "henderson  Jordan Henderson  online");
	screen_press(&a, "Escape");
	screen_await_gone(&a, "Jordan Henderson");
	screen_say(&b, "/leave");
	screen_await(&b, "you have left #kopi");
	screen_await(&a, "#kopi (1 member)");
	screen_say(&b, "/join rahasia");
	screen_await(&b, "there is no such group");
	screen_say(&b, "/apa");
	screen_await(&b, "there is no command /apa");
}
END_TEST

START_TEST(keys_edit_and_complete)
{
	open_screen(&a, "messi", "a");
	screen_say(&a, "/msg henderson satu");
	screen_await(&a, "messi: satu");
	screen_type(&a, "/mem");
	screen_press(&a, "Tab");
	screen_await(&a, "> /members");
	screen_press(&a, "C-u");
	screen_type(&a, "HEN");
	screen_press(&a, "Tab");
	screen_await(&a, "> henderson:");
	screen_type(&a, "apa kabar");
	screen_press(&a, "C-w", "C-a");
	screen_type(&a, "X");
	screen_await(&a, "> Xhenderson: apa");
	screen_press(&a, "C-c", "Up");
	screen_await(&a, "> /msg henderson satu");
	screen_press(&a, "C-c");
	/* Several lines, typed and pasted, are one message. */
	screen_type(&a, "baris satu");
	screen_press(&a, "C-j");
	screen_say(&a, "baris dua");
	screen_await(&a, "│      baris dua\n");
	screen_paste(&a, "tempel\nini\tsemua");
	screen_await(&a, "> tempel\n  ini    semua");
	screen_press(&a, "Enter");
	screen_await(&a, "│      ini    semua\n");
	screen_press(&a, "F3");
	screen_await(&a, "\n?");
	screen_say(&a, "DUA");
	screen_await(&a, " · found: DUA");
	screen_press(&a, "F3");
	screen_await(&a, " · not found: DUA");
	screen_press(&a, "F1");
	screen_await(&a, "this list (? where the line is empty)");
	screen_press(&a, "Escape");
	screen_await(&a, "messi: tempel");
}
END_TEST

START_TEST(sizes_and_no_colour)
{
	client_home_login(&realm, "messi");
	screen_open(&a, &realm, "a", 80, 24, "NO_COLOR=1");
	screen_await(&a, " connected");
	screen_say(&a, "/msg henderson satu dua tiga empat lima enam tujuh delapan sembilan");
	screen_await(&a, "sembilan\n");
	screen_resize(&a, 40, 10);
	screen_await_whole(&a,
	    " messi@127.0.0.1 · henderson (offline)\n"
	    "── Day, 0000-00-00 ──\n"
	    "00:00 messi: satu dua tiga empat lima\n"
	    "      enam tujuh delapan sembilan\n"
	    "\n\n\n\n"
	    " connected · sent\n"
	    ">\n");
	screen_resize(&a, 39, 10);
	screen_await_whole(&a, "Too small: 40x10 is the least.\n");
	screen_resize(&a, 100, 30);
	screen_await(&a, "│00:00 messi: satu dua tiga empat lima enam tujuh delapan sembilan\n");
	screen_press(&a, "F2");
	screen_await(&a, "\n00:00 messi: satu");
}
END_TEST

static void
write_random(const char *path, size_t size)
{
	FILE *file = fopen(path, "we");

	ck_assert_ptr_nonnull(file);
	for (size_t i = 0; i < size; i++)
		putc((int)(i * 7919 >> 3 & 0xff), file);
	ck_assert_int_eq(fclose(file), 0);
}

START_TEST(files_are_sent_and_fetched)
{
	const char *const compare[] = { "/usr/bin/cmp", NULL, NULL, NULL };
	const char *argv[4];
	char sent[512], fetched[512];

	memcpy(argv, compare, sizeof(argv));
	open_screen(&a, "messi", "a");
	open_screen(&b, "henderson", "b");
	snprintf(sent, sizeof(sent), "%s/data.bin", a.directory);
	snprintf(fetched, sizeof(fetched), "%s/data.bin", b.directory);
	write_random(sent, 1234567);
	screen_say(&a, "/msg henderson");
	screen_await(&a, "· henderson");
	screen_say(&a, "/send data.bin");
	screen_await(&a, "messi: [file] data.bin (1.2 MB)");
	screen_await(&b, "messi: [file] data.bin (1.2 MB)");
	screen_press(&b, "F5");
	screen_await(&b, "data.bin is here");
	argv[1] = sent;
	argv[2] = fetched;
	ck_assert_int_eq(realm_run(argv, NULL, NULL, 0), 0);
	/* From the list, and nothing is overwritten. */
	screen_press(&b, "F4");
	screen_await(&b, "data.bin  1.2 MB  0000-00-00");
	screen_press(&b, "Enter");
	screen_await(&b, "data-2.bin is here");
	screen_say(&a, "/send tidak-ada");
	screen_await(&a, "No such file");
	screen_say(&a, "/drop");
	screen_await_gone(&a, "No such file");
}
END_TEST

START_TEST(the_server_is_lost_and_comes_back)
{
	open_screen(&a, "messi", "a");
	open_screen(&b, "henderson", "b");
	screen_say(&a, "/msg henderson sebelum");
	screen_await(&b, "messi: sebelum");
	kill(realm.kabard, SIGKILL);
	realm_await(realm.kabard);
	realm.kabard = 0;
	screen_await(&a, " reconnecting");
	screen_say(&a, "saat putus");
	screen_say(&a, "dan lagi");
	screen_await(&a, "messi: dan lagi …");
	realm_start(&realm);
	screen_await(&a, " connected");
	screen_await(&b, " connected");
	screen_await_gone(&a, "…");
	screen_await(&b, "messi: dan lagi");
	screen_await(&b, "00:00 messi: sebelum\n");
	screen_await(&b,
	    "00:00 messi: saat putus\n"
	    "                      │00:00 messi: dan lagi\n"
	    "                      │\n");
}
END_TEST

/* Has the user send many lines over one connection. */
static void
send_lines(const char *user, const char *to, int n)
{
	int fd = realm_connect(&realm), replies = -1;
	FILE *in = fdopen(dup(fd), "r"), *out = fdopen(fd, "w");
	char line[256];

	ck_assert(in != NULL && out != NULL);
	fprintf(out, "auth %s surabaya\r\n", user);
	/* Replies are read as requests go, so that neither side waits for the other. */
	for (int i = 1; replies < n;) {
		for (int k = 0; k < 200 && i <= n; k++, i++)
			fprintf(out, "send %s pesan nomor %d.\r\n", to, i);
		fflush(out);
		while (replies < i - 1 && fgets(line, sizeof(line), in) != NULL)
			replies += line[0] == '{';
		ck_assert(!ferror(in) && !feof(in));
	}
	fclose(in);
	fclose(out);
}

/* A condition: what was more than a page of history ago is seen. */
static bool
pages_up(void *arg)
{
	screen_press(arg, "PPage");
	screen_look(arg);
	return strstr(((struct screen *)arg)->text, "pesan nomor 98") != NULL;
}

START_TEST(ten_thousand_lines)
{
	send_lines("henderson", "messi", LINES);
	open_screen(&a, "messi", "a");
	screen_await(&a, "henderson: pesan nomor 10000.");
	/* Above what is known more is asked for as one scrolls. */
	ck_assert(realm_until(pages_up, &a));
	screen_press(&a, "M-e");
	screen_await(&a, "henderson: pesan nomor 10000.");
	screen_type(&a, "\033[M`*-"); /* the wheel, as xterm tells of it */
	screen_await(&a, "scrolled back");
	screen_await_gone(&a, "pesan nomor 10000.");
	screen_await(&a, "pesan nomor 9997.");
	/* A search goes as far back as it must. */
	screen_say(&a, "/search nomor 17.");
	screen_await(&a, "henderson: pesan nomor 17.\n");
	screen_await(&a, " · found: nomor 17.");
	screen_press(&a, "PPage");
	screen_await(&a, "── Day, 0000-00-00 ──\n");
	screen_await(&a, "henderson: pesan nomor 1.");
	screen_press(&a, "Escape");
	screen_await(&a, "henderson: pesan nomor 10000.");
}
END_TEST

START_TEST(a_refusal_stays_until_it_is_sent_again)
{
	open_screen(&a, "messi", "a");
	open_screen(&b, "henderson", "b");
	screen_say(&b, "/block messi");
	screen_await(&b, " · done");
	screen_say(&a, "/msg henderson tolong");
	screen_await(&a, "messi: tolong ✗ this user takes no messages from");
	screen_type(&b, "/unblock messi");
	screen_await_gone(&b, " · done");
	screen_press(&b, "Enter");
	screen_await(&b, " · done");
	screen_say(&a, "/retry");
	screen_await(&b, "messi: tolong");
	screen_await_gone(&a, "✗");
}
END_TEST

/* What knows no conversations says so, and is of use to the commands. */
START_TEST(older_servers_are_told)
{
	struct sockaddr_in name;
	int port_fd = realm_bind_port(0, &name);
	char settings[128], address[64];

	snprintf(settings, sizeof(settings),
	    "listen \"old\" { address = \"127.0.0.1\"  port = %u  dialect = \"show\" }",
	    ntohs(name.sin_port));
	realm_stop(&realm);
	realm_configure(&realm, settings);
	realm_start(&realm);
	client_home_enter(&realm, "messi");
	snprintf(address, sizeof(address), "messi@127.0.0.1:%u", ntohs(name.sin_port));
	CLIENT_TELLS(0, "messi is logged in", "surabaya\n", "login", address, "--dialect", "show");
	screen_open(&a, &realm, "a", 80, 24, "");
	screen_await(&a, " connected · this server has no conversations: use kabar inbox and send");
	screen_press(&a, "C-d");
	screen_await(&a, "ended with 0");
	close(port_fd);
}
END_TEST

START_TEST(dumb_terminals_have_lines)
{
	client_home_login(&realm, "messi");
	screen_open(&a, &realm, "a", 80, 24, "TERM=dumb");
	client_home_login(&realm, "henderson");
	screen_say(&a, "/msg henderson dari terminal bodoh");
	screen_await(&a, "you now write to henderson");
	CLIENT_TELLS(0, "dari terminal bodoh", NULL, "history", "messi");
	CLIENT_SAYS(0, "", NULL, "send", "messi", "balasan");
	screen_await(&a, "\n00:00 henderson henderson: balasan\n");
	screen_say(&a, "/quit");
	screen_await(&a, "ended with 0");
}
END_TEST

START_TEST(suspended_and_resumed)
{
	open_screen(&a, "messi", "a");
	screen_say(&a, "/msg henderson satu");
	screen_await(&a, "messi: satu");
	screen_type(&a, "sudah ditulis");
	screen_press(&a, "C-z");
	screen_await(&a, "stopped");
	client_home_login(&realm, "henderson");
	CLIENT_SAYS(0, "", NULL, "send", "messi", "sementara itu");
	screen_press(&a, "Enter"); /* the shell goes on with it */
	screen_await(&a, "henderson: sementara itu");
	screen_await(&a, " connected");
	screen_await(&a, "> sudah ditulis");
}
END_TEST

START_TEST(hostile_text_stays_text)
{
	open_screen(&a, "messi", "a");
	client_home_login(&realm, "henderson");
	CLIENT_SAYS(0, "", "\x1b[2J\x1b]0;judul\x07 \xe2\x80\xae terbalik", "send", "messi", "-");
	screen_await(&a, "\xef\xbf\xbd[2J\xef\xbf\xbd]0;judul\xef\xbf\xbd \xef\xbf\xbd terbalik");
	screen_await(&a, " messi@127.0.0.1");
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
	Suite *suite = suite_create("screen");

	add_test(suite, "login_by_the_form", login_by_the_form);
	add_test(suite, "registration_by_the_form", registration_by_the_form);
	add_test(suite, "two_people_talk", two_people_talk);
	add_test(suite, "own_words_on_every_device", own_words_on_every_device);
	add_test(suite, "groups_and_their_commands", groups_and_their_commands);
	add_test(suite, "keys_edit_and_complete", keys_edit_and_complete);
	add_test(suite, "sizes_and_no_colour", sizes_and_no_colour);
	add_test(suite, "files_are_sent_and_fetched", files_are_sent_and_fetched);
	add_test(suite, "the_server_is_lost_and_comes_back", the_server_is_lost_and_comes_back);
	add_test(suite, "ten_thousand_lines", ten_thousand_lines);
	add_test(suite, "a_refusal_stays_until_it_is_sent_again",
	    a_refusal_stays_until_it_is_sent_again);
	add_test(suite, "older_servers_are_told", older_servers_are_told);
	add_test(suite, "dumb_terminals_have_lines", dumb_terminals_have_lines);
	add_test(suite, "suspended_and_resumed", suspended_and_resumed);
	add_test(suite, "hostile_text_stays_text", hostile_text_stays_text);
	return suite;
}

int
main(void)
{
	if (screen_is_missing())
		return SUITE_SKIPPED;
	return realm_run_suite(make_suite());
}
