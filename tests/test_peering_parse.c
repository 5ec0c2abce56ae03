/*
 * The parser of another realm's requests: every command, the errors that end the link, and those
 * that refuse one message.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "peering/request.h"
#include "suite.h"

#define HASH "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define HEAD "\"time\":5,\"from\":\"gary@malang\",\"name\":\"Gary\","
#define TEXT "\"text\":\"halo\""

static struct peering_request request;

/* The sentence for a line that ends the link, or NULL. */
static const char *
parse(const char *line, size_t len)
{
	/* In memory of just its size, so that a sanitizer sees who reads on. */
	char *copy = malloc(len == 0 ? 1 : len);
	const char *error;
	int result;

	ck_assert_ptr_nonnull(copy);
	memcpy(copy, line, len);
	result = peering_request_read(&request, copy, len, "malang", &error);
	ck_assert_int_eq(result, error == NULL ? 0 : -1);
	free(copy);
	return error;
}

static void
parses_as(const char *line, enum peering_command command)
{
	const char *error = parse(line, strlen(line));

	ck_assert_msg(error == NULL, "%s: %s", line, error);
	ck_assert_int_eq(request.command, command);
}

static void
assert_text(struct chat_text text, const char *expected)
{
	ck_assert_uint_eq(text.len, strlen(expected));
	ck_assert_mem_eq(text.data, expected, text.len);
}

/* Words of the line cannot be looked at when the line is gone. */
static void
assert_words(const char *line, enum peering_command command, const char *first, const char *second)
{
	const char *error;

	ck_assert_int_eq(peering_request_read(&request, line, strlen(line), "malang", &error), 0);
	ck_assert_int_eq(request.command, command);
	if (command == PEERING_HELLO) {
		assert_text(request.own, first);
		assert_text(request.peer, second);
	} else if (command == PEERING_ASK) {
		assert_text(request.user, first);
	} else {
		assert_text(request.base64, first);
	}
	peering_request_free(&request);
}

START_TEST(test_commands)
{
	assert_words("hello 1 Malang surabaya", PEERING_HELLO, "Malang", "surabaya");
	parses_as("hello 0 a b", PEERING_HELLO);
	parses_as("hello 12 a b", PEERING_HELLO);
	ck_assert_uint_eq(request.number, 12);
	parses_as("resume 00000000000000ff 17", PEERING_RESUME);
	ck_assert_uint_eq(request.epoch, 255);
	ck_assert_uint_eq(request.number, 17);
	parses_as("resume fedcba9876543210 0", PEERING_RESUME);
	ck_assert_uint_eq(request.epoch, 0xfedcba9876543210);
	parses_as("void 3 3", PEERING_VOID);
	parses_as("void 3 9223372036854775807", PEERING_VOID);
	ck_assert_uint_eq(request.number, 3);
	ck_assert_uint_eq(request.last, INT64_MAX);
	assert_words("chunk 7 1000 aGFsbw==", PEERING_CHUNK, "aGFsbw==", NULL);
	parses_as("chunk 7 1000 aGFsbw==", PEERING_CHUNK);
	ck_assert_uint_eq(request.number, 7);
	ck_assert_uint_eq(request.offset, 1000);
	parses_as("settled 12", PEERING_SETTLED);
	ck_assert_uint_eq(request.number, 12);
	assert_words("ask 5 info messi", PEERING_ASK, "messi", NULL);
	parses_as("ask 9223372036854775807 info messi", PEERING_ASK);
	ck_assert_uint_eq(request.number, INT64_MAX);
	parses_as("ping 0", PEERING_PING);
}
END_TEST

START_TEST(test_lines_that_end_the_link)
{
	static const char *const lines[] = { "", " ", "hello", "hello 1", "hello 1 a",
		"hello 1 a b c", "hello 1 a b ", "hello  1 a b", " hello 1 a b", "hello x a b",
		"hello -1 a b", "hello 1 a", "HELLO 1 a b", "hallo 1 a b", "resume", "resume 1 1",
		"resume 0000000000000000 1", "resume 00000000000000FF 1",
		"resume 00000000000000fg 1", "resume 00000000000000ff", "resume 00000000000000ff x",
		"resume 00000000000000ff0 1", "resume 00000000000000ff 1 2", "message", "message 1",
		"message 1 ", "message x {}", "message 0 {}", "message -1 {}",
		"message 9223372036854775808 {}", "message 99999999999999999999 {}", "file 0 {}",
		"file", "void", "void 1", "void 0 1", "void 2 1", "void 1 x", "void 1 2 3",
		"void 1 9223372036854775808", "chunk", "chunk 1 1", "chunk 1 1 ", "chunk 1 x aa",
		"chunk 1 1 a a", "settled", "settled x", "settled 1 1", "settled ", "ask",
		"ask 1 info", "ask 1 who messi", "ask x info messi", "ask 1 info a b", "ping",
		"ping x", "ping 1 1", "ping 18446744073709551616", "offer 1 {}", "quit" };

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		ck_assert_msg(parse(lines[i], strlen(lines[i])) != NULL, "%s", lines[i]);
	ck_assert_ptr_nonnull(parse("ping 1\0", 7));
	ck_assert_ptr_nonnull(parse("ping\0 1", 7));
	ck_assert_ptr_nonnull(parse("\0", 1));
}
END_TEST

