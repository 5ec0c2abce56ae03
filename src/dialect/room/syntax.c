/*
 * dialect_room_syntax: the request syntax of the room dialect. Each decision looks ahead by one key
 * at most, whose length is bounded, so that the time grows with the bytes and the pairs only.
 */
#include "dialect/room/syntax.h"

#include <string.h>
#include <strings.h>

enum quote {
	QUOTE_NONE,
	QUOTE_STRAIGHT = 1,
	QUOTE_CURLY = 2,
	QUOTE_ANY = QUOTE_STRAIGHT | QUOTE_CURLY
};

struct key {
	const char *name;
	size_t len;
	bool quoted;       /* on both sides */
	const char *value; /* behind the = or : */
};

static bool
is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool
is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	    c == '_';
}

static const char *
skip_spaces(const char *at, const char *end)
{
	while (at < end && is_space(*at))
		at++;
	return at;
}

/* The quotation mark that stands here, and its bytes: 0 when there is none. */
static enum quote
quote_at(const char *at, const char *end, size_t *len)
{
	*len = 0;
	if (at < end && *at == '"') {
		*len = 1;
		return QUOTE_STRAIGHT;
	}
	/* U+201C to U+201F */
	if (end - at >= 3 && memcmp(at, "\xe2\x80", 2) == 0 && (unsigned char)at[2] >= 0x9c &&
	    (unsigned char)at[2] <= 0x9f) {
		*len = 3;
		return QUOTE_CURLY;
	}
	return QUOTE_NONE;
}

static void
trim(const char **at, size_t *len)
{
	while (*len > 0 && is_space((*at)[*len - 1]))
		--*len;
	while (*len > 0 && is_space(**at)) {
		++*at;
		--*len;
	}
}

/* A key of JSON, behind its first quotation mark; it may hold anything but a =. */
static bool
json_key_at(const char *at, const char *end, struct key *key)
{
	const char *close = at;

	while (close < end && close - at <= ROOM_SYNTAX_KEY_MAX && *close != '"' && *close != '=')
		close += *close == '\\' && end - close > 1 ? 2 : 1;
	if (close >= end || *close != '"' || close - at > ROOM_SYNTAX_KEY_MAX)
		return false;
	const char *joint = skip_spaces(close + 1, end);
	if (joint == end || *joint != ':')
		return false;
	*key = (struct key){ .name = at, .len = (size_t)(close - at), .quoted = true };
	key->value = joint + 1;
	return true;
}

static bool
is_key_byte(char c, bool opened)
{
	if (is_space(c))
		return opened; /* spaces just inside of the quotation marks */
	return strchr("=:,{}[]", c) == NULL && (unsigned char)c > ' ' && c != 0x7f;
}

/* Whether a key and what joins it to its value stand here. */
static bool
key_at(const char *at, const char *end, struct key *key)
{
	size_t open, close;
	enum quote quote = quote_at(at, end, &open);
	bool two_words = false;

	at += open;
	if (quote == QUOTE_STRAIGHT && json_key_at(at, end, key))
		return true;
	*key = (struct key){ .name = at };
	while (at < end && is_key_byte(*at, open > 0) && !quote_at(at, end, &close) &&
	    at - key->name <= ROOM_SYNTAX_KEY_MAX)
		at++;
	key->len = (size_t)(at - key->name);
	quote_at(at, end, &close);
	trim(&key->name, &key->len);
	for (size_t i = 0; i < key->len; i++)
		two_words |= is_space(key->name[i]);
	key->quoted = open > 0 && close > 0;
	at = skip_spaces(at + close, end);
	if (key->len == 0 || key->len > ROOM_SYNTAX_KEY_MAX || (two_words && !key->quoted) ||
	    at == end || (*at != '=' && *at != ':'))
		return false;
	key->value = at + 1;
	return true;
}

/* Whether a bare value may end at this key. */
static bool
is_known(const struct room_reader *reader, const struct key *key)
{
	if (reader->names == NULL)
		return true;
	for (size_t i = 0; reader->names[i] != NULL; i++)
		if (strlen(reader->names[i]) == key->len &&
		    strncasecmp(reader->names[i], key->name, key->len) == 0)
			return true;
	return false;
}

