/*
 * BASE64 both ways, at every split of the text; padding, Python's wrapping, and bytes of no digit.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/base64.h"
#include "suite.h"

#define ROOM 8192

static unsigned char decoded[ROOM];
static char encoded[ROOM];

/* Decodes text in pieces of `step` bytes. Returns the length, or -1. */
static ssize_t
decode_in_steps(const char *text, size_t len, size_t step)
{
	struct base64_decoder d;
	size_t total = 0;

	base64_decode_init(&d);
	for (size_t i = 0; i < len; i += step) {
		size_t piece = len - i < step ? len - i : step;
		ssize_t n = base64_decode(&d, text + i, piece, decoded + total, ROOM - total);

		if (n < 0) {
			ck_assert_int_eq(base64_decode_end(&d), -1);
			return -1;
		}
		total += (size_t)n;
	}
	return base64_decode_end(&d) < 0 ? -1 : (ssize_t)total;
}

static void
assert_decodes(const char *text, const char *expected)
{
	size_t len = strlen(text);

	for (size_t step = 1; step <= len + 1; step++) {
		ck_assert_msg(decode_in_steps(text, len, step) == (ssize_t)strlen(expected),
		    "\"%s\" in steps of %zu", text, step);
		ck_assert_mem_eq(decoded, expected, strlen(expected));
	}
}

static void
assert_fails(const char *text)
{
	size_t len = strlen(text);

	for (size_t step = 1; step <= len + 1; step++)
		ck_assert_msg(decode_in_steps(text, len, step) == -1, "\"%s\" in steps of %zu",
		    text, step);
}

static size_t
encode_in_steps(const unsigned char *data, size_t len, size_t step)
{
	struct base64_encoder e;
	size_t total = 0;

	base64_encode_init(&e);
	for (size_t i = 0; i < len; i += step) {
		size_t piece = len - i < step ? len - i : step;
		ssize_t n = base64_encode(&e, data + i, piece, encoded + total, ROOM - total);

		ck_assert_int_ge(n, 0);
		total += (size_t)n;
	}
	return total + base64_encode_end(&e, encoded + total);
}

/* The test vectors of RFC 4648, section 10. */
static const char *const vectors[][2] = {
	{ "", "" },
	{ "f", "Zg==" },
	{ "fo", "Zm8=" },
	{ "foo", "Zm9v" },
	{ "foob", "Zm9vYg==" },
	{ "fooba", "Zm9vYmE=" },
	{ "foobar", "Zm9vYmFy" },
};

#define VECTORS (sizeof(vectors) / sizeof(vectors[0]))

START_TEST(test_decode_vectors)
{
	for (size_t i = 0; i < VECTORS; i++)
		assert_decodes(vectors[i][1], vectors[i][0]);
}
END_TEST

START_TEST(test_encode_vectors)
{
	for (size_t i = 0; i < VECTORS; i++) {
		const char *plain = vectors[i][0];

		for (size_t step = 1; step <= 7; step++) {
			size_t len =
			    encode_in_steps((const unsigned char *)plain, strlen(plain), step);

			ck_assert_uint_eq(len, strlen(vectors[i][1]));
			ck_assert_mem_eq(encoded, vectors[i][1], len);
		}
	}
}
END_TEST

START_TEST(test_padding_may_be_missing)
{
	assert_decodes("Zg", "f");
	assert_decodes("Zm8", "fo");
	assert_decodes("Zm9vYg", "foob");
}
END_TEST

START_TEST(test_wrong_padding)
{
	assert_fails("Zg=");
	assert_fails("Zm8==");
	assert_fails("Zm9v=");
	assert_fails("Z===");
	assert_fails("=");
	assert_fails("====");
	assert_fails("Zg==Zg==");
	assert_fails("Zg=g");
}
END_TEST

START_TEST(test_single_digit_is_cut)
{
	assert_fails("Z");
	assert_fails("b");
	assert_fails("Zm9vY");
	assert_fails("Z ");
}
END_TEST

START_TEST(test_python_wrapping)
{
	assert_decodes("b'Zm9v'", "foo");
	assert_decodes("b\"Zm9v\"", "foo");
	assert_decodes("b'Zm8='", "fo");
	assert_decodes("b'Zg=='", "f");
	assert_decodes("b'Zg'", "f");
	assert_decodes("b''", "");
	assert_decodes("b'bGFv'", "lao");
}
END_TEST

START_TEST(test_b_may_be_a_digit)
{
	assert_decodes("bGFv", "lao");
	assert_decodes("bGE=", "la");
	assert_decodes("bGE", "la");
}
END_TEST

