/*
 * The dialect web, by HTTP: the page's files, sessions by cookies, who may ask, and the limits.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/token.h"
#include "http_talk.h"
#include "speaker.h"

#define HOST       "Host: kabar.example\r\n"
#define FORM       "Content-Type: application/x-www-form-urlencoded\r\n"
#define COOKIE_MAX 256

static struct realm realm;
static struct http_talk talk = { .in_fd = -1 };

static void
setup(void)
{
	http_talk_make(&realm, NULL, "log_level = debug");
	realm_start(&realm);
}

static void
teardown(void)
{
	http_talk_end(&talk);
	http_talk_remove(&realm);
}

static void
assert_status(struct http_reply reply, int status)
{
	ck_assert_int_eq(reply.status, status);
}

START_TEST(page)
{
	static const char *const files[][2] = {
		{ "/", "text/html; charset=utf-8" },
		{ "/index.html", "text/html; charset=utf-8" },
		{ "/kabar.css", "text/css; charset=utf-8" },
		{ "/main.js", "text/javascript; charset=utf-8" },
	};

	http_talk_begin(&talk);
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		struct http_reply reply;
		char length[32];

		http_talk_sayf(&talk, "GET %s HTTP/1.1\r\n" HOST "\r\n", files[i][0]);
		reply = http_talk_hear(&talk, false);
		ck_assert_int_eq(reply.status, 200);
		ck_assert_uint_gt(reply.len, 0);
		http_reply_assert_safe(&reply);
		http_reply_assert_header(&reply, "Content-Type", files[i][1]);
		http_reply_assert_header(&reply, "Cache-Control", "no-cache");
		http_reply_assert_header(&reply, "Vary", "Accept-Encoding");
		http_reply_assert_header(&reply, "Content-Encoding", NULL);
		http_reply_assert_header(&reply, "Connection", NULL);
		snprintf(length, sizeof(length), "%zu", reply.len);
		http_talk_sayf(&talk, "HEAD %s HTTP/1.1\r\n" HOST "\r\n", files[i][0]);
		reply = http_talk_hear(&talk, true);
		ck_assert_int_eq(reply.status, 200);
		http_reply_assert_header(&reply, "Content-Length", length);
	}
}
END_TEST

/* Each file of the folder is in the program, as it is there. */
START_TEST(whole_page)
{
	const char *srcdir = getenv("srcdir");
	char folder[1024], path[2048], request[512];
	static char content[1 << 20];
	struct dirent *entry;
	size_t n = 0;

	snprintf(folder, sizeof(folder), "%s/src/dialect/web/page", srcdir == NULL ? "." : srcdir);
	DIR *dir = opendir(folder);
	ck_assert_ptr_nonnull(dir);
	while ((entry = readdir(dir)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
		FILE *file = fopen(path, "re");
		ck_assert_ptr_nonnull(file);
		size_t len = fread(content, 1, sizeof(content), file);
		fclose(file);
		snprintf(request, sizeof(request), "GET /%s HTTP/1.1\r\n" HOST "\r\n",
		    entry->d_name);
		struct http_reply reply = http_talk_once(request);
		ck_assert_msg(reply.status == 200, "%s: %d", entry->d_name, reply.status);
		ck_assert_uint_eq(reply.len, len);
		ck_assert_int_eq(memcmp(reply.body, content, len), 0);
		n++;
	}
	closedir(dir);
	ck_assert_uint_gt(n, 0);
}
END_TEST

START_TEST(compressed)
{
	static const char *const takes[] = { "gzip", "deflate, GZIP",
		"br;q=1.0, gzip;q=0.8, *;q=0.1", "gzip ; q=0.001" };
	static const char *const refuses[] = { "identity", "gzip;q=0", "gzip; q=0.000", "xgzip",
		"" };
	char header[128];

	for (size_t i = 0; i < sizeof(takes) / sizeof(takes[0]); i++) {
		snprintf(header, sizeof(header), "Accept-Encoding: %s\r\n", takes[i]);
		struct http_reply reply = http_talk_request("GET", "/", header);
		ck_assert_int_eq(reply.status, 200);
		http_reply_assert_header(&reply, "Content-Encoding", "gzip");
		ck_assert_int_eq(memcmp(reply.body, "\x1f\x8b\x08", 3), 0);
	}
	for (size_t i = 0; i < sizeof(refuses) / sizeof(refuses[0]); i++) {
		snprintf(header, sizeof(header), "Accept-Encoding: %s\r\n", refuses[i]);
		struct http_reply reply = http_talk_request("GET", "/", header);
		ck_assert_int_eq(reply.status, 200);
		http_reply_assert_header(&reply, "Content-Encoding", NULL);
		ck_assert_int_eq(strncmp(reply.body, "<!DOCTYPE html>", 15), 0);
	}
}
END_TEST

/* A client that has the file is told so, and only then; both forms are told apart. */
START_TEST(etags)
{
	char plain[64], header[512];
	struct http_reply reply = http_talk_request("GET", "/", "");

	snprintf(plain, sizeof(plain), "%s", http_reply_header(&reply, "ETag"));
	snprintf(header, sizeof(header), "If-None-Match: \"x\", W/%s\r\n", plain);
	reply = http_talk_request("GET", "/", header);
	ck_assert_int_eq(reply.status, 304);
	http_reply_assert_safe(&reply);
	http_reply_assert_header(&reply, "ETag", plain);
	http_reply_assert_header(&reply, "Content-Length", NULL);
	ck_assert_int_eq(http_talk_request("GET", "/", "If-None-Match: *\r\n").status, 304);
	snprintf(header, sizeof(header), "If-None-Match: %s\r\nAccept-Encoding: gzip\r\n", plain);
	reply = http_talk_request("GET", "/", header);
	ck_assert_int_eq(reply.status, 200);
	ck_assert_str_ne(http_reply_header(&reply, "ETag"), plain);
	snprintf(header, sizeof(header), "If-None-Match: %s\r\n", plain);
	ck_assert_int_eq(http_talk_request("GET", "/main.js", header).status, 200);
}
END_TEST

START_TEST(unknown)
{
	struct http_reply reply = http_talk_request("GET", "/nothing", "");

	http_reply_assert_error(&reply, 404, "UNKNOWN");
	reply = http_talk_request("GET", "/index.html/", "");
	http_reply_assert_error(&reply, 404, "UNKNOWN");
	reply = http_talk_request("GET", "/.", "");
	http_reply_assert_error(&reply, 400, "BAD_ARGUMENT");
	reply = http_talk_request("DELETE", "/", "");
	http_reply_assert_error(&reply, 405, "UNKNOWN");
	http_reply_assert_header(&reply, "Allow", "GET, HEAD");
	reply = http_talk_request("GET", "/login", "");
	http_reply_assert_error(&reply, 405, "UNKNOWN");
	http_reply_assert_header(&reply, "Allow", "POST");
	/* Nothing of a request stands in a reply. */
	reply = http_talk_request("GET", "/%3Cscript%3Enonsense?nonsense", "X-N: nonsense\r\n");
	http_reply_assert_error(&reply, 404, "UNKNOWN");
	ck_assert_ptr_null(strstr(reply.head, "nonsense"));
	ck_assert_ptr_null(strstr(reply.body, "nonsense"));
}
END_TEST

/* What follows a request that was refused, or whose body nobody reads, is no request. */
START_TEST(bodies_are_no_requests)
{
	static const char *const requests[] = {
		"GET / HTTP/1.1\r\n" HOST "Content-Length: 40\r\n\r\n",
		"POST /logout HTTP/1.1\r\n" HOST "Content-Length: 40\r\n\r\n",
		"POST /nothing HTTP/1.1\r\n" HOST "Content-Length: 40\r\n\r\n",
		"POST /login HTTP/1.1\r\n" HOST "Content-Length: 40\r\n\r\n",
		"POST / HTTP/1.1\r\n" HOST "Content-Length: 40\r\n\r\n",
		"GET / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n",
		"GET / HTTP/1.0\r\n" HOST "\r\n",
		"GET / HTTP/1.1\r\nHost: a\nX: y\r\n\r\n",
		"GET / HTTP/1.1\nHost: a\n\n",
		"GET / HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n",
	};

	for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
		http_talk_begin(&talk);
		http_talk_sayf(&talk, "%s%s", requests[i], HTTP_TALK_GET("/health"));
		struct http_reply reply = http_talk_hear(&talk, false);
		ck_assert_int_ne(reply.status, 0);
		http_reply_assert_header(&reply, "Connection", "close");
		http_talk_hear_end(&talk);
		http_talk_end(&talk);
	}
}
END_TEST

