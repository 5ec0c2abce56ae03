/*
 * The ways in which the existing clients ask and read, which differ from those of dialogue's
 * speakers: pieces of a few bytes, an inbox that is asked for again and again, two connections for
 * one session, files as Python prints them. Each in every dialect that has it.
 */
#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "listeners.h"

#define REQUEST_MAX 2048
#define PIECE_MAX   1024
#define TEXTS       60  /* messages for somebody who polls */
#define POLLS       240 /* of an inbox, one after another */
#define LONG_TEXT   1500
#define LENGTHS     80 /* of texts up to the long one */
#define OK          "{\"status\":\"OK\","
#define BASE64_LEN  1200
#define REALM       0 /* indices of dialects */
#define FILES       3

static struct realm realm;

static void
setup(void)
{
	listeners_make(&realm);
	realm_start(&realm);
}

static void
teardown(void)
{
	listeners_remove(&realm);
}

/*
 * The existing clients: one request, and then reading piece by piece until what has come ends
 * as replies do. They know no more of where a reply ends, so nothing may follow it.
 */

struct client {
	int fd;
	size_t piece; /* bytes to read at a time */
	char token[TOKEN_TEXT_LEN + 1];
};

static char *
read_reply(const struct client *client, size_t *len)
{
	char piece[PIECE_MAX];
	char *reply = NULL;
	FILE *out = open_memstream(&reply, len);
	ssize_t got;

	ck_assert_ptr_nonnull(out);
	ck_assert_uint_le(client->piece, sizeof(piece));
	do {
		got = read(client->fd, piece, client->piece);
		ck_assert_msg(got > 0, "the connection ended after: %.*s", (int)*len, reply);
		fwrite(piece, 1, (size_t)got, out);
		fflush(out);
	} while (*len < 4 || memcmp(reply + *len - 4, "\r\n\r\n", 4) != 0);
	ck_assert_int_eq(fclose(out), 0);
	return reply;
}

/* Asks, with the space that they put before the line end; the reply is to be given back. */
static json_t *__attribute__((format(printf, 2, 3)))
ask_as_client(const struct client *client, const char *format, ...)
{
	char request[REQUEST_MAX];
	size_t len;
	va_list ap;

	va_start(ap, format);
	int request_len = vsnprintf(request, sizeof(request), format, ap);
	va_end(ap);
	ck_assert_int_lt(request_len, REQUEST_MAX - 4);
	memcpy(request + request_len, " \r\n", 4);
	ck_assert_int_eq(send(client->fd, request, (size_t)request_len + 3, MSG_NOSIGNAL),
	    request_len + 3);
	char *text = read_reply(client, &len);
	json_t *reply = json_loadb(text, len, 0, NULL); /* one object, and nothing else */
	ck_assert_msg(json_is_object(reply), "%s was answered: %s", request, text);
	free(text);
	return reply;
}

static const char *
string_of(const json_t *reply, const char *key)
{
	const char *string = json_string_value(json_object_get(reply, key));

	return string == NULL ? "" : string;
}

/* Asks for what is answered OK with this message. */
#define ASK_OK(client, text, ...)                                     \
	do {                                                          \
		json_t *reply_ = ask_as_client(client, __VA_ARGS__);  \
		ck_assert_str_eq(string_of(reply_, "status"), "OK");  \
		ck_assert_str_eq(string_of(reply_, "message"), text); \
		json_decref(reply_);                                  \
	} while (0)

/* A connection to the listener of this dialect, by its index. */
static void
client_open(struct client *client, int dialect, size_t piece)
{
	*client = (struct client){ .piece = piece };
	client->fd = listeners_connect(&realm, dialect);
}

static void
client_log_in(struct client *client, const char *name)
{
	json_t *reply = ask_as_client(client, "auth %s surabaya", name);

	snprintf(client->token, sizeof(client->token), "%s", string_of(reply, "tokenid"));
	ck_assert_uint_eq(strlen(client->token), TOKEN_TEXT_LEN);
	json_decref(reply);
}

/* Prints an inbox as a polling client does: each entry of each list, text alone or an object. */
static int
count_texts(const struct client *client, int dialect, int next)
{
	json_t *reply = ask_as_client(client, "inbox %s", client->token), *list;
	const char *key;
	char expected[64];

	json_object_foreach (json_object_get(reply, "messages"), key, list) {
		for (size_t i = 0; i < json_array_size(list); i++, next++) {
			const json_t *entry = json_array_get(list, i);
			const char *text = json_is_string(entry) ? json_string_value(entry)
			                                         : string_of(entry, "msg");

			snprintf(expected, sizeof(expected),
			    dialect == 0 ? "pesan nomor %d" : " pesan nomor %d \r\n", next);
			ck_assert_str_eq(text, expected);
		}
	}
	ck_assert_str_eq(string_of(reply, "status"), "OK");
	json_decref(reply);
	return next;
}