START_TEST(test_wrong_wrapping)
{
	assert_fails("b'Zm9v");
	assert_fails("b'Zm9v\"");
	assert_fails("b'Zm8=");
	assert_fails("b'Zm8=\"");
	assert_fails("b'Zg='");
	assert_fails("b'Z'");
	assert_fails("b'Zm9v ");
	assert_fails("b'Zm9v'Zm9v");
	assert_fails("b'Zm9v''");
	assert_fails("'Zm9v'");
	assert_fails("Zm9v'");
	assert_fails("bb'Zm9v'");
	assert_fails("b");
}
END_TEST

START_TEST(test_spaces_around)
{
	assert_decodes("  Zm9v  ", "foo");
	assert_decodes(" Zm8= ", "fo");
	assert_decodes(" Zm8 ", "fo");
	assert_decodes(" b'Zg==' ", "f");
	assert_decodes("  ", "");
	assert_fails("Zm 9v");
	assert_fails("Zm8 =");
	assert_fails("Zm8= =");
	assert_fails("Zm9v Zm9v");
	assert_fails("b' Zm9v'");
}
END_TEST

START_TEST(test_every_byte_is_judged)
{
	static const char digits[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	for (int c = 0; c < 256; c++) {
		char text[9] = "AAAAAAAA";
		ssize_t expected = c != 0 && strchr(digits, c) ? 6 : -1;

		text[2] = (char)c;
		ck_assert_int_eq(decode_in_steps(text, 8, 8), expected);
		ck_assert_int_eq(decode_in_steps(text, 8, 1), expected);
	}
}
END_TEST

START_TEST(test_small_output_breaks)
{
	struct base64_decoder d;
	unsigned char out[3];

	base64_decode_init(&d);
	ck_assert_int_eq(base64_decode(&d, "Zm9v", 4, out, sizeof(out)), -1);
	ck_assert_int_eq(base64_decode(&d, "Z", 1, out, sizeof(out)), -1);
	ck_assert_int_eq(base64_decode_end(&d), -1);
}
END_TEST

/* The declared room must do for any split, the b that turned out to be a digit counted. */
START_TEST(test_declared_room_suffices)
{
	static const char text[] = "bGFvbGFvbGFvbGFvbGFv";

	for (size_t cut = 0; cut < sizeof(text); cut++) {
		size_t rest = sizeof(text) - 1 - cut;
		struct base64_decoder d;
		unsigned char *out;

		base64_decode_init(&d);
		ck_assert_int_ge(base64_decode(&d, text, cut, decoded, ROOM), 0);
		out = malloc(BASE64_DECODED_MAX(rest));
		ck_assert_ptr_nonnull(out);
		ck_assert_int_ge(base64_decode(&d, text + cut, rest, out, BASE64_DECODED_MAX(rest)),
		    0);
		free(out);
		ck_assert_int_eq(base64_decode_end(&d), 0);
	}
}
END_TEST

START_TEST(test_encode_small_output)
{
	struct base64_encoder e;
	char out[3];

	base64_encode_init(&e);
	ck_assert_int_eq(base64_encode(&e, (const unsigned char *)"abc", 3, out, sizeof(out)), -1);
}
END_TEST

START_TEST(test_round_trip_at_any_step)
{
	unsigned char data[1021];
	unsigned state = 1;

	for (size_t i = 0; i < sizeof(data); i++) {
		state = state * 1103515245 + 12345;
		data[i] = (unsigned char)(state >> 16);
	}
	for (size_t step = 1; step < 40; step++) {
		size_t len = encode_in_steps(data, sizeof(data), step);

		ck_assert_uint_eq(len, (sizeof(data) + 2) / 3 * 4);
		ck_assert_int_eq(decode_in_steps(encoded, len, step * 7 % 40 + 1), sizeof(data));
		ck_assert_mem_eq(decoded, data, sizeof(data));
	}
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("base64");
	TCase *tcase = tcase_create("base64");

	tcase_add_test(tcase, test_decode_vectors);
	tcase_add_test(tcase, test_encode_vectors);
	tcase_add_test(tcase, test_padding_may_be_missing);
	tcase_add_test(tcase, test_wrong_padding);
	tcase_add_test(tcase, test_single_digit_is_cut);
	tcase_add_test(tcase, test_python_wrapping);
	tcase_add_test(tcase, test_b_may_be_a_digit);
	tcase_add_test(tcase, test_wrong_wrapping);
	tcase_add_test(tcase, test_spaces_around);
	tcase_add_test(tcase, test_every_byte_is_judged);
	tcase_add_test(tcase, test_small_output_breaks);
	tcase_add_test(tcase, test_declared_room_suffices);
	tcase_add_test(tcase, test_encode_small_output);
	tcase_add_test(tcase, test_round_trip_at_any_step);
	suite_add_tcase(suite, tcase);

	return suite_run(suite);
}
