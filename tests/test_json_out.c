/*
 * The JSON text of every kind of value, commas at every depth, escapes, and errors.
 */
#include <check.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/json_out.h"
#include "suite.h"

static char text[4096];
static size_t text_len;
static int sink_result;
static int sink_calls;

static int
collect_text(void *arg, const char *data, size_t len)
{
	ck_assert_ptr_eq(arg, &sink_result);
	sink_calls++;
	if (sink_result)
		return sink_result;
	ck_assert_uint_lt(text_len + len, sizeof(text));
	memcpy(text + text_len, data, len);
	text_len += len;
	return 0;
}

static struct json_out
begin(void)
{
	struct json_out j;

	text_len = 0;
	sink_result = 0;
	sink_calls = 0;
	json_out_init(&j, collect_text, &sink_result);
	return j;
}

static void
assert_text(const struct json_out *j, const char *expected)
{
	ck_assert_int_eq(json_out_error(j), 0);
	text[text_len] = '\0';
	ck_assert_uint_eq(strlen(text), text_len);
	ck_assert_str_eq(text, expected);
}

static void
assert_string(const char *s, size_t len, const char *expected)
{
	struct json_out j = begin();

	json_out_string(&j, s, len);
	assert_text(&j, expected);
}

START_TEST(test_reply)
{
	struct json_out j = begin();

	json_out_object_begin(&j);
	json_out_key(&j, "status");
	json_out_cstring(&j, "OK");
	json_out_key_n(&j, "tokenid...", 7);
	json_out_string(&j, "abcdef", 3);
	json_out_object_end(&j);
	assert_text(&j, "{\"status\":\"OK\",\"tokenid\":\"abc\"}");
}
END_TEST

START_TEST(test_commas_at_every_depth)
{
	struct json_out j = begin();

	json_out_array_begin(&j);
	json_out_object_begin(&j);
	json_out_object_end(&j);
	json_out_array_begin(&j);
	json_out_array_end(&j);
	json_out_array_begin(&j);
	json_out_int(&j, 1);
	json_out_null(&j);
	json_out_array_end(&j);
	json_out_object_begin(&j);
	json_out_key(&j, "a");
	json_out_array_begin(&j);
	json_out_bool(&j, true);
	json_out_bool(&j, false);
	json_out_array_end(&j);
	json_out_key(&j, "b");
	json_out_object_begin(&j);
	json_out_object_end(&j);
	json_out_object_end(&j);
	json_out_array_end(&j);
	assert_text(&j, "[{},[],[1,null],{\"a\":[true,false],\"b\":{}}]");
}
END_TEST

START_TEST(test_integers)
{
	struct json_out j = begin();

	json_out_array_begin(&j);
	json_out_int(&j, 0);
	json_out_int(&j, -1);
	json_out_int(&j, 1234567890);
	json_out_int(&j, INT64_MAX);
	json_out_int(&j, INT64_MIN);
	json_out_array_end(&j);
	assert_text(&j, "[0,-1,1234567890,9223372036854775807,-9223372036854775808]");
}
END_TEST

START_TEST(test_escapes)
{
	assert_string("\"\\/", 3, "\"\\\"\\\\/\"");
	assert_string("\b\f\n\r\t", 5, "\"\\b\\f\\n\\r\\t\"");
	assert_string("a\0b", 3, "\"a\\u0000b\"");
	assert_string("\x1f\x0b\x1b", 3, "\"\\u001f\\u000b\\u001b\"");
	assert_string("\x7f", 1, "\"\x7f\"");
	assert_string("", 0, "\"\"");
	assert_string(NULL, 0, "\"\"");
}
END_TEST

START_TEST(test_no_raw_control_byte_ever)
{
	for (int c = 0; c < 32; c++) {
		struct json_out j = begin();
		char byte = (char)c;

		json_out_string(&j, &byte, 1);
		for (size_t i = 0; i < text_len; i++)
			ck_assert_int_ge(text[i], ' ');
		ck_assert_int_eq(text[1], '\\');
	}
}
END_TEST

