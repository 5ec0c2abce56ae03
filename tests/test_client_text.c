/*
 * What of a server's bytes reaches a terminal, the columns it takes there, the rows it is wrapped
 * into; and the names of those with whom one talks.
 */
#include "client/text.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "client/who.h"
#include "suite.h"

#define MAX 4096

struct cleaning {
	const char *dirty;
	const char *line;
	const char *lines; /* NULL: the same */
};

#define BAD "\xef\xbf\xbd" /* U+FFFD */

static const struct cleaning cleanings[] = {
	{ "halo, apa kabar?", "halo, apa kabar?", NULL },
	{ "", "", NULL },
	{ "\x1b[2J\x1b]0;judul\x07", BAD "[2J" BAD "]0;judul" BAD, NULL },
	{ "\xc2\x9b"
	  "31m\xc2\x9d",
	    BAD "31m" BAD, NULL },
	{ "\x7f\b\v\f", BAD BAD BAD BAD, NULL },
	{ "a\nb\r\nc\rd", "a b c" BAD "d", "a\nb\nc" BAD "d" },
	{ "a\xe2\x80\xa8"
	  "b\xe2\x80\xa9"
	  "c\xc2\x85"
	  "d",
	    "a b c d", "a\nb\nc\nd" },
	{ "a\tb", "a    b", NULL },
	{ "a\xe2\x80\xae"
	  "txt.exe",
	    "a" BAD "txt.exe", NULL }, /* U+202E */
	{ "\xe2\x81\xa6"
	  "a\xe2\x81\xa9",
	    BAD "a" BAD, NULL }, /* U+2066, U+2069 */
	{ "a\xe2\x80\x8f\xe2\x80\x8b\xef\xbb\xbf"
	  "b",
	    "ab", NULL },
	{ "\xf3\xa0\x81\xa1x", "x", NULL },                /* a tag */
	{ "\xef\xbf\xbf\xf4\x8f\xbf\xbf", BAD BAD, NULL }, /* no characters */
	{ "a\xff\xc0\xafz\xe2\x80", "a" BAD BAD BAD "z" BAD BAD, NULL },
	/* letters and marks are composed: e and U+301; U+1112, U+1161 and U+11AB */
	{ "cafe\xcc\x81", "caf\xc3\xa9", NULL },
	{ "\xe1\x84\x92\xe1\x85\xa1\xe1\x86\xab", "\xed\x95\x9c", NULL },
	/* emoji are not joined to any width; letters are */
	{ "\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x91\xa7", "\xf0\x9f\x91\xa9\xf0\x9f\x91\xa7",
	    NULL },
	{ "\xe0\xb6\xaf\xe0\xb7\x8a\xe2\x80\x8d\xe0\xb6\xba",
	    "\xe0\xb6\xaf\xe0\xb7\x8a\xe2\x80\x8d\xe0\xb6\xba", NULL },
	{ "caf\xc3\xa9 \xe6\xbc\xa2\xe5\xad\x97", "caf\xc3\xa9 \xe6\xbc\xa2\xe5\xad\x97", NULL },
};

START_TEST(cleans_text)
{
	const struct cleaning *c = &cleanings[_i];
	char *line = client_text_clean(c->dirty, strlen(c->dirty), CLIENT_TEXT_LINE, MAX);
	char *lines = client_text_clean(c->dirty, strlen(c->dirty), CLIENT_TEXT_LINES, MAX);

	ck_assert_str_eq(line, c->line);
	ck_assert_str_eq(lines, c->lines == NULL ? c->line : c->lines);
	free(line);
	free(lines);
}
END_TEST

START_TEST(no_byte_of_control_survives)
{
	char byte[2], *clean;

	for (int c = 0; c < 0x100; c++) {
		byte[0] = (char)c;
		byte[1] = (char)(0x80 | (c & 0x3f));
		clean = client_text_clean(byte, 2, CLIENT_TEXT_LINE, MAX);
		for (const char *at = clean; *at != '\0'; at++)
			ck_assert(((unsigned char)*at >= 0x20 && *at != 0x7f) || *at < 0);
		ck_assert_ptr_null(strstr(clean, "\xc2\x80"));
		free(clean);
	}
	for (unsigned int c = 0x80; c < 0xa0; c++) {
		byte[0] = (char)0xc2;
		byte[1] = (char)c;
		clean = client_text_clean(byte, 2, CLIENT_TEXT_LINES, MAX);
		ck_assert_str_eq(clean, c == 0x85 ? "\n" : BAD);
		free(clean);
	}
}
END_TEST

START_TEST(marks_do_not_pile_up)
{
	char dirty[1 + 2 * 1000], *clean;

	dirty[0] = 'e';
	for (size_t i = 0; i < 1000; i++)
		memcpy(dirty + 1 + 2 * i, "\xcc\x81", 2);
	clean = client_text_clean(dirty, sizeof(dirty), CLIENT_TEXT_LINE, MAX);
	ck_assert_uint_eq(strlen(clean),
	    2 + 2 * (CLIENT_TEXT_MARKS - 1)); /* the first is composed */
	ck_assert_uint_eq(client_text_width(clean, strlen(clean)), 1);
	free(clean);
}
END_TEST

