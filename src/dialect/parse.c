/* dialect_parse: commands by their names, words between single spaces. */
#include "dialect/parse.h"

#include <string.h>
#include <strings.h>

#include "chat/once.h"

/* The arguments after a command and its token, from the text of the table. */
struct form {
	size_t least; /* words */
	size_t most;
	bool text;
	bool body;
};

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

static bool
has_name(const struct line_command *command, struct chat_text line, struct chat_text *rest)
{
	bool found = begins_with(line, command->name, rest);

	for (size_t i = 0; !found && i < LINE_ALIASES && command->aliases[i] != NULL; i++)
		found = begins_with(line, command->aliases[i], rest);
	return found;
}

static const struct line_command *
find_in_table(const struct line_dialect *line, struct chat_text text, struct chat_text *rest)
{
	for (const struct line_command *c = line->commands; c->name != NULL; c++)
		if (has_name(c, text, rest))
			return c;
	return NULL;
}

const struct line_command *
dialect_parse_command(const struct line_dialect *own, struct chat_text line,
    struct line_request *request, struct chat_text *rest)
{
	const struct line_command *found = find_in_table(own, line, rest);

	request->line = own;
	for (size_t i = 0; found == NULL && i < LINE_BORROWS && own->borrows[i] != NULL; i++) {
		found = find_in_table(own->borrows[i]->tables, line, rest);
		if (found != NULL)
			request->line = own->borrows[i]->tables;
	}
	request->command = found;
	return found;
}

static bool
is_word(struct chat_text text, const char *word)
{
	return text.len == strlen(word) && memcmp(text.data, word, text.len) == 0;
}

static struct form
read_form(const struct line_command *command)
{
	struct form form = { .text = false };
	struct chat_text rest = { .data = NULL }, word;
	bool optional = false;

	if (command->words != NULL)
		rest = chat_text(command->words);
	while (next_word(&rest, &word)) {
		form.text = is_word(word, LINE_TEXT);
		form.body = is_word(word, LINE_BODY);
		optional |= word.data[0] == '[';
		form.most += !form.text && !form.body;
		form.least += !form.text && !form.body && !optional;
	}
	return form;
}

bool
dialect_parse_has_body(const struct line_command *command)
{
	return read_form(command).body;
}

/* Whether a key follows. */
static bool
has_key(struct chat_text rest)
{
	unsigned char key[CHAT_ONCE_KEY];
	struct chat_text word;

	return next_word(&rest, &word) && chat_once_parse(word, key);
}

struct chat_text
dialect_parse_token(const struct dialog *dialog, const struct line_command *command,
    struct chat_text *rest)
{
	struct chat_text ahead = *rest, word;

	if (command->open != LINE_OPEN && next_word(&ahead, &word) &&
	    token_looks(word.data, word.len) && (!command->keyed || has_key(ahead))) {
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
dialect_parse_words(struct chat_text rest, struct line_request *request)
{
	const struct form form = read_form(request->command);
	bool more = form.text || form.body;

	if (!more && rest.len > 0 && rest.data[rest.len - 1] == ' ')
		rest.len--; /* clients put a space before the line end */
	if (!more && rest.len == 0)
		rest.data = NULL;
	while (
	    request->n_words < form.most && next_word(&rest, &request->words[request->n_words])) {
		if (request->words[request->n_words++].len == 0)
			return false;
	}
	if (request->n_words < form.least)
		return false;
	if (!more)
		return rest.data == NULL;
	if (rest.data == NULL)
		return false;
	/* The space that clients put before the line end is no body. */
	request->text = form.text ? clean_text(rest) : rest;
	return request->text.len > 0 || request->streams;
}
