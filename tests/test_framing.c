/*
 * Requests however they are cut, ended or overdone, and clients who come and go as they like:
 * over TCP, and with kabard -i on a socket and on pipes.
 */
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <errno.h>
#include <jansson.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "realm_talk.h"

#define LINE_MAX_BYTES 65536 /* without its end */
#define BEFORE_TEXT    "send henderson "
#define BIG_TEXT       60000
#define BIG_TEXTS      50 /* together more than sockets hold */
#define MANY_TIMES     30
#define PIPELINED      300

#define UNKNOWN "ERROR *Maaf, command tidak benar"

static void
begin_logged_in(int way)
{
	dialogue_begin(&talk, &realm, (enum dialogue_way)way);
	dialogue_run(&talk,
	    "a> auth messi surabaya\n"
	    "a< TOKEN m\n"
	    "b> auth henderson surabaya\n"
	    "b< TOKEN h\n");
}

static void
send_text(char speaker, const char *text)
{
	dialogue_say(&talk, speaker, text, strlen(text));
}

static void
expect_reply(char speaker, const char *line)
{
	size_t len;
	const char *reply = dialogue_hear(&talk, speaker, &len);

	ck_assert_msg(dialogue_matches(&talk, line, reply, len), "%s: heard %s", line, reply);
}

/*
 * Line ends and packets
 */

/* Each piece in a packet of its own. */
static void
no_delay(char speaker)
{
	int on = 1, fd = dialogue_fd(&talk, speaker);

	if (talk.way == DIALOGUE_TCP)
		ck_assert_int_eq(setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)), 0);
}

START_TEST(cut_at_every_byte)
{
	static const char text[] = "send henderson  apa kabar? \r\ninfo x\r\nhalo\r\n";
	const size_t len = sizeof(text) - 1;

	begin_logged_in(_i);
	no_delay('a');
	for (size_t cut = 1; cut < len; cut++) {
		dialogue_say(&talk, 'a', text, cut);
		dialogue_await_read(&talk, 'a');
		dialogue_say(&talk, 'a', text + cut, len - cut);
		dialogue_run(&talk,
		    "a< OK Message sent\n"
		    "a< ERROR User tidak ditemukan\n"
		    "a< " UNKNOWN "\n"
		    "b> inbox\n"
		    "b< MESSAGES {'messi':[(Lionel Messi>Jordan Henderson:apa kabar?)]}\n");
	}
}
END_TEST

START_TEST(byte_by_byte)
{
	static const char text[] =
	    "send henderson satu\r\nsend henderson  dua\n3 \r\n\r\ninbox \r\n";

	begin_logged_in(_i);
	no_delay('a');
	for (size_t i = 0; i < sizeof(text) - 1; i++) {
		dialogue_say(&talk, 'a', text + i, 1);
		dialogue_await_read(&talk, 'a');
	}
	dialogue_run(&talk,
	    "a< OK Message sent\n"
	    "a< OK Message sent\n"
	    "a< " UNKNOWN "\n"
	    "a< MESSAGES {}\n"
	    "b> inbox\n"
	    "b< MESSAGES {'messi':[(Lionel Messi>Jordan Henderson:satu),(Lionel Messi>Jordan "
	    "Henderson:dua\\n3)]}\n");
}
END_TEST

START_TEST(many_in_one_packet)
{
	char line[64];
	char *packet = NULL;
	size_t len;
	FILE *out = open_memstream(&packet, &len);

	begin_logged_in(_i);
	for (int i = 0; i < PIPELINED; i++)
		fprintf(out, "send messi nomor %d\r\nhalo %d\r\ninfo x%d\r\n", i, i, i);
	fputs("send henderson selesai\r\ninbox\r\n", out);
	fclose(out);
	dialogue_say(&talk, 'a', packet, len);
	free(packet);
	for (int i = 0; i < PIPELINED; i++) {
		expect_reply('a', "OK Message sent");
		expect_reply('a', UNKNOWN);
		expect_reply('a', "ERROR User tidak ditemukan");
	}
	expect_reply('a', "OK Message sent");
	const char *inbox = dialogue_hear(&talk, 'a', &len);
	for (int i = 0; i < PIPELINED; i++) {
		snprintf(line, sizeof(line), "\"msg\":\"nomor %d\"", i);
		inbox = strstr(inbox, line);
		ck_assert_ptr_nonnull(inbox);
	}
	dialogue_run(&talk,
	    "b> inbox\n"
	    "b< MESSAGES {'messi':[(Lionel Messi>Jordan Henderson:selesai)]}\n");
}
END_TEST

