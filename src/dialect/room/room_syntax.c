/*
 * dict: reads the dictionaries of the room dialect. Each decision looks ahead by one key at
 * most, whose length is bounded, so that the time grows with the bytes and the pairs only.
 */
#include "dialect/room/room_syntax.h"

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

	while (close < end && close - at <= DIALECT_ROOM_SYNTAX_KEY_MAX && *close != '"' &&
	    *close != '=')
		close += *close == '\\' && end - close > 1 ? 2 : 1;
	if (close >= end || *close != '"' || close - at > DIALECT_ROOM_SYNTAX_KEY_MAX)
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
	    at - key->name <= DIALECT_ROOM_SYNTAX_KEY_MAX)
		at++;
	key->len = (size_t)(at - key->name);
	quote_at(at, end, &close);
	trim(&key->name, &key->len);
	for (size_t i = 0; i < key->len; i++)
		two_words |= is_space(key->name[i]);
	key->quoted = open > 0 && close > 0;
	at = skip_spaces(at + close, end);
	if (key->len == 0 || key->len > DIALECT_ROOM_SYNTAX_KEY_MAX ||
	    (two_words && !key->quoted) || at == end || (*at != '=' && *at != ':'))
		return false;
	key->value = at + 1;
	return true;
}

/* Whether a bare value may end at this key. */
static bool
is_known(const struct dialect_room_syntax *dict, const struct key *key)
{
	if (dict->names == NULL)
		return true;
	for (size_t i = 0; dict->names[i] != NULL; i++)
		if (strlen(dict->names[i]) == key->len &&
		    strncasecmp(dict->names[i], key->name, key->len) == 0)
			return true;
	return false;
}

/* Whether the brace that closes the dictionary stands here. */
static bool
closes(const struct dialect_room_syntax *dict, const char *at)
{
	struct key key;

	if (at == dict->end || *at != '}')
		return false;
	at = skip_spaces(at + 1, dict->end);
	if (at == dict->end)
		return true;
	return dict->depth > 0 && (*at == ',' || *at == '}' || key_at(at, dict->end, &key));
}

/* Whether a value can have ended here; what is not bare says by itself that it has. */
static bool
pair_ends(const struct dialect_room_syntax *dict, const char *at, bool bare)
{
	struct key key;
	bool comma = false;

	while (at < dict->end && (is_space(*at) || *at == ','))
		comma |= *at++ == ',';
	if (at == dict->end)
		return !bare;
	if (closes(dict, at))
		return true;
	if (!key_at(at, dict->end, &key))
		return false;
	return !bare || (comma && key.quoted) || is_known(dict, &key);
}

/* Whether the quotation mark here is not the end of a value, but the first of the next key. */
static bool
opens_key(const struct dialect_room_syntax *dict, const char *at, size_t len)
{
	struct key key;

	return (is_space(at[-1]) || at[-1] == ',') && dict->end - at > (ptrdiff_t)len &&
	    is_word(at[len]) && key_at(at, dict->end, &key);
}

/* The quotation mark of one of these kinds that ends the value from here; NULL: none does. */
static const char *
closing_quote(const struct dialect_room_syntax *dict, const char *from, bool escapes,
    unsigned int kinds, size_t *len)
{
	const char *at = from;

	while (at < dict->end) {
		enum quote quote = quote_at(at, dict->end, len);

		if (quote == QUOTE_NONE) {
			at += escapes && *at == '\\' && dict->end - at > 1 ? 2 : 1;
			continue;
		}
		/* In a text of JSON a typographic one is a character like any other. */
		if (((quote & kinds) || !escapes) && at > from && opens_key(dict, at, *len))
			return NULL;
		if ((quote & kinds) && pair_ends(dict, at + *len, false))
			return at;
		at += *len;
	}
	return NULL;
}

/* True when the value is in quotation marks; dict->at is then behind it. */
static bool
take_quoted(struct dialect_room_syntax *dict, const char *at, struct dialect_room_syntax_pair *pair)
{
	size_t open, close;
	enum quote quote = quote_at(at, dict->end, &open);
	bool escapes = quote == QUOTE_STRAIGHT;
	const char *stop;

	if (quote == QUOTE_NONE)
		return false;
	at += open;
	stop = closing_quote(dict, at, escapes, quote, &close);
	if (stop == NULL)
		stop = closing_quote(dict, at, escapes, QUOTE_ANY, &close);
	if (stop == NULL)
		return false;
	pair->value = at;
	pair->value_len = (size_t)(stop - at);
	pair->escaped = escapes && memchr(at, '\\', pair->value_len) != NULL;
	dict->at = stop + close;
	return true;
}

/* True when the value is a list. */
static bool
take_list(struct dialect_room_syntax *dict, const char *from, struct dialect_room_syntax_pair *pair)
{
	const char *at = from;
	size_t open = 0;
	bool in_string = false;

	do {
		if (at == dict->end)
			return false;
		if (in_string && *at == '\\' && dict->end - at > 1)
			at++;
		else if (*at == '"')
			in_string = !in_string;
		else if (!in_string && *at == '[')
			open++;
		else if (!in_string && *at == ']')
			open--;
		at++;
	} while (open > 0);
	if (!pair_ends(dict, at, false))
		return false;
	pair->kind = DIALECT_ROOM_SYNTAX_LIST;
	pair->value = from;
	pair->value_len = (size_t)(at - from);
	dict->at = at;
	return true;
}

static enum dialect_room_syntax_result next_pair(struct dialect_room_syntax *,
    struct dialect_room_syntax_pair *);

