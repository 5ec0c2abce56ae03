/*
 * The bridge's side of a connection: lines as they go out, replies as they are cut out of what
 * comes in, however it comes, and what each kind of reply says.
 */
#include "net/wire.h"

#include <sys/socket.h>

#include <check.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "peering/reply.h"
#include "peering/request.h"
#include "suite.h"

#define TEXT_SIZE (256 * 1024)

static struct wire wire;
static int far;
static char text[TEXT_SIZE];

static void
setup(void)
{
	int pair[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	wire_init(&wire);
	wire_open(&wire, pair[0], PEERING_REPLY_MAX);
	far = pair[1];
}

static void
teardown(void)
{
	wire_close(&wire);
	close(far);
}

static void
come(const char *bytes)
{
	size_t len = strlen(bytes);

	ck_assert_int_eq(write(far, bytes, len), (ssize_t)len);
}

/* The next reply as a string; "-": none yet, "!": too long. Reads what is there before. */
static const char *
next_reply(void)
{
	const char *data;
	size_t len;

	while (wire_fill(&wire) > 0)
		;
	switch (wire_reply(&wire, &data, &len)) {
	case 0:
		return "-";
	case 1:
		ck_assert_uint_lt(len, sizeof(text));
		memcpy(text, data, len);
		text[len] = '\0';
		return text;
	default:
		return "!";
	}
}

/* Returns the bytes that went out, as a string. */
static const char *
take_output(void)
{
	ssize_t n;

	ck_assert_int_eq(wire_flush(&wire), 0);
	n = recv(far, text, sizeof(text) - 1, MSG_DONTWAIT);
	text[n < 0 ? 0 : n] = '\0';
	return text;
}

START_TEST(test_replies)
{
	ck_assert_str_eq(next_reply(), "-");
	come("{\"a\":1}\r\n\r\n{\"b\":2}\r\n\r\n{\"c\"");
	ck_assert_str_eq(next_reply(), "{\"a\":1}");
	ck_assert_str_eq(next_reply(), "{\"b\":2}");
	ck_assert_str_eq(next_reply(), "-");
	come(":3}\r\n\r");
	ck_assert_str_eq(next_reply(), "-");
	come("\n{}\r\n\r\n");
	ck_assert_str_eq(next_reply(), "{\"c\":3}");
	ck_assert_str_eq(next_reply(), "{}");
	ck_assert_str_eq(next_reply(), "-");
	ck_assert_ptr_null(wire.in);
}
END_TEST

START_TEST(test_replies_byte_by_byte)
{
	static const char bytes[] = "{\"a\":\"\\r\\n\"}\r\n\r\n";

	for (size_t i = 0; i + 1 < sizeof(bytes) - 1; i++) {
		come((const char[]){ bytes[i], '\0' });
		ck_assert_str_eq(next_reply(), "-");
	}
	come("\n");
	ck_assert_str_eq(next_reply(), "{\"a\":\"\\r\\n\"}");
}
END_TEST

/* The longest reply is taken, one byte more is not, and then nothing more is read. */
START_TEST(test_longest_reply)
{
	static char bytes[PEERING_REPLY_MAX + 1];

	memset(bytes, 'x', PEERING_REPLY_MAX);
	memcpy(bytes + PEERING_REPLY_MAX - 4, "\r\n\r\n", 4);
	come(bytes);
	ck_assert_uint_eq(strlen(next_reply()), PEERING_REPLY_MAX - 4);
	memset(bytes, 'x', PEERING_REPLY_MAX);
	come(bytes);
	while (wire_fill(&wire) > 0)
		;
	come("yyyyyyyyyyyyyyyy");
	ck_assert_int_eq(wire_fill(&wire), 0);
	ck_assert_uint_lt(wire.in_size, 4 * PEERING_REPLY_MAX);
	const char *data;
	size_t len;
	ck_assert_int_eq(wire_reply(&wire, &data, &len), -1);
}
END_TEST

START_TEST(test_end)
{
	come("{}\r\n\r\nrest");
	shutdown(far, SHUT_WR);
	ck_assert_int_eq(wire_fill(&wire), 1);
	ck_assert_int_eq(wire_fill(&wire), -1);
	const char *data;
	size_t len;
	ck_assert_int_eq(wire_reply(&wire, &data, &len), 1);
	ck_assert_int_eq(wire_reply(&wire, &data, &len), 0);
}
END_TEST

/* Bytes that the connection does not take wait; more can be put behind them, and taken back. */
START_TEST(test_out)
{
	static char block[1000];
	size_t total = 0, mark, seen = 0;
	ssize_t n;

	memset(block, 'a', sizeof(block));
	while (!wire_full(&wire)) {
		wire_put(&wire, block, sizeof(block));
		total += sizeof(block);
		ck_assert_int_eq(wire_flush(&wire), 0);
	}
	ck_assert_int_ne(wire_events(&wire) & POLLOUT, 0);
	mark = wire_mark(&wire);
	wire_put(&wire, "bbbb", 4);
	wire_take_back(&wire, mark);
	wire_put(&wire, "c", 1);
	while ((n = recv(far, text, sizeof(text), MSG_DONTWAIT)) > 0) {
		ck_assert_ptr_null(memchr(text, 'b', (size_t)n));
		seen += (size_t)n;
		ck_assert_int_eq(wire_flush(&wire), 0);
	}
	ck_assert_uint_eq(seen, total + 1);
	ck_assert_ptr_null(wire.out);
	ck_assert_uint_eq(wire.sent, total + 1);
}
END_TEST

START_TEST(test_lines)
{
	static const unsigned char piece[] = { 0, 1, 2, 255 };
	struct chat_outbound outbound = { .kind = CHAT_OUTBOUND_USER,
		.from = chat_text("messi"),
		.from_name = chat_text("Lionel \"Leo\" Messi"),
		.to = chat_text("lineker"),
		.text = { .data = "halo\r\n\0", .len = 7 } };

	peering_request_hello(&wire, "SURABAYA", "MALANG");
	ck_assert_str_eq(take_output(), "hello 1 SURABAYA MALANG\r\n");
	peering_request_resume(&wire, 0xabc, 17);
	ck_assert_str_eq(take_output(), "resume 0000000000000abc 17\r\n");
	peering_request_message(&wire, 18, &outbound, 1234, "surabaya");
	ck_assert_str_eq(take_output(),
	    "message 18 {\"time\":1234,\"from\":\"messi@surabaya\","
	    "\"name\":\"Lionel \\\"Leo\\\" Messi\",\"to\":\"lineker\","
	    "\"text\":\"halo\\r\\n\\u0000\"}\r\n");
	outbound.kind = CHAT_OUTBOUND_LIST;
	outbound.to = chat_text("a,b,c");
	outbound.file = true;
	outbound.text = chat_text("foto.jpg");
	outbound.size = UINT64_C(5000000000);
	outbound.hash[0] = 0xab;
	peering_request_message(&wire, 19, &outbound, 1234, "surabaya");
	ck_assert_str_eq(take_output(),
	    "file 19 {\"time\":1234,\"from\":\"messi@surabaya\","
	    "\"name\":\"Lionel \\\"Leo\\\" Messi\",\"users\":[\"a\",\"b\",\"c\"],"
	    "\"file\":\"foto.jpg\",\"size\":5000000000,\"hash\":\"ab"
	    "00000000000000000000000000000000000000000000000000000000000000\"}\r\n");
	peering_request_chunk(&wire, 19, 49152, piece, sizeof(piece));
	ck_assert_str_eq(take_output(), "chunk 19 49152 AAEC/w==\r\n");
	peering_request_void(&wire, 1, 100);
	ck_assert_str_eq(take_output(), "void 1 100\r\n");
	peering_request_settled(&wire, 7);
	ck_assert_str_eq(take_output(), "settled 7\r\n");
	peering_request_info(&wire, UINT64_MAX, "lineker");
	ck_assert_str_eq(take_output(), "ask 18446744073709551615 info lineker\r\n");
	peering_request_ping(&wire, 3);
	ck_assert_str_eq(take_output(), "ping 3\r\n");
}
END_TEST

static struct peering_reply
read_reply(const char *json)
{
	struct peering_reply reply;

	ck_assert_msg(peering_reply_read(&reply, json, strlen(json)) == 0, "%s", json);
	return reply;
}

START_TEST(test_kinds)
{
	struct peering_reply r =
	    read_reply("{\"status\":\"OK\",\"hello\":1,\"realm\":\"malang\","
	               "\"window\":4096,\"bytes\":4194304,\"file_max\":7,\"new\":[]}");

	ck_assert_int_eq(r.kind, PEERING_REPLY_HELLO);
	ck_assert_uint_eq(r.number, 1);
	ck_assert_uint_eq(r.window.messages, 4096);
	ck_assert_uint_eq(r.window.bytes, 4194304);
	ck_assert_uint_eq(r.window.file_max, 7);
	ck_assert_str_eq(r.realm, "malang");
	r = read_reply("{\"status\":\"OK\",\"resume\":\"00000000000000ff\",\"have\":12}");
	ck_assert_int_eq(r.kind, PEERING_REPLY_RESUMED);
	ck_assert_uint_eq(r.epoch, 255);
	ck_assert_uint_eq(r.number, 12);
	r = read_reply("{\"status\":\"OK\",\"have\":13}");
	ck_assert_int_eq(r.kind, PEERING_REPLY_HAVE);
	ck_assert_uint_eq(r.number, 13);
	r = read_reply("{\"status\":\"OK\",\"want\":14,\"offset\":49152}");
	ck_assert_int_eq(r.kind, PEERING_REPLY_WANT);
	ck_assert_uint_eq(r.offset, 49152);
	r = read_reply("{\"status\":\"ERROR\",\"number\":15,\"reason\":\"no_user\"}");
	ck_assert_int_eq(r.kind, PEERING_REPLY_REFUSED);
	ck_assert_uint_eq(r.number, 15);
	ck_assert_int_eq(r.reason, CHAT_REASON_NO_USER);
	r = read_reply("{\"status\":\"ERROR\",\"number\":15,\"reason\":\"none\"}");
	ck_assert_int_eq(r.reason, CHAT_REASON_REFUSED);
	/* The peer's word must not read as if an administrator here had dropped the message. */
	r = read_reply("{\"status\":\"ERROR\",\"number\":15,\"reason\":\"dropped\"}");
	ck_assert_int_eq(r.reason, CHAT_REASON_REFUSED);
	r = read_reply("{\"status\":\"ERROR\",\"number\":15,\"reason\":\"expired\"}");
	ck_assert_int_eq(r.reason, CHAT_REASON_REFUSED);
	r = read_reply("{\"status\":\"ERROR\",\"number\":15,\"reason\":7}");
	ck_assert_int_eq(r.reason, CHAT_REASON_REFUSED);
	r = read_reply("{\"status\":\"OK\",\"pong\":\"18446744073709551615\"}");
	ck_assert_int_eq(r.kind, PEERING_REPLY_PONG);
	ck_assert_uint_eq(r.number, UINT64_MAX);
	r = read_reply(
	    "{\"status\":\"OK\",\"ask\":3,\"info\":{\"username\":\"lineker\","
	    "\"name\":\"Gary\",\"country\":\"Inggris\",\"online\":true,\"since\":\"x\"}}");
	ck_assert_int_eq(r.kind, PEERING_REPLY_INFO);
	ck_assert(r.found && r.person.online);
	ck_assert_str_eq(r.person.country, "Inggris");
	r = read_reply("{\"status\":\"ERROR\",\"ask\":3,\"reason\":\"no_user\"}");
	ck_assert_int_eq(r.kind, PEERING_REPLY_INFO);
	ck_assert(!r.found);
	r = read_reply("{\"status\":\"ERROR\",\"fatal\":\"the disk is full\",\"retry\":true}");
	ck_assert_int_eq(r.kind, PEERING_REPLY_FATAL);
	ck_assert(r.retry);
	ck_assert_str_eq(r.fatal, "the disk is full");
	r = read_reply("{\"status\":\"OK\",\"later\":1}");
	ck_assert_int_eq(r.kind, PEERING_REPLY_UNKNOWN);
	ck_assert(r.ok);
	r = read_reply("{\"status\":\"ERROR\",\"message\":\"*Maaf, command tidak benar\"}");
	ck_assert_int_eq(r.kind, PEERING_REPLY_UNKNOWN);
	ck_assert(!r.ok);
}
END_TEST

START_TEST(test_no_replies)
{
	static const char *const bad[] = {
		"",
		"x",
		"[]",
		"{}",
		"{\"status\":1}",
		"{\"status\":\"MAYBE\",\"have\":1}",
		"{\"status\":\"OK\",\"have\":-1}",
		"{\"status\":\"OK\",\"have\":1.5}",
		"{\"status\":\"OK\",\"have\":99999999999999999999}",
		"{\"status\":\"OK\",\"have\":\"1\"}",
		"{\"status\":\"OK\",\"have\":1,\"have\":2}",
		"{\"status\":\"OK\",\"have\":1} {}",
		"{\"status\":\"OK\",\"resume\":\"ff\",\"have\":1}",
		"{\"status\":\"OK\",\"resume\":\"00000000000000FF\",\"have\":1}",
		"{\"status\":\"OK\",\"resume\":\"00000000000000ff\"}",
		"{\"status\":\"OK\",\"want\":1}",
		"{\"status\":\"OK\",\"hello\":1,\"realm\":\"malang\",\"window\":1,\"bytes\":1}",
		"{\"status\":\"OK\",\"hello\":1,\"window\":1,\"bytes\":1,\"file_max\":1}",
		"{\"status\":\"OK\",\"ask\":1}",
		"{\"status\":\"OK\",\"ask\":1,\"info\":{\"username\":\"x\"}}",
		"{\"status\":\"OK\",\"ask\":\"-1\",\"info\":{}}",
		"{\"status\":\"ERROR\",\"number\":\"1\"}",
		"{\"status\":\"OK\",\"pong\":\"\"}",
		"{\"status\":\"OK\",\"have\":1,\"x\":\"\xff\"}",
	};
	struct peering_reply reply;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_msg(peering_reply_read(&reply, bad[i], strlen(bad[i])) == -1, "%s",
		    bad[i]);
}
END_TEST

/* However deep, and with whatever names: no more is kept than there is room for. */
START_TEST(test_large_replies)
{
	static char json[PEERING_REPLY_MAX];
	struct peering_reply reply;

	memset(json, '[', sizeof(json));
	ck_assert_int_eq(peering_reply_read(&reply, json, sizeof(json)), -1);
	memset(json, 'x', sizeof(json));
	memcpy(json, "{\"status\":\"ERROR\",\"fatal\":\"", 27);
	memcpy(json + sizeof(json) - 2, "\"}", 2);
	ck_assert_int_eq(peering_reply_read(&reply, json, sizeof(json)), 0);
	ck_assert_uint_eq(strlen(reply.fatal), PEERING_FATAL_MAX - 1);
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = { test_replies, test_replies_byte_by_byte, test_longest_reply,
		test_end, test_out, test_lines, test_kinds, test_no_replies, test_large_replies };
	Suite *suite = suite_create("bridge_wire");
	TCase *tcase = tcase_create("wire");

	tcase_add_checked_fixture(tcase, setup, teardown);
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
		tcase_add_test(tcase, tests[i]);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
