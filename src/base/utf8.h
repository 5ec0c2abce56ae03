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

#endif