/* DIALECT_ROOM_SYNTAX_PAIR when the value is a dictionary, DIALECT_ROOM_SYNTAX_NO_BRACE when it has
 * to be something else. */
static enum dialect_room_syntax_result
take_dict(struct dialect_room_syntax *dict, const char *from, struct dialect_room_syntax_pair *pair)
{
	struct dialect_room_syntax inner = *dict;
	struct dialect_room_syntax_pair ignored;
	enum dialect_room_syntax_result result;

	if (++inner.depth == DIALECT_ROOM_SYNTAX_DEPTH_MAX)
		return DIALECT_ROOM_SYNTAX_TOO_DEEP;
	inner.at = from + 1;
	do {
		result = next_pair(&inner, &ignored);
	} while (result == DIALECT_ROOM_SYNTAX_PAIR);
	dict->pairs = inner.pairs; /* also of what was in vain: it bounds the time, too */
	if (result == DIALECT_ROOM_SYNTAX_TOO_DEEP || result == DIALECT_ROOM_SYNTAX_TOO_MANY)
		return result;
	if (result != DIALECT_ROOM_SYNTAX_END || !pair_ends(dict, inner.at, false))
		return DIALECT_ROOM_SYNTAX_NO_BRACE;
	pair->kind = DIALECT_ROOM_SYNTAX_DICT;
	pair->value = from;
	pair->value_len = (size_t)(inner.at - from);
	dict->at = inner.at;
	return DIALECT_ROOM_SYNTAX_PAIR;
}

static enum dialect_room_syntax_result
take_bare(struct dialect_room_syntax *dict, const char *from, struct dialect_room_syntax_pair *pair)
{
	const char *at = from;

	while (at < dict->end) {
		if (closes(dict, at))
			break;
		if (!is_space(*at) && *at != ',') {
			at++;
			continue;
		}
		if (pair_ends(dict, at, true))
			break;
		while (at < dict->end && (is_space(*at) || *at == ','))
			at++;
	}
	if (at == dict->end)
		return DIALECT_ROOM_SYNTAX_UNCLOSED;
	pair->value = from;
	pair->value_len = (size_t)(at - from);
	trim(&pair->value, &pair->value_len);
	dict->at = at;
	return DIALECT_ROOM_SYNTAX_PAIR;
}

static enum dialect_room_syntax_result
take_value(struct dialect_room_syntax *dict, const char *from,
    struct dialect_room_syntax_pair *pair)
{
	const char *at = skip_spaces(from, dict->end);
	enum dialect_room_syntax_result result;

	if (take_quoted(dict, at, pair))
		return DIALECT_ROOM_SYNTAX_PAIR;
	if (at < dict->end && *at == '[' && take_list(dict, at, pair))
		return DIALECT_ROOM_SYNTAX_PAIR;
	if (at < dict->end && *at == '{') {
		result = take_dict(dict, at, pair);
		if (result != DIALECT_ROOM_SYNTAX_NO_BRACE)
			return result;
	}
	return take_bare(dict, from, pair);
}

static enum dialect_room_syntax_result
next_pair(struct dialect_room_syntax *dict, struct dialect_room_syntax_pair *pair)
{
	struct key key;

	while (dict->at < dict->end && (is_space(*dict->at) || *dict->at == ','))
		dict->at++;
	if (dict->at == dict->end)
		return DIALECT_ROOM_SYNTAX_UNCLOSED;
	if (*dict->at == '}') {
		dict->at++;
		if (dict->depth == 0 && skip_spaces(dict->at, dict->end) != dict->end)
			return DIALECT_ROOM_SYNTAX_UNCLOSED;
		return DIALECT_ROOM_SYNTAX_END;
	}
	if (!key_at(dict->at, dict->end, &key))
		return DIALECT_ROOM_SYNTAX_NO_KEY;
	if (dict->pairs++ == DIALECT_ROOM_SYNTAX_PAIRS_MAX)
		return DIALECT_ROOM_SYNTAX_TOO_MANY;
	*pair = (struct dialect_room_syntax_pair){ .key = key.name, .key_len = key.len };
	return take_value(dict, key.value, pair);
}

void
dialect_room_syntax_init(struct dialect_room_syntax *dict, const char *data, size_t len,
    const char *const *names)
{
	*dict = (struct dialect_room_syntax){ .at = data, .end = data + len, .names = names };
	dict->at = skip_spaces(dict->at, dict->end);
	if (dict->at == dict->end || *dict->at != '{')
		dict->over = DIALECT_ROOM_SYNTAX_NO_BRACE;
	else
		dict->at++;
}

void
dialect_room_syntax_enter(struct dialect_room_syntax *dict, const struct dialect_room_syntax *outer,
    const struct dialect_room_syntax_pair *pair)
{
	*dict = *outer;
	dict->at = pair->value + 1;
	dict->depth++;
	dict->pairs = 0; /* these were counted when the value was found */
	dict->over = DIALECT_ROOM_SYNTAX_PAIR;
}

enum dialect_room_syntax_result
dialect_room_syntax_next(struct dialect_room_syntax *dict, struct dialect_room_syntax_pair *pair)
{
	enum dialect_room_syntax_result result;

	if (dict->over != DIALECT_ROOM_SYNTAX_PAIR)
		return dict->over;
	result = next_pair(dict, pair);
	dict->over = result;
	return result;
}

bool
dialect_room_syntax_key_is(const struct dialect_room_syntax_pair *pair, const char *name)
{
	return strlen(name) == pair->key_len && strncasecmp(name, pair->key, pair->key_len) == 0;
}