/* Why a message with this object is refused; its texts can be looked at until the next one. */
static const char *
refused(const char *command, const char *object, size_t len)
{
	char line[8192];
	size_t head = (size_t)snprintf(line, sizeof(line), "%s 7 ", command);
	const char *error;

	peering_request_free(&request);
	memcpy(line + head, object, len);
	error = parse(line, head + len);
	ck_assert_msg(error == NULL, "%s: %s", object, error);
	ck_assert_int_eq(request.command, PEERING_MESSAGE);
	ck_assert_uint_eq(request.number, 7);
	return chat_reason_word(request.inbound.refused);
}

static void
refuses_message(const char *object, const char *reason)
{
	const char *found = refused("message", object, strlen(object));

	ck_assert_msg(strcmp(found, reason) == 0, "%s: %s instead of %s", object, found, reason);
}

static void
file(const char *object, const char *reason)
{
	const char *found = refused("file", object, strlen(object));

	ck_assert_msg(strcmp(found, reason) == 0, "%s: %s instead of %s", object, found, reason);
}

static void *
refuse_memory(size_t size)
{
	(void)size;
	return NULL;
}

/* A lack of memory is no fault of the line: the other side is told to come again. */
START_TEST(test_no_memory)
{
	static const char line[] = "message 1 {" HEAD "\"to\":\"messi\"," TEXT "}";

	json_set_alloc_funcs(refuse_memory, free);
	ck_assert_ptr_nonnull(parse(line, strlen(line)));
	json_set_alloc_funcs(malloc, free);
	ck_assert(request.no_memory);
	ck_assert_ptr_nonnull(parse("ping x", strlen("ping x")));
	ck_assert(!request.no_memory);
}
END_TEST

START_TEST(test_message)
{
	const struct chat_outbound *outbound = &request.inbound.outbound;

	refuses_message("{" HEAD "\"to\":\"messi\"," TEXT "}", "none");
	ck_assert_int_eq(outbound->kind, CHAT_OUTBOUND_USER);
	ck_assert(!outbound->file);
	assert_text(outbound->from, "gary");
	assert_text(outbound->from_name, "Gary");
	assert_text(outbound->to, "messi");
	assert_text(outbound->text, "halo");
	ck_assert_int_eq(request.inbound.time_ms, 5);
	refuses_message("{" HEAD "\"users\":[\"messi\",\"henderson\"]," TEXT "}", "none");
	ck_assert_int_eq(outbound->kind, CHAT_OUTBOUND_LIST);
	assert_text(outbound->to, "messi,henderson");
	refuses_message("{" HEAD "\"group\":\"kopi\"," TEXT "}", "none");
	ck_assert_int_eq(outbound->kind, CHAT_OUTBOUND_GROUP);
	assert_text(outbound->to, "kopi");
	refuses_message("{\"time\":0,\"from\":\"G-a_r.y@MALANG\",\"name\":\"\",\"to\":"
	                "\"messi\"," TEXT "}",
	    "none");
	assert_text(outbound->from, "G-a_r.y");
	refuses_message(" {\"x\":[{\"y\":null}]," HEAD "\"to\":\"messi\"," TEXT "} ", "none");
	refuses_message("{" HEAD "\"to\":\"messi\",\"text\":\"\\u00e9\\r\\n\\\"\\ud83d\\ude00\"}",
	    "none");
	assert_text(outbound->text, "\xc3\xa9\r\n\"\xf0\x9f\x98\x80");
	refuses_message("{" HEAD "\"to\":\"messi\",\"text\":\"a\\u0000b\"}", "none");
	ck_assert_uint_eq(outbound->text.len, 3);
	ck_assert_mem_eq(outbound->text.data, "a\0b", 3);
	peering_request_free(&request);
}
END_TEST

