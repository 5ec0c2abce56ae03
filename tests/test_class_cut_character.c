/*
 * A character cut in the middle: wherever the boundary of a buffer falls in it, a message arrives
 * as it was sent; text that ends within a character, or begins in one, is refused as a whole.
 */
#include <stdio.h>
#include <string.h>

#include "class_talk.h"
#include "net/frame.h"

#define FACE  "\xf0\x9f\x98\x80"
#define EURO  "\xe2\x82\xac"
#define BEGIN "send \001 henderson "

/* Sends the text and reads it again. */
static void
try_text(const char *dialect, const char *text)
{
	static char lines[CLASS_LINE];
	int len = snprintf(lines, sizeof(lines), BEGIN "%s\r\ninbox \002\r\n", text);
	json_t *replies = class_talk(dialect, lines, (size_t)len);

	ck_assert_uint_eq(json_array_size(replies), 2);
	ck_assert_str_eq(class_status(replies, 0), "OK");
	char *inbox = json_dumps(json_array_get(replies, 1), 0);
	ck_assert_msg(strstr(inbox, text) != NULL, "%s: another text came", dialect);
	free(inbox);
	json_decref(replies);
}

START_TEST(boundaries)
{
	static char text[3 * FRAME_BUFFER];

	for (size_t buffer = FRAME_BUFFER; buffer <= 2 * FRAME_BUFFER; buffer += FRAME_BUFFER)
		for (size_t before = buffer - 80; before < buffer + 8; before++) {
			memset(text, 'x', before);
			strcpy(text + before, FACE EURO "akhir");
			try_text(class_dialects[before % CLASS_DIALECTS], text);
		}
}
END_TEST

START_TEST(cut)
{
	static const char *const wrong[] = { "\xf0", "\xf0\x9f", "\xf0\x9f\x98", "\x9f\x98\x80",
		"\x80", "\xe2\x82", "\xe2", "\x82\xac", "\xc3", "\xed\xa0\x80", "\xc0\x80",
		"\xf4\x90\x80\x80", "\xff" };
	static const char *const around[][2] = { { BEGIN, "" }, { BEGIN "a", "" }, { BEGIN, "b" },
		{ BEGIN "a", "b" }, { "register zidane rahasia a", " b" },
		{ "register zidane rahasia a b", "" }, { "sendfile \001 henderson a", " aXNp" },
		{ "addgroup \001 a", "" } };
	char line[200];

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		for (size_t n = 0; n < sizeof(around) / sizeof(around[0]); n++) {
			snprintf(line, sizeof(line), "%s%s%s", around[n][0], wrong[i],
			    around[n][1]);
			ck_assert_msg(!class_is_ok("realm", line), "taken: %s", line);
		}
}
END_TEST

CLASS_MAIN("cut_character", boundaries, cut)
