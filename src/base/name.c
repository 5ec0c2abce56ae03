/*
 * The names of users, groups and realms: which bytes they may hold, which are reserved, and the
 * key by which two of them are the same. Who bears a name is the store's business.
 */
#include "base/name.h"

#include <string.h>

#include "base/token.h"

static const char name_of_daemon[] = NAME_SERVER;

/* <ctype.h> heeds the locale; names do not. */
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

size_t
name_fold(const char *s, size_t len, char *out)
{
	if (len > NAME_MAX_BYTES)
		len = NAME_MAX_BYTES;
	for (size_t i = 0; i < len; i++)
		out[i] = s[i] >= 'A' && s[i] <= 'Z' ? (char)(s[i] - 'A' + 'a') : s[i];
	return len;
}
