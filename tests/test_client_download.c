/*
 * A reply with a file in it, in pieces of every size; what is no such reply; and the line that
 * shows how far a file has come.
 */
#include "client/download.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/json.h"
#include "client/progress.h"
#include "suite.h"

#define MAX 1000000

static struct client_download download;
static int fd;
static char content[65536];

static void
setup(void)
{
	FILE *file = tmpfile();

	ck_assert_ptr_nonnull(file);
	fd = dup(fileno(file));
	fclose(file);
	ck_assert(client_download_begin(&download, fd, MAX));
}

static void
teardown(void)
{
	client_download_free(&download);
	close(fd);
}

/* Feeds the text in pieces of n bytes; *left becomes what was not taken. */
static enum client_download_result
feed(const char *text, size_t n, size_t *left)
{
	enum client_download_result result = CLIENT_DOWNLOAD_MORE;
	size_t len = strlen(text), used;

	while (len > 0 && result == CLIENT_DOWNLOAD_MORE) {
		result = client_download_feed(&download, text, n < len ? n : len, &used);
		text += used;
		len -= used;
	}
	*left = len;
	return result;
}

static const char *
written(void)
{
	ssize_t n = pread(fd, content, sizeof(content) - 1, 0);

	content[n < 0 ? 0 : n] = '\0';
	return content;
}

static const struct {
	const char *reply;
	const char *content;
} replies[] = {
	{ "{\"status\":\"OK\",\"filename\":\"a\",\"size\":5,\"data\":\"aGFsbwo=\"}", "halo\n" },
	{ "{\"status\":\"OK\",\"data\":\"aGFsbwo=\",\"size\":5}", "halo\n" },
	{ "{ \"data\" : \"aGFsbwo\" , \"status\":\"OK\" }", "halo\n" },
	{ "{\"status\":\"OK\",\"data\":\"b'aGFsbwo='\"}", "halo\n" },
	{ "{\"status\":\"OK\",\"data\":\"Pz8\\/\"}", "???" },
	{ "{\"status\":\"OK\",\"data\":\"\"}", "" },
	{ "{\"status\":\"OK\",\"a\":\"data\",\"b\":\"x\"}", "" },
	{ "{\"status\":\"OK\",\"a\":{\"data\":\"aGFsbwo=\"}}", "" },
	{ "{\"status\":\"OK\",\"a\":\"\\\"data\\\":\\\"aGFsbwo=\\\"\"}", "" },
	{ "{\"status\":\"ERROR\",\"message\":\"File tidak ditemukan\"}", "" },
};

START_TEST(takes_a_reply)
{
	char text[1024];
	size_t left;
	json_t *reply;

	snprintf(text, sizeof(text), "%s\r\n\r\n{\"next\":1}", replies[_i].reply);
	for (size_t n = 1; n <= strlen(text); n++) {
		ck_assert_int_eq(feed(text, n, &left), CLIENT_DOWNLOAD_DONE);
		ck_assert_uint_eq(left, strlen("{\"next\":1}"));
		reply = client_download_reply(&download);
		ck_assert_ptr_nonnull(reply);
		ck_assert_str_ne(client_json_text(reply, "status", NULL), "");
		json_decref(reply);
		ck_assert_str_eq(written(), replies[_i].content);
		ck_assert_uint_eq(download.written, strlen(replies[_i].content));
		client_download_free(&download);
		ck_assert_int_eq(ftruncate(fd, 0), 0);
		ck_assert_int_eq(lseek(fd, 0, SEEK_SET), 0);
		ck_assert(client_download_begin(&download, fd, MAX));
	}
}
END_TEST

static const char *const lies[] = {
	"{\"status\":\"OK\",\"size\":4,\"data\":\"aGFsbwo=\"}",
	"{\"status\":\"OK\",\"size\":6,\"data\":\"aGFsbwo=\"}",
	"{\"status\":\"OK\",\"data\":\"aGFsbwo=\",\"size\":6}",
	"{\"status\":\"OK\",\"data\":\"aGF!\"}",
	"{\"status\":\"OK\",\"data\":\"aGFsb\"}",
	"{\"status\":\"OK\",\"data\":\"aGF\\u0041\"}",
	"{\"status\":\"OK\",\"data\":\"aGFsbwo=\"",
	"halo",
	"",
};

START_TEST(refuses_lies)
{
	char text[1024];
	size_t left;

	snprintf(text, sizeof(text), "%s\r\n\r\n", lies[_i]);
	if (feed(text, 7, &left) == CLIENT_DOWNLOAD_DONE)
		ck_assert_ptr_null(client_download_reply(&download));
}
END_TEST

START_TEST(knows_bounds)
{
	size_t left;
	static char much[CLIENT_DOWNLOAD_HEAD + 1];

	memset(much, ' ', sizeof(much) - 1);
	ck_assert_int_eq(feed(much, 1000, &left), CLIENT_DOWNLOAD_PROTOCOL);
	client_download_free(&download);
	ck_assert(client_download_begin(&download, fd, 4));
	ck_assert_int_eq(feed("{\"data\":\"aGFsbwo=", 100, &left), CLIENT_DOWNLOAD_PROTOCOL);
	client_download_free(&download);
	ck_assert(client_download_begin(&download, -1, 4));
	ck_assert_int_eq(feed("{\"data\":\"aGFs", 100, &left), CLIENT_DOWNLOAD_WRITE);
}
END_TEST

static const struct {
	size_t columns;
	uint64_t done;
	uint64_t total;
	int64_t ms;
	const char *line;
} lines[] = {
	{ 60, 500000, 1000000, 1000,
	    "gol.txt [========        ]  50%  500.0 kB  500.0 kB/s  0:01" },
	{ 39, 0, 1000, 0, "gol.txt [         ]   0%  0 B  0 B/s  " },
	{ 30, 0, 1000, 0, "gol.txt   0%  0 B  0 B/s  " },
	{ 44, 1000, 1000, 1000, "gol.txt [====] 100%  1.0 kB  1.0 kB/s  0:00" },
	{ 80, 1500, 0, 1000, "gol.txt  1.5 kB  1.5 kB/s" },
	{ 9, 1500, 0, 1000, "gol  1.5 " },
};

START_TEST(shows_progress)
{
	char line[CLIENT_PROGRESS_LINE];

	client_progress_write(line, lines[_i].columns, "gol.txt", lines[_i].done, lines[_i].total,
	    lines[_i].ms);
	ck_assert_str_eq(line, lines[_i].line);
}
END_TEST

#define COUNT(list) (int)(sizeof(list) / sizeof((list)[0]))

int
main(void)
{
	Suite *suite = suite_create("client_download");
	TCase *tc = tcase_create("download");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, takes_a_reply, 0, COUNT(replies));
	tcase_add_loop_test(tc, refuses_lies, 0, COUNT(lies));
	tcase_add_test(tc, knows_bounds);
	tcase_add_loop_test(tc, shows_progress, 0, COUNT(lines));
	suite_add_tcase(suite, tc);
	return suite_run(suite);
}