START_TEST(test_becomes_ascii)
{
	assert_string("caf\xc3\xa9 \xf0\x9f\x98\x80", 10, "\"caf\\u00e9 \\ud83d\\ude00\"");
}
END_TEST

START_TEST(test_keys_are_escaped)
{
	struct json_out j = begin();

	json_out_object_begin(&j);
	json_out_key(&j, "a\"b");
	json_out_null(&j);
	json_out_object_end(&j);
	assert_text(&j, "{\"a\\\"b\":null}");
}
END_TEST

START_TEST(test_string_in_parts)
{
	struct json_out j = begin();

	json_out_array_begin(&j);
	json_out_string_begin(&j);
	json_out_string_end(&j);
	json_out_string_begin(&j);
	json_out_string_part(&j, "ab\n", 3);
	json_out_string_part(&j, "", 0);
	json_out_string_part(&j, "cd", 2);
	json_out_string_end(&j);
	json_out_array_end(&j);
	assert_text(&j, "[\"\",\"ab\\ncd\"]");
}
END_TEST

START_TEST(test_plain_text_goes_out_at_once)
{
	struct json_out j = begin();
	char plain[1000];

	memset(plain, 'x', sizeof(plain));
	json_out_string(&j, plain, sizeof(plain));
	ck_assert_int_eq(sink_calls, 3);
}
END_TEST

START_TEST(test_deepest_nesting)
{
	struct json_out j = begin();

	for (int i = 0; i < JSON_OUT_DEPTH_MAX; i++)
		json_out_array_begin(&j);
	json_out_null(&j);
	json_out_null(&j);
	for (int i = 0; i < JSON_OUT_DEPTH_MAX; i++)
		json_out_array_end(&j);
	assert_text(&j, "[[[[[[[[[[[[[[[[null,null]]]]]]]]]]]]]]]]");
}
END_TEST

START_TEST(test_too_deep)
{
	struct json_out j = begin();

	for (int i = 0; i <= JSON_OUT_DEPTH_MAX; i++)
		json_out_array_begin(&j);
	ck_assert_int_eq(json_out_error(&j), -1);
}
END_TEST

START_TEST(test_end_without_begin)
{
	struct json_out j = begin();

	json_out_object_end(&j);
	ck_assert_int_eq(json_out_error(&j), -1);
	ck_assert_uint_eq(text_len, 0);
}
END_TEST

START_TEST(test_sink_error_is_remembered)
{
	struct json_out j = begin();

	json_out_array_begin(&j);
	sink_result = 7;
	json_out_cstring(&j, "lost");
	ck_assert_int_eq(json_out_error(&j), 7);
	ck_assert_int_eq(sink_calls, 2);
	sink_result = 0;
	json_out_array_end(&j);
	json_out_array_end(&j);
	ck_assert_int_eq(json_out_error(&j), 7);
	ck_assert_int_eq(sink_calls, 2);
	ck_assert_uint_eq(text_len, 1);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("json_out");
	TCase *tcase = tcase_create("json_out");

	tcase_add_test(tcase, test_reply);
	tcase_add_test(tcase, test_commas_at_every_depth);
	tcase_add_test(tcase, test_integers);
	tcase_add_test(tcase, test_escapes);
	tcase_add_test(tcase, test_no_raw_control_byte_ever);
	tcase_add_test(tcase, test_becomes_ascii);
	tcase_add_test(tcase, test_keys_are_escaped);
	tcase_add_test(tcase, test_string_in_parts);
	tcase_add_test(tcase, test_plain_text_goes_out_at_once);
	tcase_add_test(tcase, test_deepest_nesting);
	tcase_add_test(tcase, test_too_deep);
	tcase_add_test(tcase, test_end_without_begin);
	tcase_add_test(tcase, test_sink_error_is_remembered);
	suite_add_tcase(suite, tcase);

	return suite_run(suite);
}