/* The text that tells of success differs in its case. */
static const char *
sent(int dialect)
{
	return dialect == 0 ? "Message sent" : "Message Sent";
}

/* A polling client sees each message once, in order, and then nothing more. */
START_TEST(polling)
{
	struct client messi, henderson;
	int n = 0, seen = 0;

	client_open(&messi, _i, 64);
	client_open(&henderson, _i, 1024);
	client_log_in(&messi, "messi");
	client_log_in(&henderson, "henderson");
	for (int i = 0; i < POLLS; i++) {
		/* none, one or several between two polls */
		for (int more = i % 7 - 4; more > 0 && n < TEXTS; more--, n++)
			ASK_OK(&henderson, sent(_i), "send %s messi  pesan nomor %d",
			    henderson.token, n);
		seen = count_texts(&messi, _i, seen);
		ck_assert_int_eq(seen, n);
	}
	ck_assert_int_eq(seen, TEXTS);
	close(messi.fd);
	close(henderson.fd);
}
END_TEST

/* Hears one reply; without Check, whose messages are not for two processes. */
static bool
hears_reply(const struct client *client)
{
	char reply[PIECE_MAX];
	size_t len = 0;

	while (len < 4 || memcmp(reply + len - 4, "\r\n\r\n", 4) != 0) {
		ssize_t got = read(client->fd, reply + len, sizeof(reply) - len);

		if (got <= 0)
			return false;
		len += (size_t)got;
	}
	return memcmp(reply, OK, sizeof(OK) - 1) == 0;
}

/* A process of its own runs this; it must not return to Check. */
static void
send_texts(const struct client *client)
{
	for (int i = 0; i < TEXTS; i++) {
		char line[128];
		int len = snprintf(line, sizeof(line), "send %s messi  pesan nomor %d \r\n",
		    client->token, i);

		if (write(client->fd, line, (size_t)len) != len || !hears_reply(client))
			_exit(EXIT_FAILURE);
	}
	_exit(EXIT_SUCCESS);
}

START_TEST(polling_meanwhile)
{
	struct client messi, henderson;
	int seen = 0;

	client_open(&messi, _i, 32);
	client_open(&henderson, _i, 1024);
	client_log_in(&messi, "messi");
	client_log_in(&henderson, "henderson");
	pid_t pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0)
		send_texts(&henderson);
	while (seen < TEXTS)
		seen = count_texts(&messi, _i, seen);
	ck_assert_int_eq(realm_await(pid), 0);
	for (int i = 0; i < 10; i++)
		ck_assert_int_eq(count_texts(&messi, _i, seen), TEXTS);
	close(messi.fd);
	close(henderson.fd);
}
END_TEST

/* One who polls on one connection and sends on another with the same token, as windows do. */
START_TEST(two_connections)
{
	struct client polls, sends;
	int seen = 0;

	client_open(&polls, _i, 64);
	client_open(&sends, FILES, 64);
	client_log_in(&polls, "messi");
	for (int i = 0; i < TEXTS; i++) {
		ASK_OK(&sends, "Message Sent", "send_group %s kopi  pesan nomor %d", polls.token,
		    i);
		seen = count_texts(&polls, _i, seen);
		ck_assert_int_eq(seen, i + 1);
	}
	close(polls.fd);
	close(sends.fd);
}
END_TEST

/* Replies longer than a piece, wherever in it they end. */
START_TEST(in_pieces)
{
	static const size_t pieces[] = { 1, 32, 64, 1024 };
	struct client client;
	char text[LONG_TEXT];

	client_open(&client, FILES, pieces[_i]);
	client_log_in(&client, "messi");
	memset(text, 'x', sizeof(text));
	for (int i = 1; i <= LENGTHS; i++) {
		int len = i * LONG_TEXT / LENGTHS;

		ASK_OK(&client, "Message Sent", "send %s messi  %.*s", client.token, len, text);
		json_t *reply = ask_as_client(&client, "inbox %s", client.token);
		const json_t *list = json_object_get(json_object_get(reply, "messages"), "messi");
		ck_assert_uint_eq(json_array_size(list), 1);
		/* in its clothes */
		ck_assert_uint_eq(json_string_length(json_array_get(list, 0)), (size_t)len + 4);
		json_decref(reply);
	}
	close(client.fd);
}
END_TEST

