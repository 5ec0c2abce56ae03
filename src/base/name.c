/* name: compares and judges bytes, whatever the locale. */
#include "base/name.h"

#include <string.h>

#include "base/token.h"

static const char name_of_daemon[] = NAME_SERVER;

static bool
is_name_byte(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	    c == '.' || c == '_' || c == '-';
}

bool
name_valid(const char *s, size_t len)
{
	if (len == 0 || len > NAME_MAX_BYTES)
		return false;
	if (s[0] == '.' || s[0] == '-')
		return false;
	for (size_t i = 0; i < len; i++) {
		if (!is_name_byte(s[i]))
			return false;
	}
	return true;
}

bool
name_reserved(const char *s, size_t len)
{
	char key[NAME_MAX_BYTES];

	if (token_looks(s, len))
		return true;
	if (len != sizeof(name_of_daemon) - 1)
		return false;
	name_fold(s, len, key);
	return memcmp(key, name_of_daemon, len) == 0;
}

/* <ctype.h> heeds the locale; names do not. */
static char
fold_byte(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

size_t
name_fold(const char *s, size_t len, char *out)
{
	if (len > NAME_MAX_BYTES)
		len = NAME_MAX_BYTES;
	for (size_t i = 0; i < len; i++)
		out[i] = fold_byte(s[i]);
	return len;
}

bool
name_same_n(const char *a, size_t a_len, const char *b, size_t b_len)
{
	size_t i = 0;

	while (i < a_len && i < b_len && fold_byte(a[i]) == fold_byte(b[i]))
		i++;
	return i == a_len && i == b_len;
}

bool
name_same(const char *a, const char *b)
{
	return name_same_n(a, strlen(a), b, strlen(b));
}

/* A star that did not suffice takes one more byte; only the last star can. */
bool
name_matches(const char *mask, const char *text)
{
	const char *star = NULL, *retry = NULL;

	while (*text != '\0') {
		if (*mask == '*') {
			star = mask++;
			retry = text;
		} else if (*mask == '?' || (*mask != '\0' && name_same_n(mask, 1, text, 1))) {
			mask++;
			text++;
		} else if (star != NULL) {
			mask = star + 1;
			text = ++retry;
		} else {
			return false;
		}
	}
	while (*mask == '*')
		mask++;
	return *mask == '\0';
}
