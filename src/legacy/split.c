/*
 * legacy_split: the automaton knows texts and brackets, the name of the array and that of a file's
 * content, and nothing else of JSON.
 */
#include "legacy/split.h"

#include <stdlib.h>
#include <string.h>

#define ARRAY         "messages"
#define CONTENT       "file_content"
#define FIRST_ROOM    256
#define REPLY_DEPTH   1 /* among the keys of the reply */
#define ARRAY_DEPTH   2 /* among the elements */
#define ELEMENT_DEPTH 3 /* among the keys of an element */

enum place {
	IN_ENVELOPE,
	IN_ARRAY,   /* between elements */
	IN_ELEMENT, /* in an object */
	IN_OTHER,   /* in an element that is no object */
	IN_CONTENT
};

/* What a byte does. */
enum effect { GO_ON, ELEMENT_ENDS, REPLY_ENDS, FAILS };

void
legacy_split_init(struct legacy_split *split)
{
	*split = (struct legacy_split){ .place = IN_ENVELOPE };
}

void
legacy_split_free(struct legacy_split *split)
{
	free(split->envelope.data);
	free(split->element.data);
	legacy_split_init(split);
}

/* False: it would be longer than max, or there is no memory. */
static bool
append_byte(struct legacy_split_text *text, char c, size_t max)
{
	if (text->len == text->room) {
		size_t room = text->room == 0 ? FIRST_ROOM : 2 * text->room;
		char *bigger = text->len >= max ? NULL : realloc(text->data, room);

		if (bigger == NULL)
			return false;
		text->data = bigger;
		text->room = room;
	}
	text->data[text->len++] = c;
	return true;
}

/* An element that is too long is passed over as a whole; the bytes of it are not kept. */
static void
append_element(struct legacy_split *split, char c)
{
	if (!split->too_long && !append_byte(&split->element, c, LEGACY_SPLIT_ELEMENT_MAX))
		split->too_long = true;
}

static bool
is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static void
forget_key(struct legacy_split *split)
{
	split->is_value = false;
	split->key_len = 0;
}

/* Whether the value of this key comes now. */
static bool
has_key(const struct legacy_split *split, const char *key)
{
	return split->is_value && split->key_len == strlen(key) &&
	    memcmp(split->key, key, split->key_len) == 0;
}

/* Remembers the key before a value, at the depth at which keys have a meaning. */
static void
note_key(struct legacy_split *split, char c)
{
	if (split->in_text) {
		if (split->is_value || (c == '"' && !split->escaped))
			return;
		if (split->key_len < sizeof(split->key))
			split->key[split->key_len] = c;
		/* One that is too long is none that has a meaning. */
		split->key_len += split->key_len < sizeof(split->key);
	} else if (c == ',') {
		forget_key(split);
	} else if (c == ':') {
		split->is_value = true;
	} else if (c == '"' && !split->is_value) {
		split->key_len = 0;
	}
}

/* Follows texts and brackets. False: containers are nested too deeply, or end without beginning. */
static bool
follow_byte(struct legacy_split *split, char c)
{
	if (split->in_text) {
		split->in_text = split->escaped || c != '"';
		split->escaped = !split->escaped && c == '\\';
		return true;
	}
	split->marks += c == ',' || c == ':' || c == '{' || c == '[';
	if (c == '"')
		split->in_text = true;
	else if (c == '{' || c == '[')
		return split->depth++ < LEGACY_SPLIT_DEPTH_MAX;
	else if (c == '}' || c == ']')
		return split->depth-- > 0;
	return true;
}

static enum effect
take_envelope(struct legacy_split *split, char c)
{
	if (split->depth == 0 && is_space(c))
		return GO_ON;
	if ((split->depth == 0 && c != '{') ||
	    !append_byte(&split->envelope, c, LEGACY_SPLIT_ENVELOPE_MAX))
		return FAILS;
	if (split->depth == REPLY_DEPTH && !split->in_text && c == '[' && has_key(split, ARRAY)) {
		if (split->array_had)
			return FAILS;
		split->array_had = true;
		split->place = IN_ARRAY;
	}
	if (split->depth == REPLY_DEPTH)
		note_key(split, c);
	if (!follow_byte(split, c))
		return FAILS;
	return split->depth == 0 ? REPLY_ENDS : GO_ON;
}

static void
begin_element(struct legacy_split *split)
{
	split->elements++;
	split->element.len = 0;
	split->too_long = split->file = false;
	split->marks = 0;
	forget_key(split);
}

static enum effect
take_array(struct legacy_split *split, char c)
{
	if (is_space(c) || c == ',')
		return GO_ON;
	if (c == ']') {
		split->place = IN_ENVELOPE;
		forget_key(split);
		return append_byte(&split->envelope, c, LEGACY_SPLIT_ENVELOPE_MAX) &&
		        follow_byte(split, c)
		    ? GO_ON
		    : FAILS;
	}
	if (c == '}')
		return FAILS;
	begin_element(split);
	split->place = c == '{' ? IN_ELEMENT : IN_OTHER;
	append_element(split, c);
	return follow_byte(split, c) ? GO_ON : FAILS;
}

