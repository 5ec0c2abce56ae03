/*
 * Missing arguments: each command of each dialect with each number of words, from none to one too
 * many, with a token and without: one reply, which is an error where words are missing, and the
 * connection goes on.
 */
#include <stdio.h>
#include <string.h>

#include "class_talk.h"

static void
build_line(char *line, size_t size, const struct line_command *command, bool token, size_t words)
{
	size_t len = (size_t)snprintf(line, size, "%s%s", command->name, token ? " \001" : "");

	for (size_t i = 0; i < words; i++)
		len += (size_t)snprintf(line + len, size - len, " henderson");
}

static void
try_words(const char *dialect, const struct line_command *command, bool token, size_t n)
{
	struct class_words words = class_words(command);
	char line[300], both[400];

	build_line(line, sizeof(line), command, token, n);
	int len = snprintf(both, sizeof(both), "%s\r\nsend \003 henderson masih\r\n", line);
	json_t *replies = class_talk(dialect, both, (size_t)len);
	ck_assert_msg(json_array_size(replies) == 2, "%s: %zu replies to %s", dialect,
	    json_array_size(replies), line);
	if (n < words.least || (n > words.most && !words.open))
		ck_assert_msg(strcmp(class_status(replies, 0), "ERROR") == 0, "%s: OK to %s",
		    dialect, line);
	ck_assert_str_eq(class_status(replies, 1), "OK");
	json_decref(replies);
}

START_TEST(words)
{
	for (size_t i = 0; i < CLASS_DIALECTS; i++)
		for (const struct line_command *command = class_commands(class_dialects[i]);
		     command->name != NULL; command++)
			for (size_t n = 0; n <= class_words(command).most + 1; n++)
				for (int token = command->open == LINE_OPEN ? 0 : 1; token >= 0;
				     token--)
					try_words(class_dialects[i], command, token == 1, n);
}
END_TEST

START_TEST(room_fields)
{
	static const char *const flags[] = { "REG", "LOGIN", "LOGOUT", "MAKE_ROOM", "DEL_ROOM",
		"JOIN_ROOM", "QUIT_ROOM", "SEND", "" };
	static const char *const fields[] = { "\"SENDER\":\"messi\"", "\"RECEIVER\":\"server\"",
		"\"CONTENT\":\"teh\"", "\"TYPE\":\"TEXT\"" };
	char line[300];

	for (size_t flag = 0; flag < sizeof(flags) / sizeof(flags[0]); flag++)
		for (unsigned int without = 0; without < 16; without++) {
			int len = snprintf(line, sizeof(line), "{\"FLAG\":\"%s\"", flags[flag]);

			for (int i = 0; i < 4; i++)
				if ((without & (1U << i)) == 0)
					len += snprintf(line + len, sizeof(line) - (size_t)len,
					    ",%s", fields[i]);
			snprintf(line + len, sizeof(line) - (size_t)len, "}");
			json_decref(class_ask("room", line));
		}
}
END_TEST

CLASS_MAIN("missing_argument", words, room_fields)