/* Requests that came in one packet are answered in their order. */
START_TEST(pipeline)
{
	http_talk_begin(&talk);
	http_talk_sayf(&talk, "%s%s%s", HTTP_TALK_GET("/health"), HTTP_TALK_GET("/nothing"),
	    HTTP_TALK_GET("/session"));
	ck_assert_str_eq(http_talk_hear(&talk, false).body, "OK\n");
	ck_assert_int_eq(http_talk_hear(&talk, false).status, 404);
	ck_assert_int_eq(http_talk_hear(&talk, false).status, 200);
}
END_TEST

START_TEST(long_heads)
{
	static char request[20000];
	struct http_reply reply;
	int len = snprintf(request, sizeof(request), "GET /health HTTP/1.1\r\n" HOST "X: ");

	memset(request + len, 'y', 12000);
	strcpy(request + len + 12000, "\r\n\r\n");
	ck_assert_int_eq(http_talk_once(request).status, 200);
	memset(request + len, 'y', 17000);
	strcpy(request + len + 17000, "\r\n\r\n");
	reply = http_talk_once(request);
	http_reply_assert_error(&reply, 431, "BAD_ARGUMENT");
	http_reply_assert_header(&reply, "Connection", "close");
}
END_TEST

/* A page of another site can make a browser send requests, with its cookies or without. */
START_TEST(other_sites)
{
	static const char *const bad[] = {
		"Origin: https://evil.example\r\n",
		"Origin: http://kabar.example.evil.example\r\n",
		"Origin: http://kabar.example:8080\r\n",
		"Origin: ftp://kabar.example\r\n",
		"Origin: null\r\n",
		"Origin:\r\n",
		"Sec-Fetch-Site: cross-site\r\n",
		"Sec-Fetch-Site: same-site\r\n",
	};
	static const char *const good[] = {
		"",
		"Origin: http://kabar.example\r\n",
		"Origin: https://Kabar.example\r\nSec-Fetch-Site: same-origin\r\n",
		"Sec-Fetch-Site: none\r\n",
	};
	struct http_reply reply;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		reply = http_talk_post("/login", bad[i], "username=messi&password=surabaya");
		http_reply_assert_error(&reply, 403, "FORBIDDEN");
		reply = http_talk_request("POST", "/logout", bad[i]);
		http_reply_assert_error(&reply, 403, "FORBIDDEN");
		reply = http_talk_request("GET", "/session", bad[i]);
		http_reply_assert_error(&reply, 403, "FORBIDDEN");
	}
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		ck_assert_int_eq(http_talk_post("/login", good[i],
		                     "username=messi&password=surabaya")
		                     .status,
		    200);
	/* A link there leads to the page. */
	ck_assert_int_eq(http_talk_request("GET", "/", "Sec-Fetch-Site: cross-site\r\n").status,
	    200);
	ck_assert_int_eq(http_talk_request("GET", "/", "Origin: https://evil.example\r\n").status,
	    403);
}
END_TEST

