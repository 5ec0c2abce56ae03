/* code: base32 in the alphabet of Douglas Crockford, which has no i, l, o and u. */
#include "base/code.h"

#include <bsd/stdlib.h>
#include <sha2.h>
#include <string.h>

#define GROUP 4

static const char alphabet[] = "0123456789abcdefghjkmnpqrstvwxyz";
static const char domain[] = "kabar invitation"; /* no hash of a code is one of something else */

void
code_make(char text[CODE_TEXT_LEN + 1])
{
	unsigned char random[CODE_LETTERS];
	size_t at = 0;

	arc4random_buf(random, sizeof(random));
	for (size_t i = 0; i < CODE_LETTERS; i++) {
		if (i > 0 && i % GROUP == 0)
			text[at++] = '-';
		text[at++] = alphabet[random[i] % (sizeof(alphabet) - 1)];
	}
	text[at] = '\0';
	explicit_bzero(random, sizeof(random));
}

/* The letter for which a character stands; '\0': none. */
static char
fold_letter(char c)
{
	if (c >= 'A' && c <= 'Z')
		c = (char)(c - 'A' + 'a');
	if (c == 'o')
		return '0';
	if (c == 'i' || c == 'l')
		return '1';
	return c != '\0' && strchr(alphabet, c) != NULL ? c : '\0';
}

bool
code_read(const char *s, size_t len, char letters[CODE_LETTERS + 1])
{
	size_t n = 0;
	bool good = true;

	for (size_t i = 0; i < len && good; i++) {
		char letter;

		if (s[i] == '-' || s[i] == ' ')
			continue;
		letter = fold_letter(s[i]);
		good = letter != '\0' && n < CODE_LETTERS;
		if (good)
			letters[n++] = letter;
	}
	good = good && n == CODE_LETTERS;
	letters[good ? n : 0] = '\0';
	return good;
}

void
code_hash(const char letters[CODE_LETTERS], unsigned char hash[CODE_HASH_LEN])
{
	SHA2_CTX context;

	SHA256Init(&context);
	SHA256Update(&context, (const unsigned char *)domain, sizeof(domain));
	SHA256Update(&context, (const unsigned char *)letters, CODE_LETTERS);
	SHA256Final(hash, &context);
	explicit_bzero(&context, sizeof(context));
}
