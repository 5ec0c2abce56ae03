/*
 * Files of the dialect web: bytes up and down as they are, parts of them, what is refused before it
 * is sent, and connections that end amid a body.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "dialect/web/file.h"
#include "dialogue.h"
#include "http_talk.h"

#define HOST       "Host: kabar.example\r\n"
#define KEY        "4f7df0ff-9e96-4ab3-9c92-0f7dadd1119f"
#define COOKIE_MAX 256
#define BIG        300000
#define FILE_MAX   (4 * 1024 * 1024)
#define LONG       (16 * 1024 * 1024)

static struct realm realm;
static struct dialogue talk;
static struct http_talk http = { .in_fd = -1 }, other = { .in_fd = -1 };
static char messi[COOKIE_MAX], lineker[COOKIE_MAX];
static char content[BIG];

static void
begin(const char *settings)
{
	http_talk_make(&realm, NULL, settings);
	dialogue_begin(&talk, &realm, DIALOGUE_TCP);
	http_talk_log_in("messi", messi);
	http_talk_log_in("lineker", lineker);
	for (size_t i = 0; i < sizeof(content); i++)
		content[i] = (char)(i * 7919 >> 3);
}

static void
setup(void)
{
	begin("log_level = debug\nfile_max = 4M\nuser_quota = 6M\n");
}

static void
teardown(void)
{
	http_talk_end(&http);
	http_talk_end(&other);
	dialogue_end(&talk);
	http_talk_remove(&realm);
}

/* Says the head of a request over a new connection; headers are whole lines. */
static void
begin_request(const char *method, const char *cookie, const char *path, const char *headers)
{
	http_talk_end(&http);
	http_talk_begin(&http);
	http_talk_sayf(&http, "%s /files/%s HTTP/1.1\r\n" HOST "Cookie: %s\r\n%s\r\n", method, path,
	    cookie, headers);
}

static struct http_reply
ask(const char *method, const char *cookie, const char *path, const char *headers)
{
	begin_request(method, cookie, path, headers);
	return http_talk_hear(&http, strcmp(method, "HEAD") == 0);
}

static void
begin_put(const char *cookie, const char *path, const char *headers, size_t len)
{
	char lines[512];

	snprintf(lines, sizeof(lines), "%sContent-Length: %zu\r\n", headers, len);
	begin_request("PUT", cookie, path, lines);
}

static struct http_reply
put(const char *cookie, const char *path, const char *headers, const char *data, size_t len)
{
	begin_put(cookie, path, headers, len);
	http_talk_say(&http, data, len);
	return http_talk_hear(&http, false);
}

/* Puts it, and gives the id of its message. */
static long
put_good(const char *cookie, const char *path, const char *headers, const char *data, size_t len)
{
	static const char start[] = "{\"status\":\"OK\",\"id\":";
	struct http_reply reply = put(cookie, path, headers, data, len);

	ck_assert_msg(reply.status == 200, "%s%s", reply.head, reply.body);
	ck_assert_msg(strncmp(reply.body, start, strlen(start)) == 0, "%s", reply.body);
	ck_assert_ptr_nonnull(strstr(reply.body, ",\"time\":\"2"));
	return atol(reply.body + strlen(start));
}

/* An error after which the connection ends. */
static void
assert_error(struct http_reply reply, int status, const char *code)
{
	char end[64];

	snprintf(end, sizeof(end), "\",\"code\":\"%s\"}", code);
	ck_assert_msg(reply.status == status && strstr(reply.body, end) != NULL, "%s not %d %s%s",
	    reply.head, status, end, reply.body);
	http_reply_assert_header(&reply, "Connection", "close");
}

static void
assert_body(const struct http_reply *reply, int status, const char *data, size_t len)
{
	ck_assert_msg(reply->status == status, "%s", reply->head);
	ck_assert_uint_eq(reply->len, len);
	ck_assert_mem_eq(reply->body, data, len);
}

