/* token: UUIDs of version 4, and SHA-256. */
#include "base/token.h"

#include <bsd/stdlib.h>
#include <sha2.h>
#include <string.h>

#include "base/hex.h"

#define UUID_BYTES 16

/* Where RFC 4122 puts the version and the variant, as bytes of the UUID and of its text. */
#define VERSION_BYTE     6
#define VARIANT_BYTE     8
#define VERSION_POSITION 14
#define VARIANT_POSITION 19

static bool
is_dash_position(size_t i)
{
	return i == 8 || i == 13 || i == 18 || i == 23;
}

static char
lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

void
token_make(char text[TOKEN_TEXT_LEN + 1])
{
	unsigned char uuid[UUID_BYTES];
	size_t at = 0;

	arc4random_buf(uuid, sizeof(uuid));
	uuid[VERSION_BYTE] = (unsigned char)((uuid[VERSION_BYTE] & 0x0f) | 0x40);
	uuid[VARIANT_BYTE] = (unsigned char)((uuid[VARIANT_BYTE] & 0x3f) | 0x80);
	for (size_t i = 0; i < sizeof(uuid); i++) {
		if (is_dash_position(at))
			text[at++] = '-';
		hex_write(&uuid[i], 1, text + at);
		at += 2;
	}
	explicit_bzero(uuid, sizeof(uuid));
}

bool
token_looks(const char *s, size_t len)
{
	if (len != TOKEN_TEXT_LEN)
		return false;
	for (size_t i = 0; i < len; i++) {
		if (is_dash_position(i) ? s[i] != '-' : hex_digit(s[i]) < 0)
			return false;
	}
	if (s[VERSION_POSITION] != '4')
		return false;
	switch (lower(s[VARIANT_POSITION])) {
	case '8':
	case '9':
	case 'a':
	case 'b':
		return true;
	default:
		return false;
	}
}

bool
token_same(const char a[TOKEN_TEXT_LEN], const char b[TOKEN_TEXT_LEN])
{
	unsigned int difference = 0;

	for (size_t i = 0; i < TOKEN_TEXT_LEN; i++)
		difference |= (unsigned int)(unsigned char)(a[i] ^ b[i]);
	return difference == 0;
}

void
token_hash(const char text[TOKEN_TEXT_LEN], unsigned char hash[TOKEN_HASH_LEN])
{
	unsigned char folded[TOKEN_TEXT_LEN];
	SHA2_CTX context;

	for (size_t i = 0; i < sizeof(folded); i++)
		folded[i] = (unsigned char)lower(text[i]);
	SHA256Init(&context);
	SHA256Update(&context, folded, sizeof(folded));
	SHA256Final(hash, &context);
	explicit_bzero(folded, sizeof(folded));
	explicit_bzero(&context, sizeof(context));
}
