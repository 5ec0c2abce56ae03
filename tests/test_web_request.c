/*
 * dialect_web_request: heads of HTTP. A head that another parser could read in another way is
 * refused: that is how requests are smuggled past a proxy.
 */
#include <check.h>
#include <string.h>

#include "dialect/web/request.h"
#include "suite.h"

#define HOST "Host: kabar.example"
/* A request line, a host and further header lines. */
#define GET(headers) "GET / HTTP/1.1\r\n" HOST headers
#define TARGET(path) "GET " path " HTTP/1.1\r\n" HOST

static struct dialect_web_request request;

static int
parse(const char *head)
{
	return dialect_web_request_parse(&request, head, strlen(head));
}

static void
assert_text(struct chat_text text, const char *expected)
{
	ck_assert_uint_eq(text.len, strlen(expected));
	ck_assert_int_eq(memcmp(text.data, expected, text.len), 0);
}

static void
assert_header(const char *name, const char *expected)
{
	struct chat_text value;

	ck_assert(dialect_web_request_header(&request, name, &value));
	assert_text(value, expected);
}

START_TEST(good)
{
	ck_assert_int_eq(parse("GET /files/%23kopi/a%20b.txt?x=1&y=%41?z HTTP/1.1\r\n"
	                       "host: kabar.example:8080\r\n"
	                       "ACCEPT:*/*\r\n"
	                       "Empty:\r\n"
	                       "X-Long: \t  a b\tc \t \r\n"
	                       "User-Agent: na\xc3\xafve"),
	    0);
	ck_assert_int_eq(request.method, DIALECT_WEB_GET);
	assert_text(request.path, "/files/%23kopi/a%20b.txt");
	assert_text(request.query, "x=1&y=%41?z");
	assert_text(request.host, "kabar.example:8080");
	assert_header("Accept", "*/*");
	assert_header("empty", "");
	assert_header("x-long", "a b\tc");
	ck_assert(!request.has_length);
	ck_assert(!request.close);
	ck_assert(!request.expects);
	ck_assert_int_eq(parse("POST /login HTTP/1.1\r\n" HOST
	                       "\r\nContent-Length: 0012\r\nExpect: 100-Continue\r\n"
	                       "Connection: keep-alive, Close"),
	    0);
	ck_assert_int_eq(request.method, DIALECT_WEB_POST);
	ck_assert(request.has_length);
	ck_assert_uint_eq(request.length, 12);
	ck_assert(request.close);
	ck_assert(request.expects);
}
END_TEST

START_TEST(methods)
{
	static const struct {
		const char *head;
		enum dialect_web_method method;
	} known[] = {
		{ "GET / HTTP/1.1\r\n" HOST, DIALECT_WEB_GET },
		{ "HEAD / HTTP/1.1\r\n" HOST, DIALECT_WEB_HEAD },
		{ "POST / HTTP/1.1\r\n" HOST, DIALECT_WEB_POST },
		{ "PUT / HTTP/1.1\r\n" HOST, DIALECT_WEB_PUT },
		{ "get / HTTP/1.1\r\n" HOST, DIALECT_WEB_OTHER },
		{ "DELETE / HTTP/1.1\r\n" HOST, DIALECT_WEB_OTHER },
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		ck_assert_int_eq(parse(known[i].head), 0);
		ck_assert_int_eq(request.method, known[i].method);
	}
}
END_TEST

