/* dialect_irc_line: lines of IRC, taken apart; bad ones are known as what they are. */
#include <check.h>
#include <string.h>

#include "dialect/irc/line.h"
#include "suite.h"

static struct irc_line line;

static enum irc_line_fault
parse(const char *text)
{
	return dialect_irc_line_read(&line, text, strlen(text));
}

static void
assert_text(struct chat_text text, const char *expected)
{
	ck_assert_uint_eq(text.len, strlen(expected));
	ck_assert_int_eq(memcmp(text.data, expected, text.len), 0);
}

START_TEST(whole)
{
	ck_assert_int_eq(parse("@label=a;+draft/reply=1;time=x :henderson!h@x privmsg "
	                       "#kopi,lineker :halo : b "),
	    IRC_LINE_GOOD);
	ck_assert_str_eq(line.command, "PRIVMSG");
	ck_assert_uint_eq(line.n, 2);
	assert_text(line.params[0], "#kopi,lineker");
	assert_text(line.params[1], "halo : b ");
}
END_TEST

START_TEST(spaces)
{
	ck_assert_int_eq(parse("  NICK    lineker   "), IRC_LINE_GOOD);
	ck_assert_str_eq(line.command, "NICK");
	ck_assert_uint_eq(line.n, 1);
	assert_text(line.params[0], "lineker");
	ck_assert_int_eq(parse("USER a b c :"), IRC_LINE_GOOD);
	ck_assert_uint_eq(line.n, 4);
	assert_text(line.params[3], "");
	ck_assert_int_eq(parse(""), IRC_LINE_GOOD);
	ck_assert_str_eq(line.command, "");
	ck_assert_int_eq(parse(":source"), IRC_LINE_GOOD);
	ck_assert_str_eq(line.command, "");
	ck_assert_int_eq(parse("@tag"), IRC_LINE_GOOD);
	ck_assert_str_eq(line.command, "");
}
END_TEST

/* The last of so many takes the rest. */
START_TEST(many_params)
{
	ck_assert_int_eq(parse("X 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17"), IRC_LINE_GOOD);
	ck_assert_uint_eq(line.n, IRC_PARAMS_MOST);
	assert_text(line.params[13], "14");
	assert_text(line.params[14], "15 16 17");
}
END_TEST

START_TEST(long_command)
{
	char text[IRC_COMMAND_MOST + 10];

	memset(text, 'a', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	ck_assert_int_eq(parse(text), IRC_LINE_GOOD);
	ck_assert_uint_eq(strlen(line.command), IRC_COMMAND_MOST);
}
END_TEST

START_TEST(tags)
{
	struct chat_text value;
	char out[32];

	ck_assert_int_eq(parse("@a=1;;+b=2;a=3;c;+;+d PING x"), IRC_LINE_GOOD);
	ck_assert(dialect_irc_line_tag(&line, "a", &value));
	assert_text(value, "3");
	ck_assert(dialect_irc_line_tag(&line, "c", &value));
	assert_text(value, "");
	ck_assert(!dialect_irc_line_tag(&line, "b", &value));
	ck_assert(!dialect_irc_line_tag(&line, "", &value));
	ck_assert_uint_eq(dialect_irc_line_client_tags(&line, out, sizeof(out)), 7);
	ck_assert_int_eq(memcmp(out, "+b=2;+d", 7), 0);
	ck_assert_uint_eq(dialect_irc_line_client_tags(&line, out, 6), 4);
	ck_assert_int_eq(parse("PING x"), IRC_LINE_GOOD);
	ck_assert(!dialect_irc_line_tag(&line, "a", &value));
	ck_assert_uint_eq(dialect_irc_line_client_tags(&line, out, sizeof(out)), 0);
}
END_TEST

/* Of tags and of what is behind them, each has a limit of its own. */
START_TEST(lengths)
{
	char text[IRC_TAGS_MOST + IRC_BODY_MOST + 2];

	memset(text, 'a', sizeof(text));
	ck_assert_int_eq(dialect_irc_line_read(&line, text, IRC_BODY_MOST), IRC_LINE_GOOD);
	ck_assert_int_eq(dialect_irc_line_read(&line, text, IRC_BODY_MOST + 1), IRC_LINE_TOO_LONG);
	text[0] = '@';
	text[IRC_TAGS_MOST - 1] = ' ';
	ck_assert_int_eq(dialect_irc_line_read(&line, text, IRC_TAGS_MOST + IRC_BODY_MOST),
	    IRC_LINE_GOOD);
	ck_assert_int_eq(dialect_irc_line_read(&line, text, IRC_TAGS_MOST + IRC_BODY_MOST + 1),
	    IRC_LINE_TOO_LONG);
	text[IRC_TAGS_MOST - 1] = 'a';
	text[IRC_TAGS_MOST] = ' ';
	ck_assert_int_eq(dialect_irc_line_read(&line, text, IRC_TAGS_MOST + 10), IRC_LINE_TOO_LONG);
}
END_TEST

START_TEST(faults)
{
	ck_assert_int_eq(dialect_irc_line_read(&line, "PING a\0b", 8), IRC_LINE_CONTROL);
	ck_assert_int_eq(parse("PING a\rb"), IRC_LINE_CONTROL);
	ck_assert_int_eq(parse("PING a\nb"), IRC_LINE_CONTROL);
	ck_assert_int_eq(parse("PRIVMSG a :caf\xe9"), IRC_LINE_NOT_UTF8);
	ck_assert_str_eq(line.command, "PRIVMSG");
	ck_assert_int_eq(parse("PRIVMSG a :caf\xc3\xa9"), IRC_LINE_GOOD);
}
END_TEST

START_TEST(items)
{
	struct chat_text rest = chat_text("a,,b"), item;
	uint64_t number;

	ck_assert(dialect_irc_line_next(&rest, ',', &item));
	assert_text(item, "a");
	ck_assert(dialect_irc_line_next(&rest, ',', &item));
	assert_text(item, "");
	ck_assert(dialect_irc_line_next(&rest, ',', &item));
	assert_text(item, "b");
	ck_assert(!dialect_irc_line_next(&rest, ',', &item));
	ck_assert(dialect_irc_line_number(chat_text("302"), 400, &number));
	ck_assert_uint_eq(number, 302);
	ck_assert(!dialect_irc_line_number(chat_text("401"), 400, &number));
	ck_assert(!dialect_irc_line_number(chat_text("-1"), 400, &number));
	ck_assert(!dialect_irc_line_number(chat_text(""), 400, &number));
	ck_assert(!dialect_irc_line_number(chat_text("18446744073709551617"), UINT64_MAX, &number));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("irc_line");
	TCase *tcase = tcase_create("line");

	tcase_add_test(tcase, whole);
	tcase_add_test(tcase, spaces);
	tcase_add_test(tcase, many_params);
	tcase_add_test(tcase, long_command);
	tcase_add_test(tcase, tags);
	tcase_add_test(tcase, lengths);
	tcase_add_test(tcase, faults);
	tcase_add_test(tcase, items);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