/* Passes over an element without a meaning. */
static enum effect
take_other(struct legacy_split *split, char c)
{
	if (!split->in_text && split->depth == ARRAY_DEPTH && (c == ',' || c == ']' || c == '}')) {
		split->place = IN_ARRAY;
		return take_array(split, c);
	}
	return follow_byte(split, c) ? GO_ON : FAILS;
}

static enum effect
take_element(struct legacy_split *split, char c)
{
	append_element(split, c);
	if (split->depth == ELEMENT_DEPTH && !split->in_text && c == '"' &&
	    has_key(split, CONTENT)) {
		append_element(split, c);
		split->too_long |= split->file; /* a second one */
		split->file = true;
		split->place = IN_CONTENT;
		return GO_ON;
	}
	if (split->depth == ELEMENT_DEPTH)
		note_key(split, c);
	if (!follow_byte(split, c))
		return FAILS;
	/* Many small values would take much more memory than their bytes. */
	split->too_long |= split->marks > LEGACY_SPLIT_MARKS_MAX;
	if (split->depth > ARRAY_DEPTH)
		return GO_ON;
	split->place = IN_ARRAY;
	return ELEMENT_ENDS;
}

static int
hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= ' ';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Hands out a byte that was written otherwise. */
static enum legacy_split_event
show_byte(struct legacy_split *split, char c)
{
	split->byte = c;
	split->content = &split->byte;
	split->content_len = 1;
	return LEGACY_SPLIT_CONTENT;
}

/* Takes a digit of \uXXXX. What is no character of ASCII is none of a file's either. */
static enum legacy_split_event
take_digit(struct legacy_split *split, char c)
{
	int digit = hex_value(c);

	if (digit < 0)
		return LEGACY_SPLIT_BAD;
	split->code = split->code << 4 | (unsigned int)digit;
	if (--split->hex_left > 0)
		return LEGACY_SPLIT_MORE;
	return show_byte(split, split->code < 0x80 ? (char)split->code : '\0');
}

static enum legacy_split_event
take_escaped(struct legacy_split *split, char c)
{
	static const char letters[] = "nrtbf", bytes[] = "\n\r\t\b\f";
	const char *letter = c == '\0' ? NULL : strchr(letters, c);

	split->escaped = false;
	if (c == 'u') {
		split->hex_left = 4;
		split->code = 0;
		return LEGACY_SPLIT_MORE;
	}
	if (letter != NULL)
		return show_byte(split, bytes[letter - letters]);
	return c == '/' || c == '"' || c == '\\' ? show_byte(split, c) : LEGACY_SPLIT_BAD;
}

/* Goes on in the content of a file, up to an event or its end. */
static enum legacy_split_event
take_content(struct legacy_split *split, const char **data, size_t *len)
{
	const char *start = *data, *end = start + *len, *at = start;

	if (split->hex_left > 0 || split->escaped) {
		(*data)++;
		(*len)--;
		return split->hex_left > 0 ? take_digit(split, *at) : take_escaped(split, *at);
	}
	while (at < end && *at != '"' && *at != '\\')
		at++;
	*len -= (size_t)(at - start) + (at < end);
	*data = at + (at < end);
	if (at < end && *at == '"')
		split->place = IN_ELEMENT;
	split->escaped = at < end && *at == '\\';
	split->content = start;
	split->content_len = (size_t)(at - start);
	return at > start ? LEGACY_SPLIT_CONTENT : LEGACY_SPLIT_MORE;
}

static enum effect
take_byte(struct legacy_split *split, char c)
{
	switch ((enum place)split->place) {
	case IN_ENVELOPE:
		return take_envelope(split, c);
	case IN_ARRAY:
		return take_array(split, c);
	case IN_ELEMENT:
		return take_element(split, c);
	case IN_OTHER:
		return take_other(split, c);
	case IN_CONTENT:
		break;
	}
	return FAILS;
}

enum legacy_split_event
legacy_split_next(struct legacy_split *split, const char **data, size_t *len)
{
	while (*len > 0) {
		enum legacy_split_event event;
		enum effect effect;

		if (split->place == IN_CONTENT) {
			event = take_content(split, data, len);
			if (event != LEGACY_SPLIT_MORE)
				return event;
			continue;
		}
		effect = take_byte(split, **data);
		if (effect == FAILS)
			return LEGACY_SPLIT_BAD;
		(*data)++;
		(*len)--;
		if (effect != GO_ON)
			return effect == REPLY_ENDS ? LEGACY_SPLIT_END : LEGACY_SPLIT_ELEMENT;
	}
	return LEGACY_SPLIT_MORE;
}
