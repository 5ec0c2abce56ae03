/* dialect_irc_pieces and dialect_irc_reference: texts as lines, and points of conversations. */
#include <check.h>
#include <stdio.h>
#include <string.h>

#include "dialect/irc/pieces.h"
#include "dialect/irc/reference.h"
#include "suite.h"

/* Cuts a text, and shows it with | between lines and + where one continues the one before. */
static const char *
cut(const char *text, const char *tags, size_t room)
{
	static char shown[256];
	struct irc_pieces pieces;
	struct chat_text piece;
	size_t len = 0;
	bool joins;

	dialect_irc_pieces_begin(&pieces, chat_text(text), chat_text(tags), room);
	shown[0] = '\0';
	for (bool first = true; dialect_irc_pieces_next(&pieces, &piece, &joins); first = false) {
		ck_assert(!first || !joins);
		len += (size_t)snprintf(shown + len, sizeof(shown) - len, "%s%.*s",
		    first       ? ""
		        : joins ? "+"
		                : "|",
		    (int)piece.len, piece.data);
	}
	return shown;
}

START_TEST(pieces)
{
	ck_assert_str_eq(cut("", "", 4), "");
	ck_assert_str_eq(cut("abcd", "", 4), "abcd");
	ck_assert_str_eq(cut("abcde", "", 4), "abcd+e");
	ck_assert_str_eq(cut("a\n\nb\n", "", 4), "a||b|");
	ck_assert_str_eq(cut("abcd\nefghi", "", 4), "abcd|efgh+i");
	/* Characters stay whole. */
	ck_assert_str_eq(cut("ab\xc3\xa4\xe2\x82\xac", "", 4), "ab\xc3\xa4+\xe2\x82\xac");
	ck_assert_str_eq(cut("\xf0\x9f\x98\x80\xf0\x9f\x98\x80", "", 5),
	    "\xf0\x9f\x98\x80+\xf0\x9f\x98\x80");
}
END_TEST

START_TEST(joints)
{
	ck_assert_str_eq(cut("hello\nhow are you", "+kabar/joined=10,14", 40),
	    "hello|how +are +you");
	ck_assert_str_eq(cut("abcdefgh", "+x;+kabar/joined=2,3;+y", 4), "ab+c+defg+h");
	/* What anybody may write there does no harm. */
	ck_assert_str_eq(cut("ab\ncd", "+kabar/joined=0,0,2,3,2,5,77", 4), "ab|cd");
	ck_assert_str_eq(cut("abcd", "+kabar/joined=x", 4), "abcd");
	ck_assert_str_eq(cut("abcd", "+kabar/joined=3,1", 4), "abc+d");
	ck_assert_str_eq(cut("abcd", "+kabar/joined", 4), "abcd");
	ck_assert_str_eq(cut("\xc3\xa4\xc3\xa4", "+kabar/joined=1,2,3", 9), "\xc3\xa4+\xc3\xa4");
	ck_assert_str_eq(cut("abcd", "+kabar/joined=99999999999999999999", 4), "abcd");
}
END_TEST

static bool
read_reference(const char *text, struct irc_reference *reference)
{
	return dialect_irc_reference_read(chat_text(text), reference);
}

START_TEST(references)
{
	static const char *const bad[] = { "", "*", "msgid=", "msgid=0", "msgid=-1", "msgid=1-",
		"msgid=1-x", "msgid=9007199254740992", "timestamp=", "timestamp=1",
		"timestamp=2026-01-31", "timestamp=2026-01-31T23:59:59.999",
		"timestamp=2026-1-31T23:59:59Z", "timestamp=2026-00-31T23:59:59Z",
		"timestamp=2026-01-32T23:59:59Z", "timestamp=2026-01-31T24:59:59Z",
		"timestamp=2026-01-31T23:60:59Z", "timestamp=1969-01-31T23:59:59Z",
		"timestamp=2026-01-31T23:59:59.1Zx", "id=1" };
	struct irc_reference reference;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_msg(!read_reference(bad[i], &reference), "%s", bad[i]);
	ck_assert(read_reference("msgid=123-1", &reference));
	ck_assert(!reference.by_time);
	ck_assert_uint_eq(reference.id, 123);
	ck_assert(read_reference("timestamp=1970-01-02T00:00:01.0259Z", &reference));
	ck_assert(reference.by_time);
	ck_assert_int_eq(reference.time_ms, 86401025);
	ck_assert(read_reference("timestamp=2262-01-01T00:00:00Z", &reference));
	ck_assert_int_eq(reference.time_ms, INT64_C(9214646400000));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("irc_pieces");
	TCase *tcase = tcase_create("irc_pieces");

	suite_add_tcase(suite, tcase);
	tcase_add_test(tcase, pieces);
	tcase_add_test(tcase, joints);
	tcase_add_test(tcase, references);
	return suite_run(suite);
}
