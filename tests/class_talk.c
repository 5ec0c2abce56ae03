/*
 * class_talk: whole conversations in this process. See class_talk.h.
 */
#include "class_talk.h"

#include <bsd/unistd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fuzz/dialog.h"

#define END_OF_REPLY "\r\n\r\n"
#define ADDRESS      "127.0.0.1"

const char *const class_dialects[CLASS_DIALECTS] = { "realm", "show", "login", "files" };

json_t *
class_talk(const char *dialect, const void *data, size_t len)
{
	size_t left;
	char *replies = fuzz_dialog_talk(dialect, ADDRESS, data, len, &left), *at = replies, *end;
	json_t *array = json_array();

	ck_assert_uint_eq(strlen(replies), left);
	for (; (end = strstr(at, END_OF_REPLY)) != NULL; at = end + strlen(END_OF_REPLY)) {
		json_t *reply = json_loadb(at, (size_t)(end - at),
		    JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, NULL);

		ck_assert_msg(json_is_object(reply), "no object: %.*s", (int)(end - at), at);
		json_array_append_new(array, reply);
	}
	ck_assert_msg(*at == '\0', "behind the replies: %s", at);
	free(replies);
	return array;
}

json_t *
class_ask(const char *dialect, const char *line)
{
	static char data[CLASS_LINE];
	int len = snprintf(data, sizeof(data), "%s\r\n", line);

	ck_assert_int_lt(len, CLASS_LINE);
	json_t *replies = class_talk(dialect, data, (size_t)len);
	ck_assert_msg(json_array_size(replies) == 1, "%zu replies to %.200s",
	    json_array_size(replies), line);
	return replies;
}

const char *
class_status(const json_t *replies, size_t index)
{
	const char *status =
	    json_string_value(json_object_get(json_array_get(replies, index), "status"));

	ck_assert_ptr_nonnull(status);
	return status;
}

bool
class_is_ok(const char *dialect, const char *line)
{
	json_t *replies = class_ask(dialect, line);
	bool ok = strcmp(class_status(replies, 0), "OK") == 0;

	json_decref(replies);
	return ok;
}

struct class_words
class_words(const struct line_command *command)
{
	struct class_words words = { .least = 0 };
	bool optional = false;

	for (const char *c = command->words; c != NULL && *c != '\0'; c += strspn(c, " ")) {
		size_t len = strcspn(c, " ");

		optional |= *c == '[';
		words.most++;
		words.least += !optional;
		words.open = strncmp(c, LINE_TEXT, len) == 0 || strncmp(c, LINE_BODY, len) == 0;
		c += len;
	}
	return words;
}

const struct line_command *
class_commands(const char *dialect)
{
	return dialect_find(dialect)->tables->commands;
}

/* In the process that runs the checks, since the directory goes with its maker. */
static void
make_realm(void)
{
	fuzz_realm_init();
}

int
class_main(int argc, char **argv, const char *name, const TTest *const *tests, size_t n)
{
	Suite *suite = suite_create(name);
	TCase *tcase = tcase_create(name);

	setproctitle_init(argc, argv, environ);
	tcase_add_unchecked_fixture(tcase, make_realm, NULL);
	tcase_set_timeout(tcase, 120);
	for (size_t i = 0; i < n; i++)
		tcase_add_test(tcase, tests[i]);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
