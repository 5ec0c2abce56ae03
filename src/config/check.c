/* config_check: what the texts of settings must look like. */
#include "config/check.h"

#include <arpa/inet.h>
#include <stdbool.h>
#include <string.h>

#include "base/hex.h"
#include "base/name.h"
#include "config/config.h"
#include "net/address_list.h"

#define DIGITS             "0123456789"
#define LETTERS            "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
#define FINGERPRINT_PREFIX "SHA256:"
#define FINGERPRINT_DIGITS 64

const char *
config_check_name(const char *s)
{
	if (name_valid(s, strlen(s)))
		return NULL;
	return "must consist of letters, digits, dots, dashes and underscores, "
	       "and not begin with a dot or a dash";
}

const char *
config_check_worker(const char *s)
{
	return *s == '\0' ? NULL : config_check_name(s);
}

const char *
config_check_path(const char *s)
{
	return *s == '/' ? NULL : "must be an absolute path";
}

const char *
config_check_address(const char *s)
{
	struct in6_addr address;
	bool good;

	if (strchr(s, ':') != NULL)
		good = inet_pton(AF_INET6, s, &address) == 1;
	else if (s[strspn(s, DIGITS ".")] == '\0')
		good = inet_pton(AF_INET, s, &address) == 1;
	else
		good = s[strspn(s, DIGITS LETTERS "-._")] == '\0';
	return good ? NULL : "must be an IPv4 or IPv6 address or a host name";
}

const char *
config_check_listen_address(const char *s)
{
	return strcmp(s, CONFIG_EVERYWHERE) == 0 ? NULL : config_check_address(s);
}

const char *
config_check_addresses(const char *s)
{
	return address_list_valid(s) ? NULL
	                             : "must be addresses, or networks as ADDRESS/BITS, "
	                               "with commas between them";
}

const char *
config_check_prefix(const char *s)
{
	size_t len = strlen(s);

	if (len == 0 ||
	    (s[0] == '/' && s[len - 1] != '/' && s[strspn(s, DIGITS LETTERS "-._~/")] == '\0' &&
	        strstr(s, "//") == NULL && strstr(s, "/.") == NULL))
		return NULL;
	return "must begin with a slash and not end with one, and consist of letters, digits, "
	       "dots, dashes, underscores and slashes";
}

const char *
config_check_fingerprint(const char *s)
{
	const size_t prefix = sizeof(FINGERPRINT_PREFIX) - 1;

	if (strncmp(s, FINGERPRINT_PREFIX, prefix) == 0 &&
	    strspn(s + prefix, HEX_DIGITS) == FINGERPRINT_DIGITS &&
	    s[prefix + FINGERPRINT_DIGITS] == '\0')
		return NULL;
	return "must be SHA256: and 64 lower-case hexadecimal digits";
}
