/* hex: bytes as hexadecimal digits, in lower case, and back. */
#ifndef KABAR_HEX_H
#define KABAR_HEX_H

#include <stddef.h>

#define HEX_DIGITS "0123456789abcdef"

/* Writes two digits for each byte and a NUL: `text` has room for 2 * len + 1. */
void hex_write(const void *data, size_t len, char *text);

/* Reads len lower-case digits. Returns the number of bytes, or -1: other text, or no room. */
int hex_read(const char *text, size_t len, void *data, size_t size);

/* The value of a digit in any case, or -1. */
int hex_digit(char);

#endif