/* Each of these is ambiguous, or something that no client of ours says. */
static const struct {
	const char *head;
	int status;
} refused[] = {
	/* Line ends. */
	{ "", 400 },
	{ "\r\nGET / HTTP/1.1\r\n" HOST, 400 },
	{ "GET / HTTP/1.1\n" HOST, 400 },
	{ "GET / HTTP/1.1\r\n" HOST "\nX: y", 400 },
	{ "GET / HTTP/1.1\r\n" HOST "\n\n", 400 },
	{ "GET / HTTP/1.1\r\n" HOST "\n\r\n", 400 },
	{ GET("\rX: y"), 400 },
	{ GET("\r\r\nX: y"), 400 },
	{ GET("\r\nX: a\rb"), 400 },
	{ GET("\r\nX: y\r"), 400 },
	/* Header lines. */
	{ GET("\r\n folded: yes"), 400 },
	{ GET("\r\nX: a\r\n b"), 400 },
	{ GET("\r\nX: a\r\n\tb"), 400 },
	{ GET("\r\nX : y"), 400 },
	{ GET("\r\nX\t: y"), 400 },
	{ GET("\r\nX y: z"), 400 },
	{ GET("\r\n: y"), 400 },
	{ GET("\r\nno colon"), 400 },
	{ GET("\r\nX(y): z"), 400 },
	{ GET("\r\nX\xc3\xa9: z"), 400 },
	{ GET("\r\nX: \x01"), 400 },
	{ GET("\r\nX: \x7f"), 400 },
	{ GET("\r\n\r\nX: y"), 400 },
	/* Lengths of bodies. */
	{ GET("\r\nContent-Length: 5\r\nContent-Length: 5"), 400 },
	{ GET("\r\nContent-Length: 5\r\ncontent-length: 6"), 400 },
	{ GET("\r\nContent-Length: 5, 5"), 400 },
	{ GET("\r\nContent-Length: +5"), 400 },
	{ GET("\r\nContent-Length: -5"), 400 },
	{ GET("\r\nContent-Length: 5 5"), 400 },
	{ GET("\r\nContent-Length: 0x5"), 400 },
	{ GET("\r\nContent-Length: 5.0"), 400 },
	{ GET("\r\nContent-Length: five"), 400 },
	{ GET("\r\nContent-Length:"), 400 },
	{ GET("\r\nContent-Length: 18446744073709551621"), 400 },
	{ GET("\r\nTransfer-Encoding: chunked"), 501 },
	{ GET("\r\nTransfer-Encoding: identity"), 501 },
	{ GET("\r\nTransfer-Encoding:"), 501 },
	{ GET("\r\nContent-Length: 5\r\nTransfer-Encoding: chunked"), 501 },
	{ GET("\r\nTransfer-Encoding : chunked"), 400 },
	{ GET("\r\nExpect: 200-maybe"), 417 },
	/* What may stand there only once. */
	{ "GET / HTTP/1.1\r\nX: y", 400 },
	{ "GET / HTTP/1.1", 400 },
	{ "GET / HTTP/1.1\r\nHost:", 400 },
	{ "GET / HTTP/1.1\r\nHost: a, b", 400 },
	{ "GET / HTTP/1.1\r\nHost: a/b", 400 },
	{ "GET / HTTP/1.1\r\nHost: user@a", 400 },
	{ GET("\r\nHost: kabar.example"), 400 },
	{ GET("\r\nhOST: other.example"), 400 },
	{ GET("\r\nOrigin: http://a\r\nOrigin: http://b"), 400 },
	{ GET("\r\nSec-Fetch-Site: none\r\nSec-Fetch-Site: none"), 400 },
	{ GET("\r\nSec-WebSocket-Key: a\r\nSec-WebSocket-Key: b"), 400 },
	{ GET("\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Proto: http"), 400 },
	/* The request line. */
	{ "GET /\r\n" HOST, 400 },
	{ "GET\r\n" HOST, 400 },
	{ "GET  / HTTP/1.1\r\n" HOST, 400 },
	{ "GET /  HTTP/1.1\r\n" HOST, 400 },
	{ "GET / HTTP/1.1 \r\n" HOST, 400 },
	{ " GET / HTTP/1.1\r\n" HOST, 400 },
	{ "GET\t/\tHTTP/1.1\r\n" HOST, 400 },
	{ "G(T / HTTP/1.1\r\n" HOST, 400 },
	{ "GET / http/1.1\r\n" HOST, 400 },
	{ "GET / HTTP/1.0\r\n" HOST, 505 },
	{ "GET / HTTP/1.10\r\n" HOST, 400 },
	{ "GET / HTTP/2.0\r\n" HOST, 505 },
	{ "GET / HTTP/0.9\r\n" HOST, 505 },
	{ "PRI * HTTP/2.0", 505 },
	/* Targets. */
	{ TARGET("http://kabar.example/"), 400 },
	{ TARGET("kabar.example:80"), 400 },
	{ TARGET("*"), 400 },
	{ TARGET("login"), 400 },
	{ TARGET("?x=1"), 400 },
	{ TARGET("/a%"), 400 },
	{ TARGET("/a%4"), 400 },
	{ TARGET("/a%4g"), 400 },
	{ TARGET("/a%00b"), 400 },
	{ TARGET("/?a=%00"), 400 },
	{ TARGET("/a#b"), 400 },
	{ TARGET("/a\\b"), 400 },
	{ TARGET("/a\"b"), 400 },
	{ TARGET("/a<b>"), 400 },
	{ TARGET("/\xc3\xa9"), 400 },
	{ TARGET("/../etc/passwd"), 400 },
	{ TARGET("/a/.."), 400 },
	{ TARGET("/./a"), 400 },
	{ TARGET("/a/%2e%2E/b"), 400 },
	{ TARGET("/a/.%2e"), 400 },
	{ TARGET("/%2e/"), 400 },
};
#define REFUSED ((int)(sizeof(refused) / sizeof(refused[0])))