START_TEST(up_and_down)
{
	struct http_reply reply;
	char length[32];

	put_good(messi, "lineker/b.bin", "", content, BIG);
	reply = ask("GET", lineker, "messi/b.bin", "");
	assert_body(&reply, 200, content, BIG);
	http_reply_assert_header(&reply, "Content-Type", "application/octet-stream");
	http_reply_assert_header(&reply, "X-Content-Type-Options", "nosniff");
	http_reply_assert_header(&reply, "Content-Security-Policy", "sandbox; default-src 'none'");
	http_reply_assert_header(&reply, "Accept-Ranges", "bytes");
	http_reply_assert_header(&reply, "Cache-Control", "private, no-cache");
	http_reply_assert_header(&reply, "Connection", "close");
	http_reply_assert_header(&reply, "Content-Range", NULL);
	http_talk_hear_end(&http);
	reply = ask("HEAD", messi, "lineker/b.bin", "Range: bytes=0-1\r\n");
	ck_assert_int_eq(reply.status, 200);
	snprintf(length, sizeof(length), "%d", BIG);
	http_reply_assert_header(&reply, "Content-Length", length);
	http_talk_hear_end(&http);
	/* A file without bytes is one, too. */
	put_good(messi, "lineker/empty", "", "", 0);
	reply = ask("GET", lineker, "messi/empty", "");
	assert_body(&reply, 200, "", 0);
}
END_TEST

START_TEST(as_line_clients_do)
{
	struct http_reply reply;

	put_good(messi, "lineker/a.txt", "", "halo", 4);
	dialogue_run(&talk,
	    "a> auth lineker surabaya\n"
	    "a< TOKEN a\n"
	    "a> download messi a.txt\n"
	    "a< {'status':'OK','filename':'a.txt','size':4,'data':'aGFsbw=='}\n"
	    "a> postfile " KEY " messi b.txt cGFnaQ==\n"
	    "a< {'status':'OK','id':2,'time':'$*'}\n");
	reply = ask("GET", messi, "lineker/b.txt", "");
	assert_body(&reply, 200, "pagi", 4);
}
END_TEST

START_TEST(groups)
{
	struct http_reply reply;

	dialogue_run(&talk,
	    "a> auth lineker surabaya\n"
	    "a< TOKEN a\n"
	    "a> addgroup $a kopi\n"
	    "a< {'status':'OK',$*}\n"
	    "b> auth messi surabaya\n"
	    "b< TOKEN b\n");
	assert_error(put(messi, "%23kopi/x", "", "x", 1), 403, "NOT_MEMBER");
	put_good(lineker, "%23kopi/a.txt", "", "halo", 4);
	dialogue_run(&talk,
	    "b> joingroup $b kopi\n"
	    "b< {'status':'OK',$*}\n");
	/* What came before belongs to the history that is closed. */
	assert_error(ask("GET", messi, "%23kopi/a.txt", ""), 404, "NO_FILE");
	put_good(lineker, "%23kopi/b.txt", "", "pagi", 4);
	reply = ask("GET", messi, "%23kopi/b.txt", "");
	assert_body(&reply, 200, "pagi", 4);
	dialogue_run(&talk,
	    "b> leave kopi\n"
	    "b< {'status':'OK',$*}\n");
	assert_error(ask("GET", messi, "%23kopi/b.txt", ""), 403, "NOT_MEMBER");
	dialogue_run(&talk,
	    "b> block lineker\n"
	    "b< {'status':'OK',$*}\n");
	assert_error(put(lineker, "messi/c.txt", "", "sore", 4), 403, "BLOCKED");
}
END_TEST

