/*
 * utf8: UTF-8 (RFC 3629): whether bytes are, and which character they are. Refusing others is left
 * to the dialects. Every worker needs this little, so it takes no library.
 */
#ifndef KABAR_UTF8_H
#define KABAR_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Reads the first character of s, which has a byte at least. Returns its bytes, or 0: they are
 * malformed (an overlong form, a surrogate, beyond U+10FFFF) or cut off.
 */
size_t utf8_decode(const char *s, size_t len, uint32_t *character);

/*
 * Whether all of s is well-formed. NUL bytes are characters like any other, and no bytes at all are
 * valid.
 */
bool utf8_valid(const char *s, size_t len);

#endif