/* The first line has ended with CRLF. */
START_TEST(line_ends)
{
	begin_logged_in(_i);
	send_text('a', "send henderson crlf\r\nsend henderson spasi \r\nINBOX\r\nInbox \r\n");
	dialogue_run(&talk,
	    "a< OK Message sent\n"
	    "a< OK Message sent\n"
	    "a< MESSAGES {}\n"
	    "a< MESSAGES {}\n");
	/* A CR or LF that ends no line is part of it. */
	send_text('a', "send henderson a\rb\r\r\ninbox\r\r\n\r\r\n\rinbox\r\ninbox\n\r\n\n\r\n");
	dialogue_run(&talk,
	    "a< OK Message sent\n"
	    "a< " UNKNOWN "\n"
	    "a< " UNKNOWN "\n"
	    "a< " UNKNOWN "\n"
	    "a< " UNKNOWN "\n"
	    "a< " UNKNOWN "\n"
	    "b> inbox\n"
	    "b< MESSAGES {'messi':[(Lionel Messi>Jordan Henderson:crlf),(Lionel Messi>Jordan "
	    "Henderson:spasi),(Lionel Messi>Jordan Henderson:a\\rb\\r)]}\n");
}
END_TEST

/* A person at nc: the first line has ended with LF alone, and a CR may come before one. */
START_TEST(bare_line_ends)
{
	begin_logged_in(_i);
	send_text('c', "auth messi surabaya\n");
	dialogue_run(&talk, "c< TOKEN c\n");
	send_text('c',
	    "send henderson lf\nsend henderson crlf\r\nsend henderson spasi \nInbox\r\n\n");
	send_text('c', "send henderson a\rb\r\r\n");
	dialogue_run(&talk,
	    "c< OK Message sent\n"
	    "c< OK Message sent\n"
	    "c< OK Message sent\n"
	    "c< MESSAGES {}\n"
	    "c< " UNKNOWN "\n"
	    "c< OK Message sent\n"
	    "b> inbox\n"
	    "b< MESSAGES {'messi':[(Lionel Messi>Jordan Henderson:lf),(Lionel Messi>Jordan "
	    "Henderson:crlf),(Lionel Messi>Jordan Henderson:spasi),(Lionel Messi>Jordan "
	    "Henderson:a\\rb\\r)]}\n");
}
END_TEST

/* printf 'auth ...\n...' | nc: several lines at once, the last one without an end. */
START_TEST(bare_line_ends_at_once)
{
	dialogue_begin(&talk, &realm, (enum dialogue_way)_i);
	send_text('a', "auth messi surabaya\nsend messi satu\ninbox\n");
	dialogue_run(&talk,
	    "a< TOKEN m\n"
	    "a< OK Message sent\n"
	    "a< MESSAGES {'messi':[(Lionel Messi>Lionel Messi:satu)]}\n");
	send_text('b', "auth messi surabaya\nsend messi dua\ninbox");
	dialogue_run(&talk,
	    "b finishes\n"
	    "b< TOKEN m\n"
	    "b< OK Message sent\n"
	    "b hears the end\n"
	    "a> inbox\n"
	    "a< MESSAGES {'messi':[(Lionel Messi>Lionel Messi:dua)]}\n");
}
END_TEST