START_TEST(parts)
{
	static const struct {
		const char *range;
		int status;
		size_t first, len;
	} cases[] = {
		{ "bytes=0-0", 206, 0, 1 },
		{ "bytes=0-99", 206, 0, 100 },
		{ "Bytes=299999-", 206, 299999, 1 },
		{ "bytes=1000-999999999", 206, 1000, 299000 },
		{ "bytes=-1", 206, 299999, 1 },
		{ "bytes=-400000", 206, 0, 300000 },
		{ "bytes=300000-", 416, 0, 0 },
		{ "bytes=-0", 416, 0, 0 },
		/* Passed over. */
		{ "bytes=0-0,5-6", 200, 0, 300000 },
		{ "bytes=2-1", 200, 0, 300000 },
		{ "lines=0-1", 200, 0, 300000 },
	};
	char header[64], expected[64];

	put_good(messi, "lineker/b.bin", "", content, BIG);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct http_reply reply;

		snprintf(header, sizeof(header), "Range: %s\r\n", cases[i].range);
		reply = ask("GET", lineker, "messi/b.bin", header);
		ck_assert_msg(reply.status == cases[i].status, "%s: %s", cases[i].range,
		    reply.head);
		if (cases[i].status == 416) {
			assert_error(reply, 416, "BAD_ARGUMENT");
			http_reply_assert_header(&reply, "Content-Range", "bytes */300000");
			continue;
		}
		assert_body(&reply, cases[i].status, content + cases[i].first, cases[i].len);
		snprintf(expected, sizeof(expected), "bytes %zu-%zu/300000", cases[i].first,
		    cases[i].first + cases[i].len - 1);
		http_reply_assert_header(&reply, "Content-Range",
		    cases[i].status == 206 ? expected : NULL);
	}
}
END_TEST

