/* utf8: the first byte tells the length, and the least character that may need it. */
#include "base/utf8.h"

#define LAST_CHARACTER  0x10ffffU
#define FIRST_SURROGATE 0xd800U
#define LAST_SURROGATE  0xdfffU

static const struct form {
	unsigned char mask; /* of the first byte: the bits that tell the form */
	unsigned char lead; /* and their value */
	uint32_t least;
} forms[] = { { 0x80, 0x00, 0 }, { 0xe0, 0xc0, 0x80 }, { 0xf0, 0xe0, 0x800 },
	{ 0xf8, 0xf0, 0x10000 } };

#define FORMS (sizeof(forms) / sizeof(forms[0]))

size_t
utf8_decode(const char *s, size_t len, uint32_t *character)
{
	const unsigned char *bytes = (const unsigned char *)s;
	size_t n = 0;

	while (n < FORMS && (bytes[0] & forms[n].mask) != forms[n].lead)
		n++;
	if (n == FORMS || len <= n)
		return 0;
	uint32_t c = bytes[0] & (unsigned char)~forms[n].mask;
	for (size_t i = 1; i <= n; i++) {
		if ((bytes[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (bytes[i] & 0x3f);
	}
	if (c < forms[n].least || c > LAST_CHARACTER ||
	    (c >= FIRST_SURROGATE && c <= LAST_SURROGATE))
		return 0;
	*character = c;
	return n + 1;
}

bool
utf8_valid(const char *s, size_t len)
{
	uint32_t c;

	for (size_t i = 0, n; i < len; i += n) {
		n = (unsigned char)s[i] < 0x80 ? 1 : utf8_decode(s + i, len - i, &c);
		if (n == 0)
			return false;
	}
	return true;
}
