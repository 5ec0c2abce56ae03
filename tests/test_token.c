/*
 * The form of tokens, that no two are the same, and that their hash heeds no case; the same of the
 * codes that people type.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/code.h"
#include "base/token.h"
#include "suite.h"

#define SAMPLE "3f2504e0-4f89-41d3-9a0c-0305e82c3301"

static bool
looks(const char *s)
{
	return token_looks(s, strlen(s));
}

START_TEST(test_made_tokens_look_like_tokens)
{
	for (int i = 0; i < 1000; i++) {
		char text[TOKEN_TEXT_LEN + 1];

		token_make(text);
		ck_assert_uint_eq(strlen(text), TOKEN_TEXT_LEN);
		ck_assert(token_looks(text, TOKEN_TEXT_LEN));
		ck_assert_uint_eq(strspn(text, "0123456789abcdef-"), TOKEN_TEXT_LEN);
	}
}
END_TEST

START_TEST(test_made_tokens_differ)
{
	char a[TOKEN_TEXT_LEN + 1], b[TOKEN_TEXT_LEN + 1];

	token_make(a);
	token_make(b);
	ck_assert_str_ne(a, b);
}
END_TEST

START_TEST(test_looks_in_any_case)
{
	ck_assert(looks(SAMPLE));
	ck_assert(looks("3F2504E0-4F89-41D3-BA0C-0305E82C3301"));
	ck_assert(looks("3f2504E0-4f89-41D3-8a0c-0305e82C3301"));
}
END_TEST

START_TEST(test_other_words_do_not_look)
{
	ck_assert(!looks(""));
	ck_assert(!looks("messi"));
	ck_assert(!looks(SAMPLE "0"));
	ck_assert(!token_looks(SAMPLE, TOKEN_TEXT_LEN - 1));
	ck_assert(!looks("3f2504e0-4f89-11d3-9a0c-0305e82c3301"));
	ck_assert(!looks("3f2504e0-4f89-41d3-7a0c-0305e82c3301"));
	ck_assert(!looks("3f2504e0-4f89-41d3-ca0c-0305e82c3301"));
	ck_assert(!looks("3f2504e0 4f89-41d3-9a0c-0305e82c3301"));
	ck_assert(!looks("3f2504e04-f89-41d3-9a0c-0305e82c3301"));
}
END_TEST

START_TEST(test_any_foreign_byte_is_seen)
{
	for (size_t i = 0; i < TOKEN_TEXT_LEN; i++) {
		char text[] = SAMPLE;

		text[i] = 'g';
		ck_assert(!token_looks(text, TOKEN_TEXT_LEN));
		text[i] = '\0';
		ck_assert(!token_looks(text, TOKEN_TEXT_LEN));
	}
}
END_TEST

/* The expected bytes are those of sha256sum(1). */
START_TEST(test_hash_is_sha256)
{
	static const unsigned char expected[TOKEN_HASH_LEN] = { 0x16, 0x36, 0x2f, 0x56, 0x63, 0x87,
		0xb3, 0xcf, 0x5a, 0x6e, 0x92, 0xfb, 0x0a, 0x98, 0x6c, 0x76, 0xca, 0x20, 0xeb, 0x3a,
		0x0c, 0x12, 0xcb, 0xdf, 0xbd, 0x0b, 0x29, 0x50, 0x1e, 0x0c, 0x18, 0xdf };
	unsigned char hash[TOKEN_HASH_LEN];

	token_hash(SAMPLE, hash);
	ck_assert_mem_eq(hash, expected, sizeof(hash));
}
END_TEST

START_TEST(test_hash_heeds_no_case)
{
	unsigned char lower[TOKEN_HASH_LEN], upper[TOKEN_HASH_LEN], other[TOKEN_HASH_LEN];

	token_hash(SAMPLE, lower);
	token_hash("3F2504E0-4F89-41D3-9A0C-0305E82C3301", upper);
	token_hash("3f2504e0-4f89-41d3-9a0c-0305e82c3302", other);
	ck_assert_mem_eq(lower, upper, sizeof(lower));
	ck_assert_mem_ne(lower, other, sizeof(lower));
}
END_TEST

#define CODE "k7mq-2f9x-01wd-8c3n"

static bool
reads(const char *s, const char *as)
{
	char letters[CODE_LETTERS + 1];

	return code_read(s, strlen(s), letters) && strcmp(letters, as) == 0;
}

START_TEST(test_made_codes)
{
	char text[CODE_TEXT_LEN + 1], other[CODE_TEXT_LEN + 1], letters[CODE_LETTERS + 1];
	unsigned char seen[256] = { 0 };
	size_t n = 0;

	for (int i = 0; i < 1000; i++) {
		code_make(text);
		ck_assert_uint_eq(strlen(text), CODE_TEXT_LEN);
		ck_assert_uint_eq(strspn(text, "0123456789abcdefghjkmnpqrstvwxyz-"), CODE_TEXT_LEN);
		ck_assert(text[4] == '-' && text[9] == '-' && text[14] == '-');
		ck_assert(code_read(text, CODE_TEXT_LEN, letters));
		for (size_t at = 0; at < CODE_LETTERS; at++)
			seen[(unsigned char)letters[at]] = 1;
	}
	for (size_t i = 0; i < sizeof(seen); i++)
		n += seen[i];
	ck_assert_uint_eq(n, 32);
	code_make(other);
	ck_assert_str_ne(text, other);
}
END_TEST

START_TEST(test_read_codes)
{
	ck_assert(reads(CODE, "k7mq2f9x01wd8c3n"));
	ck_assert(reads("K7MQ2F9XOIWD8C3N", "k7mq2f9x01wd8c3n"));
	ck_assert(reads(" k7mq 2f9x olwd 8c3n-", "k7mq2f9x01wd8c3n"));
	ck_assert(!reads("", ""));
	ck_assert(!reads("k7mq-2f9x-01wd-8c3", ""));
	ck_assert(!reads("k7mq-2f9x-01wd-8c3na", ""));
	ck_assert(!reads("k7mq-2f9x-01wd-8c3u", ""));
	ck_assert(!reads("k7mq-2f9x-01wd-8c3\xc3", ""));
	char letters[CODE_LETTERS + 1] = "x";
	ck_assert(!code_read("k7mq-2f9x-01wd-8c3\0", 19, letters));
	ck_assert_str_eq(letters, "");
}
END_TEST

START_TEST(test_hashed_codes)
{
	unsigned char one[CODE_HASH_LEN], other[CODE_HASH_LEN];

	code_hash("k7mq2f9x01wd8c3n", one);
	code_hash("k7mq2f9x01wd8c3p", other);
	ck_assert_mem_ne(one, other, sizeof(one));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("token");
	TCase *tcase = tcase_create("token");

	tcase_add_test(tcase, test_made_tokens_look_like_tokens);
	tcase_add_test(tcase, test_made_tokens_differ);
	tcase_add_test(tcase, test_looks_in_any_case);
	tcase_add_test(tcase, test_other_words_do_not_look);
	tcase_add_test(tcase, test_any_foreign_byte_is_seen);
	tcase_add_test(tcase, test_hash_is_sha256);
	tcase_add_test(tcase, test_hash_heeds_no_case);
	tcase_add_test(tcase, test_made_codes);
	tcase_add_test(tcase, test_read_codes);
	tcase_add_test(tcase, test_hashed_codes);
	suite_add_tcase(suite, tcase);

	return suite_run(suite);
}