START_TEST(range_texts)
{
	static const struct {
		const char *text;
		uint64_t size;
		enum dialect_web_file_range range;
		uint64_t first, len;
	} cases[] = {
		{ "bytes=0-", 10, DIALECT_WEB_FILE_PART, 0, 10 },
		{ "bytes=9-18446744073709551615", 10, DIALECT_WEB_FILE_PART, 9, 1 },
		{ "bytes=0-99999999999999999999999", 10, DIALECT_WEB_FILE_PART, 0, 10 },
		{ "bytes=-99999999999999999999999", 10, DIALECT_WEB_FILE_PART, 0, 10 },
		{ "bytes=18446744073709551616-", 10, DIALECT_WEB_FILE_BEYOND, 0, 0 },
		{ "bytes=0-", 0, DIALECT_WEB_FILE_BEYOND, 0, 0 },
		{ "bytes=-5", 0, DIALECT_WEB_FILE_WHOLE, 0, 0 },
		{ "bytes=-0", 0, DIALECT_WEB_FILE_BEYOND, 0, 0 },
		{ "bytes=0-18446744073709551615", UINT64_MAX, DIALECT_WEB_FILE_PART, 0,
		    UINT64_MAX },
		{ "", 10, DIALECT_WEB_FILE_WHOLE, 0, 0 },
		{ "bytes=", 10, DIALECT_WEB_FILE_WHOLE, 0, 0 },
		{ "bytes=-", 10, DIALECT_WEB_FILE_WHOLE, 0, 0 },
		{ "bytes=--1", 10, DIALECT_WEB_FILE_WHOLE, 0, 0 },
		{ "bytes=5", 10, DIALECT_WEB_FILE_WHOLE, 0, 0 },
		{ "bytes=+5-", 10, DIALECT_WEB_FILE_WHOLE, 0, 0 },
		{ "bytes= 5-", 10, DIALECT_WEB_FILE_WHOLE, 0, 0 },
		{ "bytes=5-6x", 10, DIALECT_WEB_FILE_WHOLE, 0, 0 },
		{ "bytes=5-4", 10, DIALECT_WEB_FILE_WHOLE, 0, 0 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint64_t first = 0, len = 0;

		ck_assert_msg(dialect_web_file_range(chat_text(cases[i].text), cases[i].size,
		                  &first, &len) == cases[i].range,
		    "\"%s\"", cases[i].text);
		if (cases[i].range != DIALECT_WEB_FILE_PART)
			continue;
		ck_assert_msg(first == cases[i].first && len == cases[i].len, "\"%s\": %llu, %llu",
		    cases[i].text, (unsigned long long)first, (unsigned long long)len);
	}
}
END_TEST

START_TEST(same_content)
{
	char etag[128], headers[256];
	struct http_reply reply;

	put_good(messi, "lineker/b.bin", "", content, BIG);
	reply = ask("GET", lineker, "messi/b.bin", "");
	snprintf(etag, sizeof(etag), "%s", http_reply_header(&reply, "ETag"));
	ck_assert_uint_eq(strlen(etag), 66);
	snprintf(headers, sizeof(headers), "If-None-Match: \"x\", W/%s\r\nRange: bytes=999999-\r\n",
	    etag);
	reply = ask("GET", lineker, "messi/b.bin", headers);
	ck_assert_int_eq(reply.status, 304);
	http_reply_assert_header(&reply, "ETag", etag);
	http_talk_hear_end(&http);
	snprintf(headers, sizeof(headers), "If-Range: %s\r\nRange: bytes=7-8\r\n", etag);
	reply = ask("GET", lineker, "messi/b.bin", headers);
	assert_body(&reply, 206, content + 7, 2);
	/* Another content has taken its place. */
	put_good(messi, "lineker/b.bin", "", "halo", 4);
	reply = ask("GET", lineker, "messi/b.bin", headers);
	assert_body(&reply, 200, "halo", 4);
	reply = ask("GET", lineker, "messi/b.bin",
	    "If-Range: Sun, 22 Nov 2026 09:00:00 GMT\r\nRange: bytes=0-1\r\n");
	assert_body(&reply, 200, "halo", 4);
}
END_TEST

/* A client that goes on where it was cut off has the same bytes. */
START_TEST(resumed)
{
	static char got[BIG];
	struct http_reply reply;
	char header[64];

	put_good(messi, "lineker/b.bin", "", content, BIG);
	begin_request("GET", lineker, "messi/b.bin", "");
	reply = http_talk_hear(&http, true);
	ck_assert_int_eq(reply.status, 200);
	memcpy(got, http_talk_hear_bytes(&http, 123457), 123457);
	snprintf(header, sizeof(header), "Range: bytes=123457-\r\n");
	reply = ask("GET", lineker, "messi/b.bin", header);
	ck_assert_int_eq(reply.status, 206);
	ck_assert_uint_eq(reply.len, BIG - 123457);
	memcpy(got + 123457, reply.body, reply.len);
	ck_assert_mem_eq(got, content, BIG);
}
END_TEST

START_TEST(types)
{
	static const char *const cases[][3] = {
		{ "p.png", "\x89PNG\r\n\x1a\n....", "image/png" },
		{ "j.jpg", "\xff\xd8\xff\xe0....", "image/jpeg" },
		{ "g.gif", "GIF89a....", "image/gif" },
		{ "w.webp", "RIFF....WEBPVP8 ", "image/webp" },
		{ "w.avi", "RIFF....AVI LIST", "application/octet-stream" },
		{ "short.png", "\x89PNG", "application/octet-stream" },
		{ "page.html", "<script>alert(1)</script>", "application/octet-stream" },
		{ "page.svg", "<svg xmlns='http://www.w3.org/2000/svg'/>",
		    "application/octet-stream" },
	};
	char path[64], disposition[128];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct http_reply reply;

		snprintf(path, sizeof(path), "lineker/%s", cases[i][0]);
		put_good(messi, path, "", cases[i][1], strlen(cases[i][1]));
		reply = ask("GET", messi, path, "");
		assert_body(&reply, 200, cases[i][1], strlen(cases[i][1]));
		http_reply_assert_header(&reply, "Content-Type", cases[i][2]);
		snprintf(disposition, sizeof(disposition), "attachment; filename*=UTF-8''%s",
		    cases[i][0]);
		http_reply_assert_header(&reply, "Content-Disposition", disposition);
	}
}
END_TEST

