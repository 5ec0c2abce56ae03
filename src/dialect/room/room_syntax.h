/*
 * dict: reads the dictionaries of the room dialect, which people and programs write in many
 * ways. A pure function of the bytes: nothing is allocated or copied. What the pairs mean, and
 * whether they are UTF-8, is left to others.
 */
#ifndef DIALECT_ROOM_SYNTAX_H
#define DIALECT_ROOM_SYNTAX_H

#include <stdbool.h>
#include <stddef.h>

#define DIALECT_ROOM_SYNTAX_DEPTH_MAX 4  /* dictionaries in each other, the outermost counted */
#define DIALECT_ROOM_SYNTAX_PAIRS_MAX 64 /* in all of them together */
#define DIALECT_ROOM_SYNTAX_KEY_MAX   64 /* bytes */

/*
 * What is read:
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
 *     quotation marks. Between straight ones a backslash works as in JSON; see
 * dialect_room_decode().
 *   - a dictionary, or a list as in JSON; both are handed out as they stand.
 *   - anything else: bare, without the spaces around it. It may hold spaces, commas and braces;
 *     it ends at
 *       - the closing brace of its dictionary: one after which that can be over (of the outermost
 *         one: at the end of the bytes);
 *       - commas (and spaces) before a key in two quotation marks, or before one of `names`;
 *       - spaces before one of `names`.
 *     So an unknown bare word with a = or : behind it belongs to the value: `CONTENT=jam: 10`.
 *
 * Whatever is JSON, and within the bounds above, reads as JSON does, if no key of it holds a = or
 * an escape.
 */
enum dialect_room_syntax_result {
	DIALECT_ROOM_SYNTAX_PAIR,
	DIALECT_ROOM_SYNTAX_END,      /* there are no more */
	DIALECT_ROOM_SYNTAX_NO_BRACE, /* does not begin with { */
	DIALECT_ROOM_SYNTAX_UNCLOSED, /* does not end with the } of its { */
	DIALECT_ROOM_SYNTAX_NO_KEY,   /* something stands where a key and a = or : should be */
	DIALECT_ROOM_SYNTAX_TOO_DEEP,
	DIALECT_ROOM_SYNTAX_TOO_MANY,
	DIALECT_ROOM_SYNTAX_RESULTS /* how many there are */
};

enum dialect_room_syntax_kind {
	DIALECT_ROOM_SYNTAX_TEXT,
	DIALECT_ROOM_SYNTAX_DICT, /* value is the dictionary with its braces:
	                             dialect_room_syntax_enter() */
	DIALECT_ROOM_SYNTAX_LIST  /* with its brackets; what is in it is not looked at */
};

/* A pair; key and value lie in the bytes that are read. */
struct dialect_room_syntax_pair {
	const char *key;
	size_t key_len;
	const char *value;
	size_t value_len;
	enum dialect_room_syntax_kind kind;
	bool escaped; /* value holds backslashes that mean something: dialect_room_decode() */
};

/* The fields are dict.c's own. */
struct dialect_room_syntax {
	const char *at;
	const char *end;
	const char *const *names;
	unsigned int depth;
	unsigned int pairs;
	enum dialect_room_syntax_result
	    over; /* what is said from here on; DIALECT_ROOM_SYNTAX_PAIR: not over yet */
};

/*
 * Begins to read `len` bytes, which may hold NUL bytes. names, ended by NULL, are the keys that
 * end a bare value, in any case of ASCII; NULL: every word does. Bytes and names must outlive the
 * reading.
 */
void dialect_room_syntax_init(struct dialect_room_syntax *, const char *data, size_t len,
    const char *const *names);

/*
 * Begins to read the dictionary that is the value of outer's pair; of such a pair the end comes
 * without an error. What stands after it belongs to how it is read, so the slice alone would not
 * do.
 */
void dialect_room_syntax_enter(struct dialect_room_syntax *,
    const struct dialect_room_syntax *outer, const struct dialect_room_syntax_pair *);

/* The next pair: DIALECT_ROOM_SYNTAX_PAIR, DIALECT_ROOM_SYNTAX_END, or what is wrong, which is then
 * said again and again. */
enum dialect_room_syntax_result dialect_room_syntax_next(struct dialect_room_syntax *,
    struct dialect_room_syntax_pair *);

/* Whether this is the pair's key, in any case of ASCII. */
bool dialect_room_syntax_key_is(const struct dialect_room_syntax_pair *, const char *name);

/*
 * Writes the value to out, its escapes decoded, and its length to len; it is never longer than
 * value_len. No NUL is added. An escape that JSON does not know stands for itself. Returns 0; -1
 * when it does not fit, or when half of a surrogate pair stands alone.
 */
int dialect_room_decode(const struct dialect_room_syntax_pair *, char *out, size_t size,
    size_t *len);

#endif
