/*
 * class_talk: whole conversations in this process, with the realm of fuzz/realm.h, for the tests of
 * classes of attacks: what a client sends, and all replies as JSON. Everything here fails the
 * running test by itself.
 */
#ifndef CLASS_TALK_H
#define CLASS_TALK_H

#include <jansson.h>

#include "dialect/line.h"
#include "suite.h"

#define CLASS_LINE 70000 /* bytes of a line, at most */

/* The dialects that have a table of commands. */
#define CLASS_DIALECTS 4
extern const char *const class_dialects[CLASS_DIALECTS];

/*
 * Sends bytes; 1, 2 and 3 stand for the tokens of messi, henderson and lineker. An array of all
 * replies, to be freed with json_decref(); a reply that is no JSON object fails the test.
 */
json_t *class_talk(const char *dialect, const void *data, size_t len);
/* Sends one line, ended by CR LF; demands one reply, and returns the array. */
json_t *class_ask(const char *dialect, const char *line);
const char *class_status(const json_t *replies, size_t index);
/* Whether the reply to this line is "OK". */
bool class_is_ok(const char *dialect, const char *line);

/* The words of a command, as its table has them: of these, `least` must be there. */
struct class_words {
	size_t least;
	size_t most;
	bool open; /* the last one takes the rest of the line */
};
struct class_words class_words(const struct line_command *);
/* The commands of a dialect's table, ended by one without a name. */
const struct line_command *class_commands(const char *dialect);

/* Runs all tests of a program as main() does; the exit status. */
int class_main(int argc, char **argv, const char *name, const TTest *const *tests, size_t n);
#define CLASS_MAIN(name, ...)                                       \
	int main(int argc, char **argv)                             \
	{                                                           \
		const TTest *const tests[] = { __VA_ARGS__ };       \
		return class_main(argc, argv, "class_" name, tests, \
		    sizeof(tests) / sizeof(tests[0]));              \
	}

#endif