START_TEST(prefixes)
{
	struct http_reply reply;

	http_talk_configure(&realm, "prefix = /chat", NULL);
	realm_reload(&realm);
	ck_assert_int_eq(http_talk_request("GET", "/chat/", "").status, 200);
	ck_assert_int_eq(http_talk_request("GET", "/chat/main.js", "").status, 200);
	reply = http_talk_request("GET", "/chat?evil", "");
	ck_assert_int_eq(reply.status, 308);
	http_reply_assert_header(&reply, "Location", "/chat/");
	http_reply_assert_safe(&reply);
	ck_assert_int_eq(http_talk_request("GET", "/", "").status, 404);
	ck_assert_int_eq(http_talk_request("GET", "/chatter/", "").status, 404);
	reply = http_talk_post("/chat/login", "", "username=messi&password=surabaya");
	ck_assert_int_eq(reply.status, 200);
	/* By the default path it is the directory's, /chat. */
	ck_assert_ptr_null(strstr(http_reply_header(&reply, "Set-Cookie"), "Path"));
}
END_TEST

/* One at a time, as inetd starts it, over a socket or pipes. */
START_TEST(inetd)
{
	http_talk_spawn(&talk, &realm, _i == 1);
	ck_assert_int_eq(http_talk_ask(&talk, HTTP_TALK_GET("/")).status, 200);
	ck_assert_str_eq(http_talk_ask(&talk, HTTP_TALK_GET("/health")).body, "OK\n");
	http_talk_sayf(&talk,
	    "POST /login HTTP/1.1\r\n" HOST FORM
	    "Content-Length: 32\r\n\r\nusername=messi&password=surabaya");
	ck_assert_int_eq(http_talk_hear(&talk, false).status, 200);
	http_talk_hear_end(&talk);
}
END_TEST