START_TEST(test_bad_messages)
{
	static const char *const objects[] = { "{", "{}", "[]", "1", "\"x\"", "null", "x", "{}{}",
		"{" HEAD TEXT "}",                                        /* no target */
		"{" HEAD "\"to\":\"messi\"}",                             /* nothing */
		"{" HEAD "\"to\":\"messi\",\"text\":\"\"}",               /* as good as nothing */
		"{" HEAD "\"to\":\"messi\",\"text\":5}",                  /* no text */
		"{" HEAD "\"to\":5," TEXT "}",                            /* no name */
		"{" HEAD "\"group\":null," TEXT "}",                      /* no name */
		"{" HEAD "\"to\":\"messi\",\"group\":\"kopi\"," TEXT "}", /* two ways */
		"{" HEAD "\"to\":\"messi\",\"users\":[\"messi\"]," TEXT "}",
		"{" HEAD "\"users\":[]," TEXT "}", "{" HEAD "\"users\":\"messi\"," TEXT "}",
		"{" HEAD "\"users\":[5]," TEXT "}",
		"{" HEAD "\"to\":\"messi\"," TEXT "," TEXT "}", /* twice */
		"{\"from\":\"gary@malang\",\"name\":\"Gary\",\"to\":\"messi\"," TEXT "}",
		"{\"time\":1.5,\"from\":\"gary@malang\",\"name\":\"Gary\",\"to\":\"messi\"," TEXT
		"}",
		"{\"time\":-1,\"from\":\"gary@malang\",\"name\":\"Gary\",\"to\":\"messi\"," TEXT
		"}",
		"{\"time\":1,\"name\":\"Gary\",\"to\":\"messi\"," TEXT "}",
		"{\"time\":1,\"from\":\"gary\",\"name\":\"Gary\",\"to\":\"messi\"," TEXT "}",
		"{\"time\":1,\"from\":\"gary@batu\",\"name\":\"Gary\",\"to\":\"messi\"," TEXT "}",
		"{\"time\":1,\"from\":\"gary@malan\",\"name\":\"Gary\",\"to\":\"messi\"," TEXT "}",
		"{\"time\":1,\"from\":\"gary@malangx\",\"name\":\"G\",\"to\":\"messi\"," TEXT "}",
		"{\"time\":1,\"from\":\"gary@batu@malang\",\"name\":\"G\",\"to\":\"messi\"," TEXT
		"}",
		"{\"time\":1,\"from\":\"@malang\",\"name\":\"Gary\",\"to\":\"messi\"," TEXT "}",
		"{\"time\":1,\"from\":\"ga ry@malang\",\"name\":\"Gary\",\"to\":\"messi\"," TEXT
		"}",
		"{\"time\":1,\"from\":\"kabar@malang\",\"name\":\"Gary\",\"to\":\"messi\"," TEXT
		"}",
		"{\"time\":1,\"from\":\"gary@malang\",\"to\":\"messi\"," TEXT "}",
		"{\"time\":1,\"from\":\"gary@malang\",\"name\":\"a\\nb\",\"to\":\"messi\"," TEXT
		"}",
		"{\"time\":1,\"from\":\"gary@malang\",\"name\":7,\"to\":\"messi\"," TEXT "}",
		"{" HEAD "\"to\":\"messi\",\"text\":\"\\ud800\"}",
		"{" HEAD "\"to\":\"messi\",\"text\":\"\xff\"}" };

	for (size_t i = 0; i < sizeof(objects) / sizeof(objects[0]); i++)
		refuses_message(objects[i], "bad_message");
	peering_request_free(&request);
}
END_TEST

START_TEST(test_names_that_cannot_be)
{
	refuses_message("{" HEAD "\"to\":\"me ssi\"," TEXT "}", "no_user");
	refuses_message("{" HEAD "\"to\":\"\"," TEXT "}", "no_user");
	refuses_message("{" HEAD "\"to\":\"a@b\"," TEXT "}", "no_user");
	refuses_message("{" HEAD "\"group\":\"../x\"," TEXT "}", "no_group");
	refuses_message("{" HEAD "\"users\":[\"messi\",\"a,b\"]," TEXT "}", "no_user");
	peering_request_free(&request);
}
END_TEST

START_TEST(test_bounds)
{
	static char object[2 * CHAT_TEXT_MAX], fill[CHAT_TEXT_MAX + 2];
	char line[2 * CHAT_TEXT_MAX + 32];
	size_t len;

	memset(fill, 'x', sizeof(fill) - 1);
	for (int extra = 0; extra <= 1; extra++) {
		peering_request_free(&request);
		len = (size_t)snprintf(line, sizeof(line),
		    "message 7 {" HEAD "\"to\":\"messi\",\"text\":\"%.*s\"}", CHAT_TEXT_MAX + extra,
		    fill);
		ck_assert_ptr_null(parse(line, len));
		ck_assert_int_eq(request.inbound.refused,
		    extra == 0 ? CHAT_REASON_NONE : CHAT_REASON_TOO_BIG);
		peering_request_free(&request);
		snprintf(object, sizeof(object),
		    "{\"time\":1,\"from\":\"gary@malang\",\"name\":\"%.*s\",\"to\":\"messi\"," TEXT
		    "}",
		    CHAT_FULLNAME_MAX + extra, fill);
		refuses_message(object, extra == 0 ? "none" : "bad_message");
		snprintf(object, sizeof(object), "{" HEAD "\"to\":\"%.*s\"," TEXT "}",
		    NAME_MAX_BYTES + extra, fill);
		refuses_message(object, extra == 0 ? "none" : "no_user");
		len = (size_t)snprintf(object, sizeof(object), "{" HEAD "\"users\":[\"a\"");
		for (int i = 1; i < CHAT_LIST_MAX + extra; i++)
			len += (size_t)snprintf(object + len, sizeof(object) - len, ",\"%.64s\"",
			    fill);
		snprintf(object + len, sizeof(object) - len, "]," TEXT "}");
		refuses_message(object, extra == 0 ? "none" : "bad_message");
	}
	peering_request_free(&request);
}
END_TEST