/* Which of the two there are has been settled by the empty first line. */
START_TEST(empty_lines)
{
	dialogue_begin(&talk, &realm, (enum dialogue_way)_i);
	send_text('a', "\r\n\r\n \r\n\n\r\nauth messi surabaya\r\n\r\ninbox\r\n");
	send_text('b', "\n\n");
	for (int i = 0; i < 4; i++)
		expect_reply('a', UNKNOWN);
	dialogue_run(&talk,
	    "a< TOKEN m\n"
	    "a< " UNKNOWN "\n"
	    "a< MESSAGES {}\n"
	    "b< " UNKNOWN "\n"
	    "b< " UNKNOWN "\n"
	    "b> inbox\n"
	    "b< ERROR Session tidak ditemukan\n");
}
END_TEST

/*
 * Line feeds in texts, as clients with a field of several lines send them
 */

#define TWO_LINES "baris satu\\nlogout"

START_TEST(line_feed_in_a_text)
{
	char request[256];

	begin_logged_in(_i);
	snprintf(request, sizeof(request), "send %s henderson  baris satu\nlogout \r\n",
	    talk.tokens['m' - 'a']);
	send_text('a', request);
	/* Exactly one reply, and the session is still there. */
	dialogue_run(&talk,
	    "a< OK Message sent\n"
	    "a> inbox\n"
	    "a< MESSAGES {}\n"
	    "b> inbox\n"
	    "b< MESSAGES {'messi':[(Lionel Messi>Jordan Henderson:" TWO_LINES ")]}\n");
}
END_TEST

/* The same as the first line of a connection: many clients make one for each request. */
START_TEST(line_feed_in_the_first_line)
{
	static const char *const texts[][2] = {
		{ "baris satu\nlogout ", TWO_LINES },
		{ "\nlogout\n\n", "\\nlogout\\n\\n" },
		{ "a\nlogout\n", "a\\nlogout\\n" },
	};

	begin_logged_in(_i);
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		char request[256];

		snprintf(request, sizeof(request), "send %s henderson %s\r\n",
		    talk.tokens['m' - 'a'], texts[i][0]);
		send_text('c', request);
		dialogue_runf(&talk,
		    "c< OK Message sent\n"
		    "c> inbox $m\n"
		    "c< MESSAGES {}\n"
		    "c closes\n"
		    "b> inbox\n"
		    "b< MESSAGES {'messi':[(Lionel Messi>Jordan Henderson:%s)]}\n",
		    texts[i][1]);
	}
}
END_TEST

/* Over packets: what follows the line feed shows what it is. */
START_TEST(line_feed_in_a_cut_first_line)
{
	char request[256];
	int len;

	begin_logged_in(_i);
	len = snprintf(request, sizeof(request), "send %s henderson satu\nlogout\nx \r\n",
	    talk.tokens['m' - 'a']);
	for (int cut = len - 12; cut < len; cut++) {
		if (request[cut - 1] == '\n')
			continue; /* as if somebody at nc had pressed return */
		dialogue_fd(&talk, 'c');
		no_delay('c');
		dialogue_say(&talk, 'c', request, (size_t)cut);
		dialogue_await_read(&talk, 'c');
		send_text('c', request + cut);
		dialogue_run(&talk,
		    "c< OK Message sent\n"
		    "c closes\n"
		    "b> inbox\n"
		    "b< MESSAGES {'messi':[(Lionel Messi>Jordan Henderson:satu\\nlogout\\nx)]}\n");
	}
}
END_TEST

