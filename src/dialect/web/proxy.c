/* dialect_web_proxy: X-Forwarded-For, from its end. */
#include "dialect/web/proxy.h"

#include <netinet/in.h>

#include <string.h>

#include "net/address.h"
#include "net/address_list.h"

#define PORT_DIGITS 5

/* Cuts the last item off, without the blanks around it. */
static struct chat_text
cut_last(struct chat_text *list, bool *more)
{
	struct chat_text item = *list;
	size_t at = list->len;

	while (at > 0 && list->data[at - 1] != ',')
		at--;
	*more = at > 0;
	list->len = at > 0 ? at - 1 : 0;
	item.data += at;
	item.len -= at;
	return chat_text_trim(item, DIALECT_WEB_REQUEST_WHITE);
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
parse_item(struct chat_text item, struct sockaddr_in6 *address)
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
	struct chat_text list = { .data = value, .len = len };
	bool more = true;

	while (more) {
		if (!parse_item(cut_last(&list, &more), client))
			return DIALECT_WEB_PROXY_BAD;
		if (!address_list_has(trusted, (const struct sockaddr *)client))
			return DIALECT_WEB_PROXY_FOUND;
	}
	return DIALECT_WEB_PROXY_ALL;
}

/* Later headers of the name stand right of earlier ones. False: there is none. */
static bool
find_client(const char *trusted, const struct dialect_web_request *request,
    enum dialect_web_proxy *result, struct sockaddr_in6 *client)
{
	bool found = false;

	*result = DIALECT_WEB_PROXY_ALL;
	for (size_t i = request->n_headers; i > 0 && *result == DIALECT_WEB_PROXY_ALL; i--) {
		const struct dialect_web_header *header = &request->headers[i - 1];

		if (!dialect_web_request_is(header->name, "X-Forwarded-For"))
			continue;
		found = true;
		*result =
		    dialect_web_proxy_find(trusted, header->value.data, header->value.len, client);
	}
	return found;
}

/* The nearest proxy has written the last word. */
static void
note_scheme(struct dialect_web_exchange *x, const struct dialect_web_request *request)
{
	struct dialect_web_items items = { .header = 0 };
	struct chat_text scheme;

	while (dialect_web_request_next(request, "X-Forwarded-Proto", &items, &scheme))
		x->secure = dialect_web_request_is(scheme, "https");
}

bool
dialect_web_proxy_heed(struct dialect_web_exchange *x, const struct dialect_web_request *request)
{
	struct dialog *dialog = x->dialog;
	const struct sockaddr *address;
	struct sockaddr_in6 client;
	enum dialect_web_proxy result;
	char text[ADDRESS_TEXT_MAX];
	uint16_t port;

	if (dialog->trusted_proxy == NULL)
		return true;
	if (find_client(dialog->trusted_proxy, request, &result, &client)) {
		if (result == DIALECT_WEB_PROXY_BAD)
			return false;
		address = (const struct sockaddr *)&client;
		address_text(address, text, sizeof(text), &port);
		if (strcmp(text, dialog->address) != 0)
			dialog->set_address(dialog, address);
	}
	note_scheme(x, request);
	return true;
}
