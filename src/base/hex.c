/* hex: bytes as hexadecimal digits. No locale has a say in it. */
#include "base/hex.h"

#include <limits.h>

void
hex_write(const void *data, size_t len, char *text)
{
	const unsigned char *bytes = data;

	for (size_t i = 0; i < len; i++) {
		*text++ = HEX_DIGITS[bytes[i] >> 4];
		*text++ = HEX_DIGITS[bytes[i] & 0x0f];
	}
	*text = '\0';
}

int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

int
hex_read(const char *text, size_t len, void *data, size_t size)
{
	unsigned char *bytes = data;

	if (len % 2 != 0 || len / 2 > size || len / 2 > INT_MAX)
		return -1;
	for (size_t i = 0; i < len; i++) {
		int digit = hex_digit(text[i]);

		if (digit < 0 || (text[i] >= 'A' && text[i] <= 'F'))
			return -1;
		bytes[i / 2] = (unsigned char)(i % 2 == 0 ? digit << 4 : bytes[i / 2] | digit);
	}
	return (int)(len / 2);
}
