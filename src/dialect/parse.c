/*
 * dialect_parse: a line of a line dialect, taken apart by the dialect's table of commands. What
 * is then done is left to dialect_line.
 */
#include "dialect/parse.h"

#include <string.h>
#include <strings.h>

/* Cuts the next word off; false at the end. Words are divided by single spaces. */
static bool
next_word(struct chat_text *rest, struct chat_text *word)
{
	const char *space;

	if (rest->data == NULL)
		return false;
	space = memchr(rest->data, ' ', rest->len);
	*word = *rest;
	if (space == NULL) {
		*rest = (struct chat_text){ 0 };
		return true;
	}
	word->len = (size_t)(space - rest->data);
	rest->data = space + 1;
	rest->len -= word->len + 1;
	return true;
}

/* Whether the line begins with the command's name, which may be two words. */
static bool
begins_with(struct chat_text line, const char *name, struct chat_text *rest)
{
	size_t len = strlen(name);

	if (line.len < len || strncasecmp(line.data, name, len) != 0)
		return false;
	*rest = (struct chat_text){ 0 };
	if (line.len == len)
		return true;
	if (line.data[len] != ' ')
		return false;
	*rest = (struct chat_text){ .data = line.data + len + 1, .len = line.len - len - 1 };
	return true;
}

static const struct line_command *
find_own(const struct line_dialect *line, struct chat_text text, struct chat_text *rest)
{
	for (const struct line_command *c = line->commands; c->name != NULL; c++)
		if (begins_with(text, c->name, rest))
			return c;
	return NULL;
}

const struct line_command *
dialect_parse_command(const struct line_dialect *own, struct chat_text line,
    const struct line_dialect **owner, struct chat_text *rest)
{
	const struct line_command *found = find_own(own, line, rest);

	*owner = own;
	for (size_t i = 0; found == NULL && i < LINE_BORROWS && own->borrows[i] != NULL; i++) {
		*owner = own->borrows[i];
		found = find_own(*owner, line, rest);
	}
	return found;
}

struct chat_text
dialect_parse_token(const struct dialog *dialog, const struct line_command *command,
    struct chat_text *rest)
{
	struct chat_text ahead = *rest, word;

	if (command->session && next_word(&ahead, &word) && token_looks(word.data, word.len)) {
		*rest = ahead;
		return word;
	}
	return chat_text(dialog->logged_in ? dialog->session.token : "");
}

/* Clients put one space too many before a text and one after it. */
static struct chat_text
clean_text(struct chat_text text)
{
	if (text.len > 0 && text.data[0] == ' ') {
		text.data++;
		text.len--;
	}
	if (text.len > 0 && text.data[text.len - 1] == ' ')
		text.len--;
	return text;
}

bool
dialect_parse_words(const struct line_command *command, struct chat_text rest,
    struct line_request *request)
{
	bool more = command->text || command->body;

	if (!more && rest.len > 0 && rest.data[rest.len - 1] == ' ')
		rest.len--; /* clients put a space before the line end */
	if (!more && rest.len == 0)
		rest.data = NULL;
	while (request->n_words < command->most &&
	    next_word(&rest, &request->words[request->n_words])) {
		if (request->words[request->n_words++].len == 0)
			return false;
	}
	if (request->n_words < command->least)
		return false;
	if (!more)
		return rest.data == NULL;
	if (rest.data == NULL)
		return false;
	request->text = command->text ? clean_text(rest) : rest;
	return request->text.len > 0 || command->body;
}