/* Each of these is one cluster of any length for Unicode: a Hangul initial, a joined emoji. */
static const char *const endless[] = { "\xe1\x84\x80", "\xf0\x9f\x91\xa9\xe2\x80\x8d",
	"\xe0\xa4\x95\xe0\xa5\x8d" };

START_TEST(nothing_is_wider_than_two_columns)
{
	size_t one = strlen(endless[_i]), len = 1000 * one, n, at, width, next;
	char text[8 * 1000];

	for (size_t i = 0; i < 1000; i++)
		memcpy(text + i * one, endless[_i], one);
	for (at = 0; at < len; at += n) {
		n = client_text_next(text + at, len - at, &width);
		ck_assert_uint_gt(n, 0);
		ck_assert_uint_le(n, 2 * one);
		ck_assert_uint_le(width, 2);
	}
	for (at = len; at > 0; at -= n) {
		n = client_text_previous(text, at);
		ck_assert_uint_gt(n, 0);
		ck_assert_uint_le(n, 2 * one);
	}
	for (at = 0; at < len; at += next) {
		n = client_text_wrap(text + at, len - at, 10, &next);
		ck_assert_uint_gt(next, 0);
		ck_assert_uint_le(client_text_width(text + at, n), 10);
	}
	n = client_text_fit(text, len, 20, &width);
	ck_assert_uint_gt(n, 0);
	ck_assert_uint_eq(width, 20);
}
END_TEST

START_TEST(long_text_is_cut_between_characters)
{
	char dirty[3 * 100], *clean;

	for (size_t i = 0; i < 100; i++)
		memcpy(dirty + 3 * i, "\xe6\xbc\xa2", 3);
	for (size_t max = 0; max < sizeof(dirty); max++) {
		clean = client_text_clean(dirty, sizeof(dirty), CLIENT_TEXT_LINE, max);
		ck_assert_uint_le(strlen(clean), max);
		ck_assert_uint_eq(strlen(clean) % 3, 0);
		if (max >= 3)
			ck_assert_str_eq(clean + strlen(clean) - 3, "\xe2\x80\xa6");
		free(clean);
	}
	clean = client_text_clean(dirty, sizeof(dirty), CLIENT_TEXT_LINE, sizeof(dirty));
	ck_assert_uint_eq(strlen(clean), sizeof(dirty));
	free(clean);
}
END_TEST

static const struct {
	const char *text;
	size_t width;
} widths[] = {
	{ "abc", 3 },
	{ "\xe6\xbc\xa2\xe5\xad\x97", 4 },
	{ "e\xcc\x81", 1 },
	{ "\xf0\x9f\x98\x80", 2 },
	{ "\xe3\x82\xab\xe3\x82\x99", 2 },
	{ "", 0 },
};

START_TEST(knows_width)
{
	ck_assert_uint_eq(client_text_width(widths[_i].text, strlen(widths[_i].text)),
	    widths[_i].width);
}
END_TEST

START_TEST(steps_by_characters)
{
	static const char text[] = "ae\xcc\x81\xe6\xbc\xa2";
	size_t width;

	ck_assert_uint_eq(client_text_next(text, 7, &width), 1);
	ck_assert_uint_eq(client_text_next(text + 1, 6, &width), 3);
	ck_assert_uint_eq(width, 1);
	ck_assert_uint_eq(client_text_next(text + 4, 3, &width), 3);
	ck_assert_uint_eq(width, 2);
	ck_assert_uint_eq(client_text_next(text + 7, 0, &width), 0);
	ck_assert_uint_eq(client_text_previous(text, 7), 3);
	ck_assert_uint_eq(client_text_previous(text, 4), 3);
	ck_assert_uint_eq(client_text_previous(text, 1), 1);
	ck_assert_uint_eq(client_text_previous(text, 0), 0);
	ck_assert_uint_eq(client_text_fit(text, 7, 3, &width), 4);
	ck_assert_uint_eq(width, 2);
	ck_assert_uint_eq(client_text_fit(text, 7, 4, &width), 7);
}
END_TEST