/* The longest line takes many reads: no read's end is taken for a line's. */
START_TEST(line_feeds_in_a_long_first_line)
{
	static char text[LINE_MAX_BYTES + 2];
	size_t len;

	begin_logged_in(_i);
	for (size_t i = 0; i < LINE_MAX_BYTES; i++)
		text[i] = i % 64 == 63 ? '\n' : 'x'; /* also where buffers end */
	int before = sprintf(text, "send %s henderson ", talk.tokens['m' - 'a']);
	text[before] = 'x';
	memcpy(text + LINE_MAX_BYTES - 1, "x\r\n", 3);
	dialogue_say(&talk, 'c', text, LINE_MAX_BYTES + 2);
	dialogue_run(&talk,
	    "c< OK Message sent\n"
	    "c closes\n"
	    "b> inbox\n");
	const char *inbox = dialogue_hear(&talk, 'b', &len);
	size_t feeds = 0;
	for (const char *at = inbox; (at = strstr(at, "\\n")) != NULL; at++)
		feeds++;
	ck_assert_uint_eq(feeds, LINE_MAX_BYTES / 64 - 1 - (size_t)before / 64);
}
END_TEST

/* Where a word is asked for, a line feed is no end of it. */
START_TEST(line_feed_in_words)
{
	begin_logged_in(_i);
	send_text('a', "info messi\nhenderson\r\n");
	expect_reply('a', "ERROR User tidak ditemukan");
	send_text('a', "addgroup kopi\nteh\r\n");
	expect_reply('a', "ERROR parameter salah");
	send_text('a', "sendfile henderson a\nb.txt aGE=\r\n");
	expect_reply('a', "ERROR parameter salah");
	send_text('a', "sendfile henderson a.txt aG\nE=\r\n");
	expect_reply('a', "ERROR parameter salah");
	send_text('a', "inbox\nlogout\r\n");
	expect_reply('a', UNKNOWN);
	dialogue_run(&talk,
	    "b> inbox\n"
	    "b< MESSAGES {}\n"
	    "b> my_file\n"
	    "b< MESSAGES {}\n");
}
END_TEST

/* A file that is handed on as it comes ends with CRLF, too, and nothing in it is run. */
START_TEST(line_feed_amid_a_file)
{
	static char file[4 * LINE_MAX_BYTES];
	size_t len = sizeof(file) - 4;

	begin_logged_in(_i);
	memset(file, 'Q', sizeof(file));
	int before = sprintf(file, "sendfile %s henderson a.txt ", talk.tokens['m' - 'a']);
	file[before] = 'Q';
	memcpy(file + len / 2, "\nlogout\n", 8);
	memcpy(file + len, "\r\n", 2);
	for (char speaker = 'a'; speaker <= 'c'; speaker += 2) {
		dialogue_say(&talk, speaker, file, len + 2);
		dialogue_runf(&talk,
		    "%c< ERROR parameter salah\n"
		    "%c> inbox $m\n"
		    "%c< MESSAGES {}\n",
		    speaker, speaker, speaker);
	}
}
END_TEST

/*
 * Long lines
 */

/* A line of so many bytes beside its end, which sends a text. */
static void
say_line_of(char speaker, size_t len, const char *end)
{
	char *line = malloc(len);

	ck_assert_ptr_nonnull(line);
	memset(line, 'x', len);
	memcpy(line, BEFORE_TEXT, sizeof(BEFORE_TEXT) - 1);
	dialogue_say(&talk, speaker, line, len);
	free(line);
	send_text(speaker, end);
}

/* messi at nc, as c. */
static void
begin_bare(void)
{
	send_text('c', "auth messi surabaya\n");
	dialogue_run(&talk, "c< TOKEN c\n");
}

START_TEST(longest_line)
{
	static const char *const ends[] = { "\r\n", "\n", " \r\n" };
	size_t len;

	begin_logged_in(_i);
	begin_bare();
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		size_t line = LINE_MAX_BYTES - (ends[i][0] == ' ' ? 1 : 0);
		char speaker = strchr(ends[i], '\r') == NULL ? 'c' : 'a';

		say_line_of(speaker, line, ends[i]);
		expect_reply(speaker, "OK Message sent");
		dialogue_run(&talk, "b> inbox\n");
		const char *inbox = dialogue_hear(&talk, 'b', &len);
		const char *text = memchr(inbox, 'x', len);
		ck_assert_ptr_nonnull(text);
		ck_assert_uint_eq(strspn(text, "x"), line - (sizeof(BEFORE_TEXT) - 1));
	}
}
END_TEST