/* Whether the brace that closes the object stands here. */
static bool
closes(const struct room_reader *reader, const char *at)
{
	struct key key;

	if (at == reader->end || *at != '}')
		return false;
	at = skip_spaces(at + 1, reader->end);
	if (at == reader->end)
		return true;
	return reader->depth > 0 && (*at == ',' || *at == '}' || key_at(at, reader->end, &key));
}

/* Whether a value can have ended here; what is not bare says by itself that it has. */
static bool
pair_ends(const struct room_reader *reader, const char *at, bool bare)
{
	struct key key;
	bool comma = false;

	while (at < reader->end && (is_space(*at) || *at == ','))
		comma |= *at++ == ',';
	if (at == reader->end)
		return !bare;
	if (closes(reader, at))
		return true;
	if (!key_at(at, reader->end, &key))
		return false;
	return !bare || (comma && key.quoted) || is_known(reader, &key);
}

/* Whether the quotation mark here is not the end of a value, but the first of the next key. */
static bool
opens_key(const struct room_reader *reader, const char *at, size_t len)
{
	struct key key;

	return (is_space(at[-1]) || at[-1] == ',') && reader->end - at > (ptrdiff_t)len &&
	    is_word(at[len]) && key_at(at, reader->end, &key);
}

/* The quotation mark of one of these kinds that ends the value from here; NULL: none does. */
static const char *
closing_quote(const struct room_reader *reader, const char *from, bool escapes, unsigned int kinds,
    size_t *len)
{
	const char *at = from;

	while (at < reader->end) {
		enum quote quote = quote_at(at, reader->end, len);

		if (quote == QUOTE_NONE) {
			at += escapes && *at == '\\' && reader->end - at > 1 ? 2 : 1;
			continue;
		}
		/* In a text of JSON a typographic one is a character like any other. */
		if (((quote & kinds) || !escapes) && at > from && opens_key(reader, at, *len))
			return NULL;
		if ((quote & kinds) && pair_ends(reader, at + *len, false))
			return at;
		at += *len;
	}
	return NULL;
}

/* True when the value is in quotation marks; the reader is then behind it. */
static bool
take_quoted(struct room_reader *reader, const char *at, struct room_pair *pair)
{
	size_t open, close;
	enum quote quote = quote_at(at, reader->end, &open);
	bool escapes = quote == QUOTE_STRAIGHT;
	const char *stop;

	if (quote == QUOTE_NONE)
		return false;
	at += open;
	stop = closing_quote(reader, at, escapes, quote, &close);
	if (stop == NULL)
		stop = closing_quote(reader, at, escapes, QUOTE_ANY, &close);
	if (stop == NULL)
		return false;
	pair->value = at;
	pair->value_len = (size_t)(stop - at);
	pair->escaped = escapes && memchr(at, '\\', pair->value_len) != NULL;
	reader->at = stop + close;
	return true;
}

/* True when the value is a list. */
static bool
take_list(struct room_reader *reader, const char *from, struct room_pair *pair)
{
	const char *at = from;
	size_t open = 0;
	bool in_string = false;

	do {
		if (at == reader->end)
			return false;
		if (in_string && *at == '\\' && reader->end - at > 1)
			at++;
		else if (*at == '"')
			in_string = !in_string;
		else if (!in_string && *at == '[')
			open++;
		else if (!in_string && *at == ']')
			open--;
		at++;
	} while (open > 0);
	if (!pair_ends(reader, at, false))
		return false;
	pair->kind = ROOM_SYNTAX_LIST;
	pair->value = from;
	pair->value_len = (size_t)(at - from);
	reader->at = at;
	return true;
}

static enum room_syntax_result next_pair(struct room_reader *, struct room_pair *);