static const struct {
	const char *text;
	size_t columns;
	const char *rows; /* with | between them */
} wraps[] = {
	{ "satu dua tiga", 8, "satu dua|tiga" },
	{ "satu dua tiga", 7, "satu|dua|tiga" },
	{ "satu dua tiga", 9, "satu dua|tiga" },
	{ "satu dua tiga", 13, "satu dua tiga" },
	{ "satu   dua", 5, "satu|dua" },
	{ "a\n\nb", 5, "a||b" },
	{ "a\n", 5, "a" },
	{ "abcdefgh", 3, "abc|def|gh" },
	{ "a https://kabar.example/x", 23, "a|https://kabar.example/x" },
	{ "\xe6\xbc\xa2\xe5\xad\x97\xe6\xbc\xa2", 4, "\xe6\xbc\xa2\xe5\xad\x97|\xe6\xbc\xa2" },
	{ "\xe6\xbc\xa2\xe5\xad\x97\xe6\xbc\xa2", 5, "\xe6\xbc\xa2\xe5\xad\x97|\xe6\xbc\xa2" },
	{ "\xe6\xbc\xa2\xe5\xad\x97", 1, "\xe6\xbc\xa2|\xe5\xad\x97" },
	{ "  menjorok ke dalam", 12, "  menjorok|ke dalam" },
	{ "satu \ndua", 4, "satu|dua" },
};

START_TEST(wraps_rows)
{
	const char *text = wraps[_i].text;
	size_t len = strlen(text), next, row;
	char rows[256] = "";

	for (size_t at = 0; at < len; at += next) {
		row = client_text_wrap(text + at, len - at, wraps[_i].columns, &next);
		ck_assert_uint_gt(next, 0);
		ck_assert_uint_le(row, next);
		snprintf(rows + strlen(rows), sizeof(rows) - strlen(rows), "%s%.*s",
		    at == 0 ? "" : "|", (int)row, text + at);
	}
	ck_assert_str_eq(rows, wraps[_i].rows);
}
END_TEST

static const struct {
	const char *text;
	const char *written; /* NULL: nobody */
	enum client_who_kind kind;
} whos[] = {
	{ "henderson", "henderson", CLIENT_WHO_USER },
	{ "#kopi", "#kopi", CLIENT_WHO_GROUP },
	{ "lineker@malang", "lineker@malang", CLIENT_WHO_USER },
	{ "#kopi@malang", "#kopi@malang", CLIENT_WHO_GROUP },
	{ "Kabar", "Kabar", CLIENT_WHO_SERVER },
	{ "kabar@malang", "kabar@malang", CLIENT_WHO_USER },
	{ "#kabar", "#kabar", CLIENT_WHO_GROUP },
	{ "", NULL, CLIENT_WHO_USER },
	{ "#", NULL, CLIENT_WHO_USER },
	{ "a@", NULL, CLIENT_WHO_USER },
	{ "@malang", NULL, CLIENT_WHO_USER },
	{ "a b", NULL, CLIENT_WHO_USER },
	{ "a@b@c", NULL, CLIENT_WHO_USER },
	{ "..", NULL, CLIENT_WHO_USER },
	{ "a\x1b[m", NULL, CLIENT_WHO_USER },
	{ "-a", NULL, CLIENT_WHO_USER },
};

START_TEST(reads_whom)
{
	struct client_who who;
	char text[CLIENT_WHO_TEXT];

	ck_assert_int_eq(client_who_parse(whos[_i].text, &who), whos[_i].written != NULL);
	if (whos[_i].written == NULL)
		return;
	client_who_write(&who, text);
	ck_assert_str_eq(text, whos[_i].written);
	ck_assert_int_eq(who.kind, whos[_i].kind);
	ck_assert(client_who_same(&who, &who));
}
END_TEST

START_TEST(tells_them_apart)
{
	struct client_who user, group, other;

	ck_assert(client_who_parse("kopi", &user));
	ck_assert(client_who_parse("#kopi", &group));
	ck_assert(client_who_parse("KOPI", &other));
	ck_assert(client_who_same(&user, &other));
	ck_assert(!client_who_same(&user, &group));
	ck_assert(client_who_parse("kopi@malang", &other));
	ck_assert(!client_who_same(&user, &other));
}
END_TEST

#define COUNT(list) (int)(sizeof(list) / sizeof((list)[0]))

int
main(void)
{
	Suite *suite = suite_create("client_text");
	TCase *tc = tcase_create("text");

	tcase_add_loop_test(tc, cleans_text, 0, COUNT(cleanings));
	tcase_add_test(tc, no_byte_of_control_survives);
	tcase_add_test(tc, marks_do_not_pile_up);
	tcase_add_loop_test(tc, nothing_is_wider_than_two_columns, 0,
	    sizeof(endless) / sizeof(endless[0]));
	tcase_add_test(tc, long_text_is_cut_between_characters);
	tcase_add_loop_test(tc, knows_width, 0, COUNT(widths));
	tcase_add_test(tc, steps_by_characters);
	tcase_add_loop_test(tc, wraps_rows, 0, COUNT(wraps));
	suite_add_tcase(suite, tc);
	tc = tcase_create("who");
	tcase_add_loop_test(tc, reads_whom, 0, COUNT(whos));
	tcase_add_test(tc, tells_them_apart);
	suite_add_tcase(suite, tc);
	return suite_run(suite);
}
