/*
 * dialect_room_decode: decodes the JSON escapes (RFC 8259, section 7) of a value between straight
 * quotation marks. Where values begin and end is left to dialect_room_syntax.
 */
#include "base/hex.h"
#include "dialect/room/syntax.h"

#include <stdint.h>
#include <string.h>

#define ESCAPE_LEN     6 /* \uXXXX */
#define UTF8_MAX       4
#define SURROGATE_HIGH 0xd800U
#define SURROGATE_LOW  0xdc00U
#define SURROGATE_END  0xe000U
#define BEYOND_THE_BMP 0x10000U
#define LONE_SURROGATE UINT32_MAX
#define NOT_AN_ESCAPE  (UINT32_MAX - 1)

/* The number of the \uXXXX that stands here; NOT_AN_ESCAPE when there is none. */
static uint32_t
unit_at(const char *at, const char *end)
{
	uint32_t unit = 0;

	if (end - at < ESCAPE_LEN || at[0] != '\\' || at[1] != 'u')
		return NOT_AN_ESCAPE;
	for (int i = 2; i < ESCAPE_LEN; i++) {
		int digit = hex_digit(at[i]);

		if (digit < 0)
			return NOT_AN_ESCAPE;
		unit = unit << 4 | (uint32_t)digit;
	}
	return unit;
}

/* The character that the escape here stands for, and the escape's bytes. */
static uint32_t
escape_at(const char *at, const char *end, size_t *len)
{
	static const char letters[] = "\"\\/bfnrt", meanings[] = "\"\\/\b\f\n\r\t";
	const char *letter = end - at < 2 || at[1] == '\0' ? NULL : strchr(letters, at[1]);
	uint32_t unit, low;

	*len = 2;
	if (letter != NULL)
		return (unsigned char)meanings[letter - letters];
	unit = unit_at(at, end);
	*len = ESCAPE_LEN;
	if (unit == NOT_AN_ESCAPE || unit < SURROGATE_HIGH || unit >= SURROGATE_END)
		return unit;
	low = unit_at(at + ESCAPE_LEN, end);
	if (unit >= SURROGATE_LOW || low < SURROGATE_LOW || low >= SURROGATE_END)
		return LONE_SURROGATE;
	*len = 2 * ESCAPE_LEN;
	return BEYOND_THE_BMP + ((unit - SURROGATE_HIGH) << 10) + (low - SURROGATE_LOW);
}

static size_t
utf8_write(char out[UTF8_MAX], uint32_t c)
{
	size_t len = c < 0x80 ? 1 : c < 0x800 ? 2 : c < BEYOND_THE_BMP ? 3 : 4;
	static const unsigned char lead[UTF8_MAX + 1] = { 0, 0, 0xc0, 0xe0, 0xf0 };

	for (size_t i = len; i-- > 1; c >>= 6)
		out[i] = (char)(0x80 | (c & 0x3f));
	out[0] = (char)(lead[len] | c);
	return len;
}

int
dialect_room_decode(const struct room_pair *pair, char *out, size_t size, size_t *len)
{
	const char *at = pair->value, *end = at + pair->value_len;

	*len = 0;
	while (at < end) {
		char bytes[UTF8_MAX] = { *at };
		size_t taken = 1, made = 1;
		uint32_t c = NOT_AN_ESCAPE;

		if (pair->escaped && *at == '\\')
			c = escape_at(at, end, &taken);
		if (c == LONE_SURROGATE)
			return -1;
		if (c == NOT_AN_ESCAPE)
			taken = 1;
		else
			made = utf8_write(bytes, c);
		if (made > size - *len)
			return -1;
		memcpy(out + *len, bytes, made);
		*len += made;
		at += taken;
	}
	return 0;
}
