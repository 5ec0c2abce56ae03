/* dialect_irc_whisper: what IRC connections tell each other; nothing but that is taken. */
#include <check.h>
#include <string.h>

#include "dialect/irc/line.h"
#include "dialect/irc/state.h"
#include "dialect/irc/whisper.h"
#include "live/scoreboard_entry.h"
#include "suite.h"

static unsigned char payload[WHISPER_MAX];
static struct irc_whisper back;

static bool
passes(const struct irc_whisper *whisper)
{
	size_t len = dialect_irc_whisper_write(payload, whisper);

	ck_assert_uint_gt(len, 0);
	return dialect_irc_whisper_read(&back, payload, len);
}

static struct irc_whisper
make(enum irc_whisper_kind kind, const char *text)
{
	return (struct irc_whisper){ .kind = kind, .text = chat_text(text) };
}

static struct irc_whisper
make_tagmsg(const char *tags)
{
	return (struct irc_whisper){ .kind = IRC_WHISPER_TAGMSG,
		.target = 7,
		.group = true,
		.id = 9,
		.text = chat_text(""),
		.tags = chat_text(tags) };
}

static bool
passes_text(enum irc_whisper_kind kind, const char *text)
{
	struct irc_whisper whisper = make(kind, text);

	return passes(&whisper);
}

START_TEST(there_and_back)
{
	struct irc_whisper tagmsg = make_tagmsg("+typing=active;+x");

	ck_assert(passes_text(IRC_WHISPER_AWAY, "makan siang"));
	ck_assert_int_eq(back.kind, IRC_WHISPER_AWAY);
	ck_assert_uint_eq(back.text.len, strlen("makan siang"));
	ck_assert(passes_text(IRC_WHISPER_AWAY, ""));
	ck_assert(passes_text(IRC_WHISPER_SETNAME, "Léo Messi"));
	ck_assert(passes_text(IRC_WHISPER_NICK, "lineker"));
	ck_assert(passes_text(IRC_WHISPER_ACCOUNT, ""));
	ck_assert(passes(&tagmsg));
	ck_assert_uint_eq(back.target, 7);
	ck_assert_uint_eq(back.id, 9);
	ck_assert(back.group);
	ck_assert_uint_eq(back.tags.len, strlen("+typing=active;+x"));
	ck_assert_int_eq(memcmp(back.tags.data, "+typing=active;+x", back.tags.len), 0);
}
END_TEST