START_TEST(names)
{
	/* As it is asked for, and as it is shown to be saved. */
	static const char *const good[][2] = {
		{ "kopi%20%22%C3%A9%22;.txt", "kopi%20%22%C3%A9%22%3B.txt" },
		{ "a%0Db", "a%0Db" },
		{ "%E2%80%AEtxt.exe", "%E2%80%AEtxt.exe" },
		{ "100%25%2Bx", "100%25+x" },
		{ "dir%2Fa.txt", "a.txt" },
		{ "foto[1].jpg", "foto%5B1%5D.jpg" },
	};
	char path[128], disposition[256], longest[256 + 64];
	struct http_reply reply;

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		snprintf(path, sizeof(path), "lineker/%s", good[i][0]);
		put_good(messi, path, "", "halo", 4);
		reply = ask("GET", messi, path, "");
		assert_body(&reply, 200, "halo", 4);
		snprintf(disposition, sizeof(disposition), "attachment; filename*=UTF-8''%s",
		    good[i][1]);
		http_reply_assert_header(&reply, "Content-Disposition", disposition);
	}
	assert_error(put(messi, "lineker/%00", "", "x", 1), 400, "BAD_ARGUMENT");
	assert_error(put(messi, "lineker/a%0Ab", "", "x", 1), 400, "BAD_ARGUMENT");
	assert_error(put(messi, "lineker/%FF", "", "x", 1), 400, "BAD_ARGUMENT");
	assert_error(put(messi, "lineker/", "", "x", 1), 400, "BAD_ARGUMENT");
	assert_error(put(messi, "/a", "", "x", 1), 400, "BAD_ARGUMENT");
	assert_error(put(messi, "lineker", "", "x", 1), 404, "UNKNOWN");
	snprintf(longest, sizeof(longest), "lineker/%0255d", 7);
	put_good(messi, longest, "", "halo", 4);
	snprintf(longest, sizeof(longest), "lineker/%0256d", 7);
	assert_error(put(messi, longest, "", "x", 1), 400, "BAD_ARGUMENT");
}
END_TEST

/* The client waits with the body, which nobody wants: the reply does not wait for it. */
START_TEST(refused_before)
{
	static const struct {
		const char *who;
		size_t len;
		int status;
		const char *code;
	} cases[] = {
		{ "nobody/x", 10, 404, "NO_USER" },
		{ "%23kopi/x", 10, 404, "NO_GROUP" },
		{ "a@b/x", 10, 404, "NO_REALM" },
		{ "lineker/x", FILE_MAX + 1, 413, "TOO_BIG" },
		{ "lineker/x", FILE_MAX / 8 * 5, 507, "QUOTA" },
	};
	char *full = calloc(1, FILE_MAX);

	ck_assert_ptr_nonnull(full);
	put_good(messi, "lineker/full", "", full, FILE_MAX);
	free(full);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		/* Who has told that the server is asked first hears this, and not 100. */
		for (int expects = 0; expects < 2; expects++) {
			begin_put(cases[i].status == 413 ? lineker : messi,
			    cases[i].status == 413 ? "messi/x" : cases[i].who,
			    expects ? "Expect: 100-continue\r\n" : "", cases[i].len);
			assert_error(http_talk_hear(&http, false), cases[i].status, cases[i].code);
		}
	}
	begin_put("", "lineker/x", "", 10);
	assert_error(http_talk_hear(&http, false), 401, "NO_SESSION");
	assert_error(ask("PUT", messi, "lineker/x", ""), 411, "BAD_ARGUMENT");
	ck_assert_uint_eq(realm_count_files(&realm, "file/tmp"), 0);
}
END_TEST

START_TEST(awaited)
{
	struct http_reply reply;

	begin_put(messi, "lineker/a.txt", "Expect: 100-continue\r\n", 4);
	ck_assert_int_eq(http_talk_hear(&http, false).status, 100);
	http_talk_say(&http, "halo", 4);
	ck_assert_int_eq(http_talk_hear(&http, false).status, 200);
	reply = ask("GET", lineker, "messi/a.txt", "");
	assert_body(&reply, 200, "halo", 4);
}
END_TEST

/* A reply that comes while the client sends is not lost with the connection. */
START_TEST(refused_amid)
{
	char *body = calloc(1, LONG);

	ck_assert_ptr_nonnull(body);
	begin_put(messi, "lineker/x", "", LONG);
	http_talk_say(&http, body, LONG);
	assert_error(http_talk_hear(&http, false), 413, "TOO_BIG");
	free(body);
}
END_TEST