START_TEST(too_long_lines)
{
	static const size_t lengths[] = { LINE_MAX_BYTES + 1, LINE_MAX_BYTES + 2,
		LINE_MAX_BYTES + 4096, 2 * LINE_MAX_BYTES, 1000000, 1 << 20, 5000000 };

	begin_logged_in(_i);
	begin_bare();
	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		say_line_of('a', lengths[i], "\nx\r\n");
		dialogue_run(&talk,
		    "a< ERROR parameter salah\n"
		    "a> inbox\n"
		    "a< MESSAGES {}\n");
		/* One right behind another, and a request right behind both. */
		say_line_of('c', lengths[i], "\n");
		say_line_of('c', lengths[i], "\ninbox\ninfo x\r\n");
		dialogue_run(&talk,
		    "c< ERROR parameter salah\n"
		    "c< ERROR parameter salah\n"
		    "c< MESSAGES {}\n"
		    "c< ERROR User tidak ditemukan\n");
	}
	dialogue_run(&talk,
	    "b> inbox\n"
	    "b< MESSAGES {}\n");
}
END_TEST

/* The end of an over-long line is found however the packets fall. */
START_TEST(too_long_line_cut)
{
	static const char *const ends[][3] = { { "\r", "\n", "" }, { "\r\n", "inb", "ox\r\n" },
		{ "x\r", "\ninbox", "\r\n" }, { "\r", "x", "\r\n" }, { "\n", "\r", "\n" } };

	begin_logged_in(_i);
	no_delay('a');
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		say_line_of('a', LINE_MAX_BYTES + 1, "");
		for (size_t j = 0; j < 3; j++) {
			dialogue_await_read(&talk, 'a');
			send_text('a', ends[i][j]);
		}
		expect_reply('a', "ERROR parameter salah");
		if (i == 1 || i == 2)
			expect_reply('a', "MESSAGES {}");
	}
	dialogue_run(&talk,
	    "a> inbox\n"
	    "a< MESSAGES {}\n"
	    "b> inbox\n"
	    "b< MESSAGES {}\n");
}
END_TEST

START_TEST(too_long_before_login)
{
	dialogue_begin(&talk, &realm, (enum dialogue_way)_i);
	say_line_of('a', 1 << 20, "\r\n");
	dialogue_run(&talk,
	    "< ERROR parameter salah\n"
	    "> auth messi surabaya\n"
	    "< TOKEN m\n");
}
END_TEST

/*
 * Bytes
 */

START_TEST(invalid_utf8)
{
	static const char *const bad[] = { "\xff", "\xfe", "\x80", "\xbf", "a\x80", "\xc2", "\xc2x",
		"\xc0\xaf", "\xc1\x81", "\xe0\x80\xaf", "\xe2\x82", "\xe2\x28\xa1", "\xed\xa0\x80",
		"\xed\xbf\xbf", "\xf0\x80\x80\xaf", "\xf0\x9f\x98", "\xf4\x90\x80\x80",
		"\xf8\x88\x80\x80\x80", "halo \xc3", "caf\xe9 panas" };

	begin_logged_in(_i);
	dialogue_run(&talk,
	    "a> addgroup kopi\n"
	    "a< OK Add group successful\n");
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		dialogue_runf(&talk,
		    "a> send henderson %s\n"
		    "a< ERROR parameter salah\n"
		    "a> send $m henderson %s \n"
		    "a< ERROR parameter salah\n"
		    "a> sendgroup kopi %s\n"
		    "a< ERROR parameter salah\n"
		    "a> sendprivaterealm surabaya henderson %s\n"
		    "a< ERROR parameter salah\n"
		    "a> sendgrouprealm surabaya kopi %s\n"
		    "a< ERROR parameter salah\n"
		    "a> sendgrouprealm surabaya messi,henderson %s\n"
		    "a< ERROR parameter salah\n",
		    bad[i], bad[i], bad[i], bad[i], bad[i], bad[i]);
	dialogue_run(&talk,
	    "a> send henderson \xf0\x9f\x98\x80\n"
	    "a< OK Message sent\n"
	    "a> inbox\n"
	    "a< MESSAGES {}\n"
	    "b> inbox\n"
	    "b< MESSAGES {'messi':[(Lionel Messi>Jordan Henderson:\xf0\x9f\x98\x80)]}\n");
}
END_TEST

