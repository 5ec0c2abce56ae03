/* dialect_help: the commands that a listener understands, as their tables have them. */
#include "dialect/help.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "dialect/code.h"
#include "dialect/parse.h"

#define USAGE_MAX 128

/* Which commands are listed, and where they are written; NULL: they are only counted. */
struct listing {
	const struct line_dialect *own; /* of the listener */
	const struct chat_text *word;   /* NULL: all but the aliases */
	struct json_out *json;
	size_t n;
};

/* Whether this name means this command: another dialect's may be hidden by it. */
static bool
is_understood(const struct listing *listing, const struct line_command *command, const char *name)
{
	struct line_request request;
	struct chat_text rest;

	return dialect_parse_command(listing->own, chat_text(name), &request, &rest) == command;
}

/* Whether the first word of the name is this one. */
static bool
begins_with(const char *name, struct chat_text word)
{
	return strlen(name) >= word.len && strncasecmp(name, word.data, word.len) == 0 &&
	    (name[word.len] == '\0' || name[word.len] == ' ');
}

static void
list_name(struct listing *listing, const struct line_command *command, const char *name)
{
	const char *words = command->words == NULL ? "" : command->words;
	char usage[USAGE_MAX];

	if ((listing->word != NULL && !begins_with(name, *listing->word)) ||
	    !is_understood(listing, command, name))
		return;
	listing->n++;
	if (listing->json == NULL)
		return;
	snprintf(usage, sizeof(usage), "%s%s%s%s", name,
	    command->open == LINE_OPEN ? "" : " [token]", *words == '\0' ? "" : " ", words);
	json_out_cstring(listing->json, usage);
}

static void
list_table(struct listing *listing, const struct line_dialect *table)
{
	for (const struct line_command *c = table->commands; c->name != NULL; c++) {
		list_name(listing, c, c->name);
		for (size_t i = 0; listing->word != NULL && i < LINE_ALIASES; i++)
			if (c->aliases[i] != NULL)
				list_name(listing, c, c->aliases[i]);
	}
}

static size_t
list_commands(const struct line_dialect *own, const struct line_request *request,
    struct json_out *json)
{
	struct listing listing = { .own = own, .json = json };

	if (request->n_words > 0)
		listing.word = &request->words[0];
	list_table(&listing, own);
	for (size_t i = 0; i < LINE_BORROWS && own->borrows[i] != NULL; i++)
		list_table(&listing, own->borrows[i]->tables);
	return listing.n;
}

enum chat_result
dialect_help(struct dialog *dialog, struct line_request *request)
{
	const struct line_dialect *own = dialog->dialect->tables;
	struct json_out json;

	if (list_commands(own, request, NULL) == 0) {
		dialect_line_error(dialog, false, own->texts->unknown, DIALECT_CODE_UNKNOWN);
		return LINE_REPLIED;
	}
	dialect_line_begin(dialog, &json, "OK");
	json_out_key(&json, "messages");
	json_out_array_begin(&json);
	(void)list_commands(own, request, &json);
	json_out_array_end(&json);
	return dialect_line_end(dialog, &json);
}
