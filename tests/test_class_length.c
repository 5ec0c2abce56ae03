/*
 * Lengths around every bound: a value of one byte less and of just the bound is taken, one of one
 * byte more is refused, and nothing of it is stored. The same where the last character has two
 * bytes.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "chat/file/file.h"
#include "class_talk.h"
#include "net/frame.h"

/* The value comes between the two; where the bound is that of the whole line, `line` is true. */
static const struct bound {
	const char *dialect;
	const char *before;
	const char *after;
	size_t most;
	bool line;
	bool ascii; /* the value is a name */
} bounds[] = {
	{ "realm", "register ", " rahasia Nama Negara", NAME_MAX_BYTES, false, true },
	{ "realm", "register zidane ", " Nama Negara", PASSWORD_MAX_BYTES, false, false },
	{ "realm", "register zidane rahasia ", " Negara", CHAT_FULLNAME_MAX, false, false },
	{ "realm", "register zidane rahasia Nama ", "", CHAT_COUNTRY_MAX, false, false },
	{ "realm", "addgroup \001 ", "", NAME_MAX_BYTES, false, true },
	{ "realm", "addrealm \003 ", " 192.0.2.1 1", NAME_MAX_BYTES, false, true },
	{ "realm", "block \001 ", "@malang", NAME_MAX_BYTES, false, true },
	{ "realm", "sendfile \001 henderson ", " aXNp", CHAT_FILE_NAME_MAX, false, false },
	{ "realm", "send \001 henderson ", "", FRAME_LINE_MAX, true, false },
	{ "show", "send \001 henderson ", "", FRAME_LINE_MAX, true, false },
	{ "login", "send \001 henderson ", "", FRAME_LINE_MAX, true, false },
	{ "files", "send \001 henderson ", "", FRAME_LINE_MAX, true, false },
	{ "files", "send_file \001 henderson ", " aXNp", CHAT_FILE_NAME_MAX, false, false },
};

static bool
is_taken(const struct bound *bound, size_t len, bool wide)
{
	static char value[CLASS_LINE], line[CLASS_LINE];

	if (bound->line) /* the token is longer than the byte that stands for it */
		len -= strlen(bound->before) + TOKEN_TEXT_LEN - 1;
	memset(value, 'a', len);
	if (wide)
		memcpy(value + len - 2, "\xc3\xa9", 2);
	value[len] = '\0';
	snprintf(line, sizeof(line), "%s%s%s", bound->before, value, bound->after);
	return class_is_ok(bound->dialect, line);
}

START_TEST(sweep)
{
	for (size_t i = 0; i < sizeof(bounds) / sizeof(bounds[0]); i++)
		for (int wide = 0; wide < (bounds[i].ascii ? 1 : 2); wide++)
			for (size_t len = bounds[i].most - 1; len <= bounds[i].most + 1; len++)
				ck_assert_msg(is_taken(&bounds[i], len, wide == 1) ==
				        (len <= bounds[i].most),
				    "%s: %zu bytes", bounds[i].before, len);
}
END_TEST

/* All of these users exist, so that only their number is wrong. */
START_TEST(list)
{
	static char lines[CLASS_LINE];
	size_t len = 0;

	for (size_t i = 0; i <= CHAT_LIST_MAX; i++)
		len += (size_t)sprintf(lines + len, "register u%zu rahasia a b\r\n", i);
	for (size_t n = CHAT_LIST_MAX - 1; n <= CHAT_LIST_MAX + 1; n++) {
		len += (size_t)sprintf(lines + len, "sendgroup \001 u0");
		for (size_t i = 1; i < n; i++)
			len += (size_t)sprintf(lines + len, ",u%zu", i);
		len += (size_t)sprintf(lines + len, " halo\r\n");
	}
	json_t *replies = class_talk("realm", lines, len);
	for (size_t i = 0; i <= CHAT_LIST_MAX + 2; i++)
		ck_assert_str_eq(class_status(replies, i), "OK");
	ck_assert_str_eq(class_status(replies, CHAT_LIST_MAX + 3), "ERROR");
	json_decref(replies);
}
END_TEST

CLASS_MAIN("length", sweep, list)
