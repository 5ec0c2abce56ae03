/* dialect_irc_line: takes lines apart. */
#include "dialect/irc/line.h"

#include <string.h>

#include "base/utf8.h"

bool
dialect_irc_line_next(struct chat_text *rest, char separator, struct chat_text *item)
{
	const char *end;

	if (rest->data == NULL)
		return false;
	end = rest->len == 0 ? NULL : memchr(rest->data, separator, rest->len);
	*item = *rest;
	if (end == NULL) {
		rest->data = NULL;
		rest->len = 0;
		return true;
	}
	item->len = (size_t)(end - rest->data);
	rest->data = end + 1;
	rest->len -= item->len + 1;
	return true;
}

bool
dialect_irc_line_number(struct chat_text text, uint64_t most, uint64_t *number)
{
	*number = 0;
	for (size_t i = 0; i < text.len; i++) {
		uint64_t digit = (uint64_t)(text.data[i] - '0');

		if (text.data[i] < '0' || text.data[i] > '9' || digit > most ||
		    *number > (most - digit) / 10)
			return false;
		*number = *number * 10 + digit;
	}
	return text.len > 0;
}

static void
skip_spaces(struct chat_text *rest)
{
	while (rest->len > 0 && rest->data[0] == ' ') {
		rest->data++;
		rest->len--;
	}
}

/* Takes what stands before the next space. */
static struct chat_text
take_word(struct chat_text *rest)
{
	const char *end = rest->len == 0 ? NULL : memchr(rest->data, ' ', rest->len);
	struct chat_text word = { .data = rest->data,
		.len = end == NULL ? rest->len : (size_t)(end - rest->data) };

	rest->data += word.len;
	rest->len -= word.len;
	skip_spaces(rest);
	return word;
}

static void
read_command(struct irc_line *line, struct chat_text word)
{
	size_t len = word.len > IRC_COMMAND_MOST ? IRC_COMMAND_MOST : word.len;

	for (size_t i = 0; i < len; i++) {
		char c = word.data[i];

		line->command[i] = c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
	}
	line->command[len] = '\0';
}

/* The last parameter may have a colon before it, and then spaces in it. */
static void
read_params(struct irc_line *line, struct chat_text rest)
{
	while (rest.len > 0 && line->n < IRC_PARAMS_MOST) {
		if (rest.data[0] == ':') {
			line->params[line->n++] =
			    (struct chat_text){ .data = rest.data + 1, .len = rest.len - 1 };
			return;
		}
		if (line->n == IRC_PARAMS_MOST - 1) {
			line->params[line->n++] = rest;
			return;
		}
		line->params[line->n++] = take_word(&rest);
	}
}

enum irc_line_fault
dialect_irc_line_read(struct irc_line *line, const char *data, size_t len)
{
	struct chat_text rest = { .data = data, .len = len };
	bool fits = true;

	*line = (struct irc_line){ .n = 0 };
	if (len > 0 && data[0] == '@') {
		line->tags = take_word(&rest);
		fits = line->tags.len + 1 <= IRC_TAGS_MOST;
		line->tags.data++;
		line->tags.len--;
	}
	fits = fits && rest.len <= IRC_BODY_MOST;
	skip_spaces(&rest);
	if (rest.len > 0 && rest.data[0] == ':')
		(void)take_word(&rest);
	read_command(line, take_word(&rest));
	if (!fits)
		return IRC_LINE_TOO_LONG;
	if (memchr(data, '\0', len) != NULL || memchr(data, '\r', len) != NULL ||
	    memchr(data, '\n', len) != NULL)
		return IRC_LINE_CONTROL;
	if (!utf8_valid(data, len))
		return IRC_LINE_NOT_UTF8;
	read_params(line, rest);
	return IRC_LINE_GOOD;
}

/* Takes the next tag. False: there is none. */
static bool
next_tag(struct chat_text *tags, struct chat_text *tag, struct chat_text *key)
{
	const char *equals;

	do {
		if (!dialect_irc_line_next(tags, ';', tag))
			return false;
	} while (tag->len == 0);
	equals = memchr(tag->data, '=', tag->len);
	*key = (struct chat_text){ .data = tag->data,
		.len = equals == NULL ? tag->len : (size_t)(equals - tag->data) };
	return true;
}

bool
dialect_irc_line_tag(const struct irc_line *line, const char *key, struct chat_text *value)
{
	struct chat_text rest = line->tags, tag, name;
	bool found = false;

	/* Of several, the last one counts. */
	while (next_tag(&rest, &tag, &name)) {
		size_t skip = name.len < tag.len ? name.len + 1 : name.len;

		if (name.len != strlen(key) || memcmp(name.data, key, name.len) != 0)
			continue;
		*value = (struct chat_text){ .data = tag.data + skip, .len = tag.len - skip };
		found = true;
	}
	return found;
}

size_t
dialect_irc_line_client_tags(const struct irc_line *line, char *out, size_t size)
{
	struct chat_text rest = line->tags, tag, name;
	size_t len = 0;

	while (next_tag(&rest, &tag, &name)) {
		if (name.len < 2 || name.data[0] != '+' || len + tag.len + 1 > size)
			continue;
		if (len > 0)
			out[len++] = ';';
		memcpy(out + len, tag.data, tag.len);
		len += tag.len;
	}
	return len;
}