/* A line for a client is made of it. */
START_TEST(bad_texts)
{
	char longer[SCOREBOARD_AWAY_MAX + 1];

	ck_assert(!passes_text(IRC_WHISPER_AWAY, "a\r\nQUIT"));
	ck_assert(!passes_text(IRC_WHISPER_AWAY, "\x01"));
	ck_assert(!passes_text(IRC_WHISPER_AWAY, "\xff"));
	ck_assert(!passes_text(IRC_WHISPER_SETNAME, ""));
	ck_assert(!passes_text(IRC_WHISPER_NICK, ""));
	ck_assert(!passes_text(IRC_WHISPER_NICK, "a b"));
	ck_assert(!passes_text(IRC_WHISPER_ACCOUNT, "messi"));
	memset(longer, 'a', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	ck_assert(!passes_text(IRC_WHISPER_AWAY, longer));
	ck_assert(passes_text(IRC_WHISPER_AWAY, longer + 1));
	longer[SCOREBOARD_FULLNAME_MAX] = '\0';
	ck_assert(!passes_text(IRC_WHISPER_SETNAME, longer));
	ck_assert(passes_text(IRC_WHISPER_SETNAME, longer + 1));
}
END_TEST

START_TEST(bad_tagmsg)
{
	static const char *const tags[] = { "x", "+x;", "+x y", "+x\n", "+x;msgid=1", "+\xff" };
	struct irc_whisper whisper;

	for (size_t i = 0; i < sizeof(tags) / sizeof(tags[0]); i++) {
		whisper = make_tagmsg(tags[i]);
		ck_assert_msg(!passes(&whisper), "%s", tags[i]);
	}
	whisper = make_tagmsg("+x");
	whisper.target = 0;
	ck_assert(!passes(&whisper));
	whisper = make_tagmsg("+x");
	whisper.id = 0;
	ck_assert(!passes(&whisper));
	whisper = make_tagmsg("+x");
	whisper.text = chat_text("a");
	ck_assert(!passes(&whisper));
}
END_TEST

/* An invitation names a group and a user, and has no text; what operators say is a text. */
START_TEST(announcements)
{
	struct irc_whisper whisper = { .kind = IRC_WHISPER_INVITE,
		.target = 7,
		.group = true,
		.id = 9,
		.text = chat_text("") };
	char longer[IRC_BODY_MOST + 2];

	ck_assert(passes(&whisper));
	whisper.group = false;
	ck_assert(!passes(&whisper));
	whisper.group = true;
	whisper.text = chat_text("a");
	ck_assert(!passes(&whisper));
	whisper.text = chat_text("");
	whisper.id = 0;
	ck_assert(!passes(&whisper));
	memset(longer, 'a', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	ck_assert(!passes_text(IRC_WHISPER_WALLOPS, longer));
	ck_assert(passes_text(IRC_WHISPER_WALLOPS, longer + 1));
	longer[IRC_KILL_MOST + 1] = '\0';
	ck_assert(!passes_text(IRC_WHISPER_KILL, longer));
	ck_assert(passes_text(IRC_WHISPER_KILL, longer + 1));
	ck_assert(!passes_text(IRC_WHISPER_KILL, "a\r\nb"));
	whisper = make(IRC_WHISPER_KILL, "a");
	whisper.target = 7;
	ck_assert(!passes(&whisper));
}
END_TEST

/* What only a TAGMSG has, and kinds that there are not. */
START_TEST(other_kinds)
{
	struct irc_whisper whisper = make(IRC_WHISPER_AWAY, "a");

	whisper.target = 7;
	ck_assert(!passes(&whisper));
	whisper = make(IRC_WHISPER_AWAY, "a");
	whisper.group = true;
	ck_assert(!passes(&whisper));
	whisper = make(IRC_WHISPER_AWAY, "a");
	whisper.id = 7;
	ck_assert(!passes(&whisper));
	whisper = make(IRC_WHISPER_AWAY, "a");
	whisper.tags = chat_text("+x");
	ck_assert(!passes(&whisper));
	ck_assert(!passes_text((enum irc_whisper_kind)0, ""));
	ck_assert(!passes_text((enum irc_whisper_kind)(IRC_WHISPER_WALLOPS + 1), ""));
}
END_TEST

/* Each byte less, and one more. */
START_TEST(lengths)
{
	struct irc_whisper whisper = make_tagmsg("+x");
	size_t len = dialect_irc_whisper_write(payload, &whisper);

	for (size_t i = 0; i < len; i++)
		ck_assert(!dialect_irc_whisper_read(&back, payload, i));
	ck_assert(dialect_irc_whisper_read(&back, payload, len));
	payload[len] = 0;
	ck_assert(!dialect_irc_whisper_read(&back, payload, len + 1));
	payload[0]++;
	ck_assert(!dialect_irc_whisper_read(&back, payload, len));
}
END_TEST

START_TEST(bits)
{
	uint64_t all = 0;
	char name[2] = "a";

	ck_assert_uint_eq(dialect_irc_whisper_bit("messi"), dialect_irc_whisper_bit("MESSI"));
	for (; name[0] <= 'z'; name[0]++)
		all |= dialect_irc_whisper_bit(name);
	ck_assert_int_gt(__builtin_popcountll(all), 10);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("irc whisper");
	TCase *tcase = tcase_create("payload");

	tcase_add_test(tcase, there_and_back);
	tcase_add_test(tcase, bad_texts);
	tcase_add_test(tcase, bad_tagmsg);
	tcase_add_test(tcase, announcements);
	tcase_add_test(tcase, other_kinds);
	tcase_add_test(tcase, lengths);
	tcase_add_test(tcase, bits);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