START_TEST(ambiguous)
{
	ck_assert_msg(parse(refused[_i].head) == refused[_i].status, "%d for %s, not %d",
	    parse(refused[_i].head), refused[_i].head, refused[_i].status);
}
END_TEST

/* The same as a NUL anywhere: it ends a string for some. */
START_TEST(nul_bytes)
{
	static const char whole[] = GET("\r\nX: yz");
	char head[sizeof(whole)];

	for (size_t i = 0; i + 1 < sizeof(whole); i++) {
		memcpy(head, whole, sizeof(whole));
		head[i] = '\0';
		ck_assert_int_ne(dialect_web_request_parse(&request, head, sizeof(whole) - 1), 0);
	}
	ck_assert_int_eq(dialect_web_request_parse(&request, whole, sizeof(whole) - 1), 0);
}
END_TEST

START_TEST(many_headers)
{
	char head[4096] = "GET / HTTP/1.1\r\n" HOST;

	for (int i = 1; i < DIALECT_WEB_REQUEST_HEADERS; i++)
		strcat(head, "\r\nX-N: y");
	ck_assert_int_eq(parse(head), 0);
	strcat(head, "\r\nX-N: y");
	ck_assert_int_eq(parse(head), 431);
}
END_TEST

START_TEST(lists)
{
	static const char *const items[] = { "a", "b", "", "c;q=1", "d" };
	struct dialect_web_items at = { .header = 0 };
	struct chat_text item;
	size_t n = 0;

	ck_assert_int_eq(parse(GET("\r\nAccept: a , b,\r\nX: y\r\naccept:\tc;q=1,d")), 0);
	while (dialect_web_request_next(&request, "Accept", &at, &item)) {
		ck_assert_uint_lt(n, sizeof(items) / sizeof(items[0]));
		assert_text(item, items[n++]);
	}
	ck_assert_uint_eq(n, sizeof(items) / sizeof(items[0]));
	ck_assert(dialect_web_request_lists(&request, "Accept", "D"));
	ck_assert(!dialect_web_request_lists(&request, "Accept", "c"));
	ck_assert(!dialect_web_request_lists(&request, "None", "a"));
}
END_TEST

START_TEST(cookies)
{
	struct chat_text value;

	ck_assert_int_eq(parse(GET("\r\nCookie: kabar-a=1; b=2;kabar-ab=3\r\n"
	                           "Cookie: c ; d=; e=x=y")),
	    0);
	ck_assert(dialect_web_request_cookie(&request, "kabar-a", &value));
	assert_text(value, "1");
	ck_assert(dialect_web_request_cookie(&request, "kabar-ab", &value));
	assert_text(value, "3");
	ck_assert(dialect_web_request_cookie(&request, "d", &value));
	assert_text(value, "");
	ck_assert(dialect_web_request_cookie(&request, "e", &value));
	assert_text(value, "x=y");
	ck_assert(!dialect_web_request_cookie(&request, "c", &value));
	ck_assert(!dialect_web_request_cookie(&request, "kabar-A", &value));
	ck_assert(!dialect_web_request_cookie(&request, "abar-a", &value));
}
END_TEST

static void
assert_decoded(const char *part, bool plus, const char *expected)
{
	char out[16];
	ssize_t n = dialect_web_request_decode(chat_text(part), plus, out, sizeof(out));

	ck_assert_int_eq(n, (ssize_t)strlen(expected));
	ck_assert_str_eq(out, expected);
}

START_TEST(decoding)
{
	char out[4];

	assert_decoded("", false, "");
	assert_decoded("a%20b+c", false, "a b+c");
	assert_decoded("a%2fb+c", true, "a/b c");
	assert_decoded("%C3%a9", false, "\xc3\xa9");
	ck_assert_int_eq(dialect_web_request_decode(chat_text("abc"), false, out, 4), 3);
	ck_assert_int_eq(dialect_web_request_decode(chat_text("abcd"), false, out, 4), -1);
	ck_assert_int_eq(dialect_web_request_decode(chat_text("%00"), false, out, 4), -1);
	ck_assert_int_eq(dialect_web_request_decode(chat_text("%4"), false, out, 4), -1);
	ck_assert_int_eq(dialect_web_request_decode(chat_text("%zz"), false, out, 4), -1);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("web_request");
	TCase *tcase = tcase_create("parse");

	tcase_add_test(tcase, good);
	tcase_add_test(tcase, methods);
	tcase_add_loop_test(tcase, ambiguous, 0, REFUSED);
	tcase_add_test(tcase, nul_bytes);
	tcase_add_test(tcase, many_headers);
	tcase_add_test(tcase, lists);
	tcase_add_test(tcase, cookies);
	tcase_add_test(tcase, decoding);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