/* Whoever asks much without a login is told in time, and no reply is lost. */
START_TEST(many_requests)
{
	struct http_reply reply;
	int n = 0;

	http_talk_configure(&realm, NULL, "unknown_requests = 5  limit_loopback = on");
	realm_reload(&realm);
	http_talk_begin(&talk);
	do {
		reply = http_talk_ask(&talk, HTTP_TALK_GET("/"));
		ck_assert_int_eq(reply.status, 200);
		n++;
	} while (http_reply_header(&reply, "Connection") == NULL);
	ck_assert_int_eq(n, 5);
	http_talk_hear_end(&talk);
}
END_TEST

/* Whole replies, also where there is no worker to make one. */
START_TEST(full)
{
	struct http_talk first;
	struct http_reply reply;

	http_talk_configure(&realm, NULL, "max_clients = 2");
	realm_reload(&realm);
	http_talk_begin(&first);
	ck_assert_int_eq(http_talk_ask(&first, HTTP_TALK_GET("/health")).status, 200);
	http_talk_begin(&talk);
	reply = http_talk_hear(&talk, false);
	ck_assert_int_eq(reply.status, 503);
	http_reply_assert_header(&reply, "Connection", "close");
	ck_assert_str_eq(reply.body,
	    "{\"status\":\"ERROR\",\"message\":\"Server penuh, coba lagi nanti\"}");
	http_talk_hear_end(&talk);
	http_talk_end(&first);
}
END_TEST

/* The log has each request, and nothing that a client would keep to itself. */
START_TEST(logged)
{
	static const char *const secrets[] = { "surabayaX", "geheim", "kabar-surabaya" };
	char cookie[COOKIE_MAX], header[512];

	http_talk_log_in("messi", cookie);
	snprintf(header, sizeof(header), "Cookie: %s; other=geheim\r\n", cookie);
	ck_assert_int_eq(http_talk_request("GET", "/session?geheim", header).status, 200);
	ck_assert_int_eq(http_talk_request("GET", "/?geheim", header).status, 200);
	ck_assert_int_eq(http_talk_request("GET", "/geheim", header).status, 404);
	ck_assert_int_eq(http_talk_post("/login", "", "username=messi&password=surabayaX").status,
	    403);
	realm_await_log(&realm, "/session: 200");
	realm_await_log(&realm, "page: 200");
	realm_await_log(&realm, "request: 404");
	realm_await_log(&realm, "/login: 403");
	for (size_t i = 0; i < sizeof(secrets) / sizeof(secrets[0]); i++)
		ck_assert_uint_eq(realm_log_count(&realm, secrets[i]), 0);
	ck_assert_uint_eq(realm_log_count(&realm, strchr(cookie, '=') + 1), 0);
	/* What is no name could pretend to be more of the line. */
	assert_status(http_talk_post("/login", "",
	                  "username=x+from+192.0.2.1:+wrong%0A&password=y"),
	    403);
	realm_await_log(&realm, "login failed for ? from 127.0.0.1: no such user");
	ck_assert_uint_eq(realm_log_count(&realm, "192.0.2.1"), 0);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("web");
	TCase *tcase = realm_tcase(suite, "files");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, page);
	tcase_add_test(tcase, whole_page);
	tcase_add_test(tcase, compressed);
	tcase_add_test(tcase, etags);
	tcase_add_test(tcase, unknown);
	tcase_add_test(tcase, prefixes);
	tcase_add_loop_test(tcase, inetd, 0, 2);
	tcase = realm_tcase(suite, "requests");
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, bodies_are_no_requests);
	tcase_add_test(tcase, pipeline);
	tcase_add_test(tcase, long_heads);
	tcase_add_test(tcase, other_sites);
	tcase_add_test(tcase, many_requests);
	tcase_add_test(tcase, full);
	tcase_add_test(tcase, logged);
	return realm_run_suite(suite);
}