/* What does not come as a whole is nothing. */
START_TEST(cut_off)
{
	begin_put(messi, "lineker/x", "", BIG);
	http_talk_say(&http, content, BIG - 1);
	shutdown(http.out_fd, SHUT_WR);
	ck_assert_int_eq(http_talk_hear(&http, false).status, 0);
	assert_error(ask("GET", messi, "lineker/x", ""), 404, "NO_FILE");
	ck_assert_uint_eq(realm_count_files(&realm, "file/tmp"), 0);
	dialogue_run(&talk,
	    "a> auth lineker surabaya\n"
	    "a< TOKEN a\n"
	    "a> inbox $a\n"
	    "a< {'status':'OK','messages':{}}\n");
}
END_TEST

START_TEST(once)
{
	struct http_reply reply;
	long id = put_good(messi, "lineker/a.txt", "Idempotency-Key: " KEY "\r\n", "halo", 4);

	/* The content that came first stays. */
	ck_assert_int_eq(put_good(messi, "lineker/a.txt", "Idempotency-Key: " KEY "\r\n", "pagi",
	                     4),
	    id);
	reply = ask("GET", lineker, "messi/a.txt", "");
	assert_body(&reply, 200, "halo", 4);
	ck_assert_int_ne(put_good(messi, "lineker/a.txt", "", "pagi", 4), id);
	reply = ask("GET", lineker, "messi/a.txt", "");
	assert_body(&reply, 200, "pagi", 4);
	assert_error(put(messi, "lineker/a.txt", "Idempotency-Key: x\r\n", "x", 1), 400,
	    "BAD_ARGUMENT");
}
END_TEST

START_TEST(methods)
{
	struct http_reply reply = ask("POST", messi, "lineker/a.txt", "");

	ck_assert_int_eq(reply.status, 405);
	http_reply_assert_header(&reply, "Allow", "GET, HEAD, PUT");
	reply = ask("GET", messi, "lineker/a.txt", "Sec-Fetch-Site: cross-site\r\n");
	ck_assert_int_eq(reply.status, 403);
	reply = put(messi, "lineker/a.txt", "Origin: https://evil.example\r\n", "x", 1);
	ck_assert_int_eq(reply.status, 403);
}
END_TEST

/* Others are served, and the patience with this one ends. */
START_TEST(slow_reader)
{
	char *body = calloc(1, LONG);
	struct http_reply reply;

	ck_assert_ptr_nonnull(body);
	begin("log_level = debug\nfile_max = 16M\nuser_quota = 64M\nwrite_timeout = 1s\n");
	put_good(messi, "lineker/long", "", body, LONG);
	begin_request("GET", lineker, "messi/long", "");
	/* Who reads all of it has it. */
	http_talk_begin(&other);
	http_talk_sayf(&other, "GET /files/messi/long HTTP/1.1\r\n" HOST "Cookie: %s\r\n\r\n",
	    lineker);
	reply = http_talk_hear(&other, false);
	assert_body(&reply, 200, body, LONG);
	realm_await_log(&realm, "the client does not read");
	free(body);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("web_files");
	TCase *tcase = realm_tcase(suite, "up");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, up_and_down);
	tcase_add_test(tcase, as_line_clients_do);
	tcase_add_test(tcase, groups);
	tcase_add_test(tcase, names);
	tcase_add_test(tcase, refused_before);
	tcase_add_test(tcase, awaited);
	tcase_add_test(tcase, refused_amid);
	tcase_add_test(tcase, cut_off);
	tcase_add_test(tcase, once);
	tcase_add_test(tcase, methods);
	tcase = realm_tcase(suite, "down");
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, parts);
	tcase_add_test(tcase, same_content);
	tcase_add_test(tcase, resumed);
	tcase_add_test(tcase, types);
	tcase = realm_tcase(suite, "slow");
	tcase_add_checked_fixture(tcase, NULL, teardown);
	tcase_add_test(tcase, slow_reader);
	tcase_add_test(tcase, range_texts);
	return realm_run_suite(suite);
}
