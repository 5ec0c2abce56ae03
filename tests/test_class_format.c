/*
 * Format characters in every field: what a client sends is never a format. Each word of each
 * command in turn is one of directives, and the log shows those that it names as they came.
 */
#include <stdio.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "base/log.h"
#include "class_talk.h"

#define DIRECTIVES "%n%s%1$n%x%99999d%p"

static void
try_word(const char *dialect, const struct line_command *command, size_t bad)
{
	struct class_words words = class_words(command);
	char line[600];
	size_t len = (size_t)snprintf(line, sizeof(line), "%s%s", command->name,
	    command->open == 0 ? " \001" : "");

	for (size_t i = 0; i < words.most; i++)
		len += (size_t)snprintf(line + len, sizeof(line) - len, " %s",
		    i == bad ? DIRECTIVES : "henderson");
	json_decref(class_ask(dialect, line));
}

START_TEST(every_word)
{
	log_set_level(LOG_DEBUG); /* lines are composed, and go nowhere */
	ck_assert_ptr_nonnull(freopen("/dev/null", "w", stderr));
	for (size_t i = 0; i < CLASS_DIALECTS; i++)
		for (const struct line_command *command = class_commands(class_dialects[i]);
		     command->name != NULL; command++)
			for (size_t bad = 0; bad < class_words(command).most; bad++)
				try_word(class_dialects[i], command, bad);
	for (size_t i = 0; i < CLASS_DIALECTS; i++)
		json_decref(class_ask(class_dialects[i], DIRECTIVES));
	json_decref(
	    class_ask("room", "{\"FLAG\":\"" DIRECTIVES "\",\"CONTENT\":\"" DIRECTIVES "\"}"));
}
END_TEST

/* A message comes as it was sent. */
START_TEST(message)
{
	static const char lines[] = "send \001 henderson " DIRECTIVES "\r\ninbox \002\r\n";
	json_t *replies = class_talk("realm", lines, sizeof(lines) - 1);
	char *inbox = json_dumps(json_array_get(replies, 1), 0);

	ck_assert_ptr_nonnull(strstr(inbox, DIRECTIVES));
	free(inbox);
	json_decref(replies);
}
END_TEST

START_TEST(log_line)
{
	char text[4096];
	FILE *file = tmpfile();

	ck_assert_ptr_nonnull(file);
	ck_assert_int_ge(dup2(fileno(file), STDERR_FILENO), 0);
	log_set_level(LOG_INFO);
	json_decref(class_ask("realm", "auth " DIRECTIVES " rahasia"));
	ssize_t len = pread(fileno(file), text, sizeof(text) - 1, 0);
	ck_assert_int_gt(len, 0);
	text[len] = '\0';
	ck_assert_msg(strstr(text, "login failed for " DIRECTIVES " from") != NULL, "%s", text);
	fclose(file);
}
END_TEST

CLASS_MAIN("format", every_word, message, log_line)
