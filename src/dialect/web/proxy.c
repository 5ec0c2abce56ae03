/* dialect_web_proxy: X-Forwarded-For, from its end. */
#include "dialect/web/proxy.h"

#include <netinet/in.h>

#include <stdbool.h>
#include <string.h>

#include "net/address.h"
#include "net/address_list.h"

#define PORT_DIGITS 5

struct text {
	const char *data;
	size_t len;
};

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* Cuts the last item off, without the blanks around it. */
static struct text
cut_last(struct text *list, bool *more)
{
	size_t at = list->len, end = list->len;

	while (at > 0 && list->data[at - 1] != ',')
		at--;
	*more = at > 0;
	list->len = at > 0 ? at - 1 : 0;
	while (end > at && is_blank(list->data[end - 1]))
		end--;
	while (at < end && is_blank(list->data[at]))
		at++;
	return (struct text){ .data = list->data + at, .len = end - at };
}

/* ":" and digits, or nothing. */
static bool
is_port(const char *text, size_t len)
{
	if (len == 0)
		return true;
	if (len < 2 || len > 1 + PORT_DIGITS || text[0] != ':')
		return false;
	for (size_t i = 1; i < len; i++)
		if (text[i] < '0' || text[i] > '9')
			return false;
	return true;
}

static bool
parse_item(struct text item, struct sockaddr_in6 *address)
{
	const char *end = item.data + item.len, *close;

	if (item.len == 0)
		return false;
	if (item.data[0] == '[') {
		close = memchr(item.data, ']', item.len);
		return close != NULL &&
		    memchr(item.data, ':', (size_t)(close - item.data)) != NULL &&
		    is_port(close + 1, (size_t)(end - close - 1)) &&
		    address_parse(item.data + 1, (size_t)(close - item.data - 1), address);
	}
	close = memchr(item.data, ':', item.len);
	if (close != NULL && memchr(item.data, '.', (size_t)(close - item.data)) != NULL)
		return is_port(close, (size_t)(end - close)) &&
		    address_parse(item.data, (size_t)(close - item.data), address);
	return address_parse(item.data, item.len, address);
}

enum dialect_web_proxy
dialect_web_proxy_find(const char *trusted, const char *value, size_t len,
    struct sockaddr_in6 *client)
{
	struct text list = { .data = value, .len = len };
	bool more = true;

	while (more) {
		if (!parse_item(cut_last(&list, &more), client))
			return DIALECT_WEB_PROXY_BAD;
		if (!address_list_has(trusted, (const struct sockaddr *)client))
			return DIALECT_WEB_PROXY_FOUND;
	}
	return DIALECT_WEB_PROXY_ALL;
}