/* ROOM_SYNTAX_PAIR: the value is an object; ROOM_SYNTAX_NO_BRACE: it must be something else. */
static enum room_syntax_result
take_object(struct room_reader *reader, const char *from, struct room_pair *pair)
{
	struct room_reader inner = *reader;
	struct room_pair ignored;
	enum room_syntax_result result;

	if (++inner.depth == ROOM_SYNTAX_DEPTH_MAX)
		return ROOM_SYNTAX_TOO_DEEP;
	inner.at = from + 1;
	do {
		result = next_pair(&inner, &ignored);
	} while (result == ROOM_SYNTAX_PAIR);
	reader->pairs = inner.pairs; /* also of what was in vain: it bounds the time, too */
	if (result == ROOM_SYNTAX_TOO_DEEP || result == ROOM_SYNTAX_TOO_MANY)
		return result;
	if (result != ROOM_SYNTAX_END || !pair_ends(reader, inner.at, false))
		return ROOM_SYNTAX_NO_BRACE;
	pair->kind = ROOM_SYNTAX_OBJECT;
	pair->value = from;
	pair->value_len = (size_t)(inner.at - from);
	reader->at = inner.at;
	return ROOM_SYNTAX_PAIR;
}

static enum room_syntax_result
take_bare(struct room_reader *reader, const char *from, struct room_pair *pair)
{
	const char *at = from;

	while (at < reader->end) {
		if (closes(reader, at))
			break;
		if (!is_space(*at) && *at != ',') {
			at++;
			continue;
		}
		if (pair_ends(reader, at, true))
			break;
		while (at < reader->end && (is_space(*at) || *at == ','))
			at++;
	}
	if (at == reader->end)
		return ROOM_SYNTAX_UNCLOSED;
	pair->value = from;
	pair->value_len = (size_t)(at - from);
	trim(&pair->value, &pair->value_len);
	reader->at = at;
	return ROOM_SYNTAX_PAIR;
}

static enum room_syntax_result
take_value(struct room_reader *reader, const char *from, struct room_pair *pair)
{
	const char *at = skip_spaces(from, reader->end);
	enum room_syntax_result result;

	if (take_quoted(reader, at, pair))
		return ROOM_SYNTAX_PAIR;
	if (at < reader->end && *at == '[' && take_list(reader, at, pair))
		return ROOM_SYNTAX_PAIR;
	if (at < reader->end && *at == '{') {
		result = take_object(reader, at, pair);
		if (result != ROOM_SYNTAX_NO_BRACE)
			return result;
	}
	return take_bare(reader, from, pair);
}

static enum room_syntax_result
next_pair(struct room_reader *reader, struct room_pair *pair)
{
	struct key key;

	while (reader->at < reader->end && (is_space(*reader->at) || *reader->at == ','))
		reader->at++;
	if (reader->at == reader->end)
		return ROOM_SYNTAX_UNCLOSED;
	if (*reader->at == '}') {
		reader->at++;
		if (reader->depth == 0 && skip_spaces(reader->at, reader->end) != reader->end)
			return ROOM_SYNTAX_UNCLOSED;
		return ROOM_SYNTAX_END;
	}
	if (!key_at(reader->at, reader->end, &key))
		return ROOM_SYNTAX_NO_KEY;
	if (reader->pairs++ == ROOM_SYNTAX_PAIRS_MAX)
		return ROOM_SYNTAX_TOO_MANY;
	*pair = (struct room_pair){ .key = key.name, .key_len = key.len };
	return take_value(reader, key.value, pair);
}

void
dialect_room_syntax_init(struct room_reader *reader, const char *data, size_t len,
    const char *const *names)
{
	*reader = (struct room_reader){ .at = data, .end = data + len, .names = names };
	reader->at = skip_spaces(reader->at, reader->end);
	if (reader->at == reader->end || *reader->at != '{')
		reader->over = ROOM_SYNTAX_NO_BRACE;
	else
		reader->at++;
}

void
dialect_room_syntax_enter(struct room_reader *reader, const struct room_reader *outer,
    const struct room_pair *pair)
{
	*reader = *outer;
	reader->at = pair->value + 1;
	reader->depth++;
	reader->pairs = 0; /* these were counted when the value was found */
	reader->over = ROOM_SYNTAX_PAIR;
}

enum room_syntax_result
dialect_room_syntax_next(struct room_reader *reader, struct room_pair *pair)
{
	enum room_syntax_result result;

	if (reader->over != ROOM_SYNTAX_PAIR)
		return reader->over;
	result = next_pair(reader, pair);
	reader->over = result;
	return result;
}

bool
dialect_room_syntax_key_is(const struct room_pair *pair, const char *name)
{
	return strlen(name) == pair->key_len && strncasecmp(name, pair->key, pair->key_len) == 0;
}