/* The request with a NUL byte put in before its byte `at`. */
static void
say_with_nul(const char *request, size_t at)
{
	dialogue_say(&talk, 'a', request, at);
	dialogue_say(&talk, 'a', "", 1);
	send_text('a', request + at);
	send_text('a', "\r\n");
}

START_TEST(nul_bytes)
{
	/* What is replied to a NUL byte in each word of a request, and in front of its end. */
	static const char *const requests[][6] = {
		{ "auth messi surabaya", UNKNOWN, "ERROR User Tidak Ada", "ERROR Password Salah" },
		{ "register a b c d", UNKNOWN, "ERROR parameter salah", "ERROR parameter salah",
		    "ERROR parameter salah", "ERROR parameter salah" },
		{ "inbox", UNKNOWN },
		{ "logout", UNKNOWN },
		{ "send henderson halo", UNKNOWN, "ERROR User tidak ditemukan", "OK Message sent" },
		{ "sendgroup kopi halo", UNKNOWN, "ERROR Group tidak ditemukan",
		    "OK Message sent to group" },
		{ "addgroup teh", UNKNOWN, "ERROR parameter salah" },
		{ "joingroup kopi", UNKNOWN, "ERROR Group tidak ditemukan" },
		{ "info messi", UNKNOWN, "ERROR User tidak ditemukan" },
		{ "addrealm surabaya", UNKNOWN, "ERROR parameter salah" },
		{ "getrealminbox surabaya", UNKNOWN, "ERROR Realm tidak ditemukan" },
		{ "sendprivaterealm surabaya henderson halo", UNKNOWN,
		    "ERROR Realm tidak ditemukan", "ERROR User tidak ditemukan",
		    "OK Message sent to user in realm" },
		{ "sendgrouprealm surabaya kopi halo", UNKNOWN, "ERROR Realm tidak ditemukan",
		    "ERROR Group tidak ditemukan", "OK Message sent to group in realm" },
	};

	begin_logged_in(_i);
	no_delay('a');
	dialogue_run(&talk,
	    "a> addgroup kopi\n"
	    "a< OK Add group successful\n");
	for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
		const char *request = requests[i][0];
		size_t word = 1;

		for (size_t at = 0; at <= strlen(request); at++) {
			word += at > 0 && request[at - 1] == ' ';
			say_with_nul(request, at);
			expect_reply('a', requests[i][word]);
		}
	}
	dialogue_run(&talk,
	    "a> inbox $m\n"
	    "a< MESSAGES {'messi':[$*]}\n");
}
END_TEST

/*
 * Comings and goings
 */

START_TEST(leaves_amid_a_request)
{
	begin_logged_in(_i);
	send_text('a', "send henderson utuh\r\nsend henderson setengah");
	expect_reply('a', "OK Message sent");
	dialogue_await_read(&talk, 'a');
	dialogue_run(&talk,
	    "a closes\n"
	    "c> send $m henderson lagi\n"
	    "c< OK Message sent\n"
	    "b> inbox\n"
	    "b< MESSAGES {'messi':[(Lionel Messi>Jordan Henderson:utuh),(Lionel Messi>Jordan "
	    "Henderson:lagi)]}\n");
}
END_TEST

