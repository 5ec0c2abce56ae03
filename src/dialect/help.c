/*
 * dialect_help: `help` for somebody at a terminal: the commands that a listener understands, as
 * their tables have them.
 */
#include "dialect/help.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "dialect/parse.h"

#define USAGE_MAX 128

/* Whether this is the command that is meant by its name: another dialect's may be hidden by it. */
static bool
is_understood(const struct line_dialect *own, const struct line_command *command)
{
	const struct line_dialect *owner;
	struct chat_text rest;

	return dialect_parse_command(own, chat_text(command->name), &owner, &rest) == command;
}

/* Whether the first word of the command is this one. */
static bool
begins_with(const struct line_command *command, struct chat_text word)
{
	return strncasecmp(command->name, word.data, word.len) == 0 &&
	    (command->name[word.len] == '\0' || command->name[word.len] == ' ');
}

static void
write_usage(struct json_out *json, const struct line_command *command)
{
	char usage[USAGE_MAX];

	snprintf(usage, sizeof(usage), "%s%s%s%s", command->name,
	    command->session ? " [token]" : "", command->words == NULL ? "" : " ",
	    command->words == NULL ? "" : command->words);
	json_out_cstring(json, usage);
}

/* How many commands of a table were meant; with json they are written, too. */
static size_t
each(struct json_out *json, const struct line_dialect *own, const struct line_dialect *table,
    const struct line_request *request)
{
	size_t meant = 0;

	for (const struct line_command *c = table->commands; c->name != NULL; c++) {
		bool asked = request->n_words > 0 ? begins_with(c, request->words[0]) : !c->alias;

		if (!asked || !is_understood(own, c))
			continue;
		if (json != NULL)
			write_usage(json, c);
		meant++;
	}
	return meant;
}

static size_t
all(struct json_out *json, const struct line_dialect *own, const struct line_request *request)
{
	size_t meant = each(json, own, own, request);

	for (size_t i = 0; i < LINE_BORROWS && own->borrows[i] != NULL; i++)
		meant += each(json, own, own->borrows[i], request);
	return meant;
}

void
dialect_help(struct dialog *dialog, const struct line_request *request)
{
	const struct line_dialect *own = dialog->dialect->tables;
	bool known = all(NULL, own, request) > 0;
	struct json_out json;

	dialect_line_begin(dialog, &json, known ? "OK" : "ERROR");
	json_out_key(&json, known ? "messages" : "message");
	if (known) {
		json_out_array_begin(&json);
		(void)all(&json, own, request);
		json_out_array_end(&json);
	} else {
		json_out_cstring(&json, own->unknown);
	}
	dialect_line_end(dialog, &json);
}
