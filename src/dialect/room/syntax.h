/*
 * dialect_room_syntax: the request syntax of the room dialect: keys and values in braces, which
 * people and programs write in many ways. A pure function of the bytes: nothing is allocated or
 * copied. The meaning of the pairs, and whether they are UTF-8, is left to others.
 */
#ifndef KABAR_DIALECT_ROOM_SYNTAX_H
#define KABAR_DIALECT_ROOM_SYNTAX_H

#include <stdbool.h>
#include <stddef.h>

#define ROOM_SYNTAX_DEPTH_MAX 4  /* objects within each other, the outermost counted */
#define ROOM_SYNTAX_PAIRS_MAX 64 /* in all of them together */
#define ROOM_SYNTAX_KEY_MAX   64 /* bytes */

/*
 * The syntax of an object:
 *
 *   { KEY = VALUE , KEY : VALUE ... }
 *
 * Spaces may stand anywhere. Pairs are divided by commas or spaces; too many commas do no harm.
 * A quotation mark is " or one of U+201C to U+201F, and the two around a key need not be alike.
 *
 * A key stands in quotation marks, or lacks one of them, or both. JSON's keys are read as JSON
 * has them.
 *
 * A value is
 *   - in quotation marks, up to the next one of its kind (straight or typographic) after which a
 *     pair can end; only if there is none, up to one of the other kind. So a text may hold
 *     quotation marks. Between straight ones a backslash works as in JSON: dialect_room_decode().
 *   - an object, or a list as in JSON; both are handed out as they stand.
 *   - anything else: bare, without the spaces around it. It may hold spaces, commas and braces;
 *     it ends at
 *       - the closing brace of its object: one after which that can be over (of the outermost
 *         one: at the end of the bytes);
 *       - commas (and spaces) before a key in two quotation marks, or before one of `names`;
 *       - spaces before one of `names`.
 *     So an unknown bare word with a = or : behind it belongs to the value: `CONTENT=jam: 10`.
 *
 * Whatever is JSON, and within the bounds above, reads as JSON does, if no key of it holds a = or
 * an escape.
 */
enum room_syntax_result {
	ROOM_SYNTAX_PAIR,
	ROOM_SYNTAX_END,      /* there are no more */
	ROOM_SYNTAX_NO_BRACE, /* does not begin with { */
	ROOM_SYNTAX_UNCLOSED, /* does not end with the } of its { */
	ROOM_SYNTAX_NO_KEY,   /* something stands where a key and a = or : should be */
	ROOM_SYNTAX_TOO_DEEP,
	ROOM_SYNTAX_TOO_MANY,
	ROOM_SYNTAX_RESULTS /* how many there are */
};

enum room_kind {
	ROOM_SYNTAX_TEXT,
	ROOM_SYNTAX_OBJECT, /* with its braces: dialect_room_syntax_enter() */
	ROOM_SYNTAX_LIST    /* with its brackets; what is in it is not looked at */
};

/* A pair; key and value lie in the bytes that are read. */
struct room_pair {
	const char *key;
	size_t key_len;
	const char *value;
	size_t value_len;
	enum room_kind kind;
	bool escaped; /* value holds backslashes that mean something: dialect_room_decode() */
};

/* The members are syntax.c's own. */
struct room_reader {
	const char *at;
	const char *end;
	const char *const *names;
	unsigned int depth;
	unsigned int pairs;
	enum room_syntax_result over; /* the last result; ROOM_SYNTAX_PAIR: there may be more */
};

/*
 * Begins to read `len` bytes, which may hold NUL bytes. names, ended by NULL, are the keys that
 * end a bare value, in any case of ASCII; NULL: every word does. Bytes and names must outlive the
 * reading.
 */
void dialect_room_syntax_init(struct room_reader *, const char *data, size_t len,
    const char *const *names);

/*
 * Begins to read the object that is the value of outer's pair; its end comes without an error. How
 * it is read depends on what follows it, so the slice alone would not do.
 */
void dialect_room_syntax_enter(struct room_reader *, const struct room_reader *outer,
    const struct room_pair *);

/*
 * The next pair: ROOM_SYNTAX_PAIR; else ROOM_SYNTAX_END or what is wrong, then and at each later
 * call.
 */
enum room_syntax_result dialect_room_syntax_next(struct room_reader *, struct room_pair *);

/* Whether this is the pair's key, in any case of ASCII. */
bool dialect_room_syntax_key_is(const struct room_pair *, const char *name);

/*
 * Writes the value to out, its escapes decoded, and its length to len; it is never longer than
 * value_len. No NUL is added. An escape that JSON does not know stands for itself. Returns 0; -1
 * when it does not fit, or when half of a surrogate pair stands alone.
 */
int dialect_room_decode(const struct room_pair *, char *out, size_t size, size_t *len);

#endif