/* messi sends henderson numbered texts, more than fit into any buffer on the way. */
static void
fill_inbox(void)
{
	char line[BIG_TEXT + 64];

	for (int i = 0; i < BIG_TEXTS; i++) {
		int before = snprintf(line, sizeof(line), "send henderson %d ", i);

		memset(line + before, 'a' + i % 26, BIG_TEXT);
		memcpy(line + before + BIG_TEXT, "\r\n", 2);
		dialogue_say(&talk, 'a', line, (size_t)before + BIG_TEXT + 2);
		expect_reply('a', "OK Message sent");
	}
}

/* The whole of it, once, in order. */
static void
expect_full_inbox(char speaker)
{
	size_t len, digits;
	json_t *reply = json_loads(dialogue_hear(&talk, speaker, &len), 0, NULL);
	const json_t *list = json_object_get(json_object_get(reply, "messages"), "messi");

	ck_assert_uint_eq(json_array_size(list), BIG_TEXTS);
	for (int i = 0; i < BIG_TEXTS; i++) {
		const json_t *item = json_array_get(list, (size_t)i);
		const char *text = json_string_value(json_object_get(item, "msg"));
		const char same[] = { (char)('a' + i % 26), '\0' };

		ck_assert_int_eq(atoi(text), i);
		digits = strcspn(text, " ");
		ck_assert_uint_eq(strspn(text + digits + 1, same), BIG_TEXT);
		ck_assert_uint_eq(strlen(text), digits + 1 + BIG_TEXT);
	}
	json_decref(reply);
}

START_TEST(leaves_amid_a_reply)
{
	char some[1000];

	begin_logged_in(_i);
	fill_inbox();
	for (int i = 0; i < 3; i++) {
		struct pollfd ready = { .events = POLLIN };

		dialogue_connect_narrow(&talk, 'c');
		ready.fd = dialogue_fd(&talk, 'c');
		dialogue_run(&talk, "c> inbox $h\n");
		ck_assert_int_eq(poll(&ready, 1, REALM_PATIENCE_MS), 1);
		ck_assert_int_gt(read(ready.fd, some, sizeof(some)), 0);
		dialogue_run(&talk, "c closes\n");
	}
	dialogue_run(&talk, "b> inbox\n");
	expect_full_inbox('b');
	dialogue_run(&talk,
	    "b> inbox\n"
	    "b< MESSAGES {}\n");
}
END_TEST

static bool
only_two_are_left(void *arg)
{
	(void)arg;
	return realm_workers(&realm, NULL, 0) == 2;
}

START_TEST(never_reads)
{
	realm_configure(&realm, "write_timeout = 1s");
	begin_logged_in(_i);
	fill_inbox();
	dialogue_connect_narrow(&talk, 'c');
	/* However much the kernel takes, this is more. */
	for (int i = 0; i < MANY_TIMES; i++)
		dialogue_run(&talk, "c> inbox $h\n");
	/* Meanwhile others are served. */
	for (int i = 0; i < 10; i++)
		dialogue_run(&talk,
		    "a> send messi halo\n"
		    "a< OK Message sent\n"
		    "d> auth lineker surabaya\n"
		    "d< TOKEN l\n");
	dialogue_run(&talk, "d closes\n");
	/* The worker gives up after write_timeout; what it could not say is not lost. */
	ck_assert(realm_until(only_two_are_left, NULL));
	dialogue_run(&talk,
	    "c closes\n"
	    "b> inbox\n");
	expect_full_inbox('b');
	dialogue_run(&talk,
	    "b> inbox\n"
	    "b< MESSAGES {}\n");
}
END_TEST