/* A client in Python gives the name as it was typed and may print its bytes as b'...'. */
static void
send_files(const struct client *messi, const struct client *gerrard, const char *base64)
{
	ASK_OK(messi, "File sent", "sendfile %s gerrard ../foto/gol.png b'%s'", messi->token,
	    base64);
	ASK_OK(messi, "File sent to group", "sendgroupfile %s kopi C:\\Users\\messi\\jadwal.txt %s",
	    messi->token, base64);
	ASK_OK(gerrard, "File Sent", "send_file %s messi ./a/balas.txt %s", gerrard->token, base64);
}

START_TEST(python_files)
{
	/* as it was typed, and as my_file shows it */
	static const char *const wanted[][2] = { { "messi", "gol.png" },
		{ "messi", "../foto/gol.png" }, { "kopi", "jadwal.txt" },
		{ "messi", "balas.txt" } };
	struct client messi, gerrard;
	char base64[BASE64_LEN + 1];
	json_t *reply;

	memset(base64, 'Q', BASE64_LEN);
	base64[BASE64_LEN] = '\0';
	client_open(&messi, REALM, 32);
	client_open(&gerrard, FILES, 64);
	client_log_in(&messi, "messi");
	client_log_in(&gerrard, "gerrard");
	send_files(&messi, &gerrard, base64);
	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
		reply = ask_as_client(&gerrard, "download_file %s %s %s", gerrard.token,
		    wanted[i][0], wanted[i][1]);
		ck_assert_str_eq(string_of(reply, "status"), "OK");
		ck_assert_str_eq(string_of(reply, "data"), base64);
		/* The client opens a file of this name for writing. */
		ck_assert_ptr_null(strchr(string_of(reply, "filename"), '/'));
		json_decref(reply);
	}
	reply = ask_as_client(&gerrard, "my_file %s", gerrard.token);
	char *list = json_dumps(json_object_get(reply, "messages"), JSON_COMPACT);
	ck_assert_str_eq(list, "{\"messi\":[\"gol.png\",\"balas.txt\"],\"kopi\":[\"jadwal.txt\"]}");
	free(list);
	json_decref(reply);
	close(messi.fd);
	close(gerrard.fd);
}
END_TEST

/* The client polls and gets one message, as text alone or as the only object of a list. */
static void
expect_text(const struct client *client, const char *from, const char *text)
{
	json_t *reply = ask_as_client(client, "inbox %s", client->token);
	const json_t *list = json_object_get(json_object_get(reply, "messages"), from);
	const json_t *entry = json_array_get(list, 0);

	ck_assert_uint_eq(json_array_size(list), 1);
	ck_assert_str_eq(json_is_string(entry) ? json_string_value(entry) : string_of(entry, "msg"),
	    text);
	json_decref(reply);
}

/*
 * A field of several lines: the line feeds are the text's, what comes behind them is no request,
 * and there is one reply. Some clients make a connection for each request.
 */
START_TEST(several_lines)
{
	const char *text = _i == REALM ? "baris satu\nlogout" : " baris satu\nlogout \r\n";
	struct client messi, henderson, again;

	client_open(&messi, _i, 64);
	client_open(&henderson, _i, 64);
	client_log_in(&messi, "messi");
	client_log_in(&henderson, "henderson");
	ASK_OK(&messi, sent(_i), "send %s henderson  baris satu\nlogout", messi.token);
	expect_text(&henderson, "messi", text);
	client_open(&again, _i, 64);
	ASK_OK(&again, sent(_i), "send %s henderson  baris satu\nlogout", messi.token);
	expect_text(&henderson, "messi", text);
	if (_i == FILES) {
		ASK_OK(&again, "Message Sent", "send_group %s kopi  baris satu\nlogout",
		    messi.token);
		expect_text(&henderson, "kopi", text);
	}
	ASK_OK(&again, sent(_i), "send %s messi  \n", messi.token);
	expect_text(&messi, "messi", _i == REALM ? "\n" : " \n \r\n");
	close(messi.fd);
	close(henderson.fd);
	close(again.fd);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("client ways");
	TCase *tcase = realm_tcase(suite, "clients");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase, polling, 0, LISTENERS_LINE);
	tcase_add_loop_test(tcase, polling_meanwhile, 0, LISTENERS_LINE);
	tcase_add_loop_test(tcase, two_connections, 0, LISTENERS_LINE);
	tcase_add_loop_test(tcase, in_pieces, 0, 4);
	tcase_add_test(tcase, python_files);
	tcase_add_loop_test(tcase, several_lines, 0, LISTENERS_LINE);
	return realm_run_suite(suite);
}
