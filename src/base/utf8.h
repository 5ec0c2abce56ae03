/*
 * Whether bytes are UTF-8. Refusing those that are not is left to the dialects.
 */
#ifndef KABAR_UTF8_H
#define KABAR_UTF8_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Whether s is well-formed UTF-8 (no overlong forms, surrogates or cut sequences). NUL bytes
 * are characters like any other, and no bytes at all are valid.
 */
bool utf8_valid(const char *s, size_t len);
/*
 * Whether it is that, and has nothing that a terminal or a reader would not see as a character:
 * control and format characters, such as those that turn the direction, and ends of lines.
 */
bool utf8_printable(const char *s, size_t len);

/* A text that comes in pieces, cut anywhere. All zero: nothing has come yet. */
struct utf8_stream {
	char cut[4]; /* the bytes of a character that is not complete */
	size_t n_cut;
};

/* Whether the text may still become UTF-8 with these bytes. False stays false. */
bool utf8_stream_add(struct utf8_stream *, const char *s, size_t len);
/* Whether the text may end here. */
bool utf8_stream_ends(const struct utf8_stream *);

#endif