/* A client that goes on asking, and reads nothing of what it is told. */
START_TEST(never_reads_but_writes)
{
	static const char request[] = "info messi\r\ninfo\r\n";
	ssize_t written;
	int fd;

	realm_configure(&realm, "write_timeout = 1s");
	begin_logged_in(_i);
	dialogue_connect_narrow(&talk, 'c');
	dialogue_run(&talk,
	    "c> inbox $h\n"
	    "c< MESSAGES {}\n");
	fd = talk.speakers['c' - 'a'].out_fd;
	/* Until the worker neither reads nor is there any more. */
	do {
		struct pollfd ready = { .fd = fd, .events = POLLOUT };

		ck_assert_int_eq(poll(&ready, 1, REALM_PATIENCE_MS), 1);
		written = send(fd, request, sizeof(request) - 1, MSG_NOSIGNAL);
		if (written < 0 && errno == ENOTSOCK)
			written = write(fd, request, sizeof(request) - 1);
	} while (written >= 0 || errno == EAGAIN);
	dialogue_run(&talk,
	    "c closes\n"
	    "a> send henderson halo\n"
	    "a< OK Message sent\n"
	    "b> inbox\n"
	    "b< MESSAGES {'messi':[(Lionel Messi>Jordan Henderson:halo)]}\n");
}
END_TEST

START_TEST(half_closed)
{
	dialogue_begin(&talk, &realm, (enum dialogue_way)_i);
	send_text('a',
	    "auth messi surabaya\r\nsend messi satu\r\nsend messi dua\r\ninbox\r\ninfo x\r\n");
	dialogue_run(&talk,
	    "a finishes\n"
	    "a< TOKEN m\n"
	    "a< OK Message sent\n"
	    "a< OK Message sent\n"
	    "a< MESSAGES {'messi':[(Lionel Messi>Lionel Messi:satu),(Lionel Messi>Lionel "
	    "Messi:dua)]}\n"
	    "a< ERROR User tidak ditemukan\n"
	    "a hears the end\n");
	/* A line without its end is no request. */
	send_text('b', "halo\r\ninbox");
	dialogue_run(&talk,
	    "b finishes\n"
	    "b< " UNKNOWN "\n"
	    "b hears the end\n"
	    "c finishes\n"
	    "c hears the end\n");
}
END_TEST

START_TEST(half_closed_with_much_to_hear)
{
	begin_logged_in(_i);
	fill_inbox();
	send_text('b', "inbox\r\n");
	for (int i = 0; i < PIPELINED; i++)
		send_text('b', "send messi setelah\r\n");
	dialogue_run(&talk, "b finishes\n");
	expect_full_inbox('b');
	for (int i = 0; i < PIPELINED; i++)
		expect_reply('b', "OK Message sent");
	dialogue_run(&talk, "b hears the end\n");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("framing");
	TCase *tcase = realm_talk_tcase(suite, "lines");

	ADD(tcase, cut_at_every_byte);
	ADD(tcase, byte_by_byte);
	ADD(tcase, many_in_one_packet);
	ADD(tcase, line_ends);
	ADD(tcase, bare_line_ends);
	ADD(tcase, bare_line_ends_at_once);
	ADD(tcase, empty_lines);
	tcase = realm_talk_tcase(suite, "line feeds");
	ADD(tcase, line_feed_in_a_text);
	ADD(tcase, line_feed_in_the_first_line);
	ADD(tcase, line_feed_in_a_cut_first_line);
	ADD(tcase, line_feeds_in_a_long_first_line);
	ADD(tcase, line_feed_in_words);
	ADD(tcase, line_feed_amid_a_file);
	tcase = realm_talk_tcase(suite, "long lines");
	ADD(tcase, longest_line);
	ADD(tcase, too_long_lines);
	ADD(tcase, too_long_line_cut);
	ADD(tcase, too_long_before_login);
	tcase = realm_talk_tcase(suite, "bytes");
	ADD(tcase, invalid_utf8);
	ADD(tcase, nul_bytes);
	tcase = realm_talk_tcase(suite, "comings and goings");
	ADD(tcase, leaves_amid_a_request);
	ADD(tcase, leaves_amid_a_reply);
	ADD(tcase, never_reads);
	ADD(tcase, never_reads_but_writes);
	ADD(tcase, half_closed);
	ADD(tcase, half_closed_with_much_to_hear);
	return realm_run_suite(suite);
}