START_TEST(test_file)
{
	const struct chat_outbound *outbound = &request.inbound.outbound;

	file("{" HEAD "\"to\":\"messi\",\"file\":\"gol.txt\",\"size\":12,\"hash\":\"" HASH "\"}",
	    "none");
	ck_assert(outbound->file);
	assert_text(outbound->text, "gol.txt");
	ck_assert_uint_eq(outbound->size, 12);
	ck_assert_uint_eq(outbound->hash[0], 0x01);
	ck_assert_uint_eq(outbound->hash[31], 0xef);
	file("{" HEAD "\"group\":\"kopi\",\"file\":\".a-b\",\"size\":0,\"hash\":\"" HASH "\"}",
	    "none");
	peering_request_free(&request);
}
END_TEST

START_TEST(test_bad_files)
{
	static const char *const names[] = { "", ".", "..", "a/b", "/a", "a/", "a\\\\b", "a\\u0000",
		"a b", " a", "a\\n" };
	char object[1024];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(object, sizeof(object),
		    "{" HEAD "\"to\":\"messi\",\"file\":\"%s\",\"size\":1,\"hash\":\"" HASH "\"}",
		    names[i]);
		file(object, "bad_file");
	}
	file("{" HEAD "\"to\":\"messi\",\"size\":1,\"hash\":\"" HASH "\"}", "bad_message");
	file("{" HEAD "\"to\":\"messi\",\"file\":\"a\",\"size\":-1,\"hash\":\"" HASH "\"}",
	    "bad_message");
	file("{" HEAD "\"to\":\"messi\",\"file\":\"a\",\"size\":\"1\",\"hash\":\"" HASH "\"}",
	    "bad_message");
	file("{" HEAD "\"to\":\"messi\",\"file\":\"a\",\"hash\":\"" HASH "\"}", "bad_message");
	file("{" HEAD "\"to\":\"messi\",\"file\":\"a\",\"size\":1}", "bad_message");
	file("{" HEAD "\"to\":\"messi\",\"file\":\"a\",\"size\":1,\"hash\":\"" HASH "0\"}",
	    "bad_message");
	file("{" HEAD "\"to\":\"messi\",\"file\":\"a\",\"size\":1,\"hash\":\"G123456789abcdef"
	     "0123456789abcdef0123456789abcdef0123456789abcdef\"}",
	    "bad_message");
	file("{" HEAD "\"to\":\"messi\",\"file\":\"a\",\"size\":1,\"hash\":\"A123456789abcdef"
	     "0123456789abcdef0123456789abcdef0123456789abcdef\"}",
	    "bad_message");
	file("{" HEAD "\"to\":\"messi\",\"text\":\"x\"}", "bad_message");
	refuses_message("{" HEAD "\"to\":\"messi\",\"file\":\"a\",\"size\":1,\"hash\":\"" HASH
	                "\"}",
	    "bad_message");
	peering_request_free(&request);
}
END_TEST

/* Deep nesting is refused, not followed. */
START_TEST(test_deep)
{
	static char line[512 * 1024];
	size_t head = (size_t)snprintf(line, sizeof(line), "message 7 ");

	memset(line + head, '[', sizeof(line) - head);
	ck_assert_ptr_null(parse(line, sizeof(line)));
	ck_assert_int_eq(request.inbound.refused, CHAT_REASON_BAD_MESSAGE);
	peering_request_free(&request);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("peer_parse");
	TCase *tcase = tcase_create("peer_parse");

	tcase_add_test(tcase, test_commands);
	tcase_add_test(tcase, test_lines_that_end_the_link);
	tcase_add_test(tcase, test_no_memory);
	tcase_add_test(tcase, test_message);
	tcase_add_test(tcase, test_bad_messages);
	tcase_add_test(tcase, test_names_that_cannot_be);
	tcase_add_test(tcase, test_bounds);
	tcase_add_test(tcase, test_file);
	tcase_add_test(tcase, test_bad_files);
	tcase_add_test(tcase, test_deep);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
