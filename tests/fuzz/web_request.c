/*
 * Heads of HTTP: no bytes lead the parser out of them, and a head that it accepts means the same
 * when it is written anew in the plainest form: so a proxy that does that changes nothing.
 */
#include <netinet/in.h>
#include <string.h>

#include "dialect/web/file.h"
#include "dialect/web/proxy.h"
#include "dialect/web/request.h"
#include "fuzz.h"
#include "net/address_list.h"

#define TEXT_MAX     65536
#define CONTENT_SIZE 1000
#define TRUSTED      "127.0.0.1, 10.0.0.0/8"

static char head[TEXT_MAX], anew[4 * TEXT_MAX];

static void
check_text(struct chat_text text, size_t size)
{
	if (text.len == 0)
		return;
	DEMAND(text.data >= head && text.data + text.len <= head + size);
	for (size_t i = 0; i < text.len; i++)
		DEMAND(text.data[i] != '\0' && text.data[i] != '\r' && text.data[i] != '\n');
}

static size_t
count_headers(const struct dialect_web_request *request, const char *name)
{
	size_t n = 0;

	for (size_t i = 0; i < request->n_headers; i++)
		n += dialect_web_request_is(request->headers[i].name, name);
	return n;
}

static void
check_items(const struct dialect_web_request *request, size_t size)
{
	static const char *const names[] = { "Accept", "Cookie", "Host", "X" };
	struct dialect_web_items items;
	struct chat_text item;
	char decoded[64];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		size_t n = 0;

		items = (struct dialect_web_items){ .header = 0 };
		while (dialect_web_request_next(request, names[i], &items, &item)) {
			check_text(item, size);
			DEMAND(n++ <= size);
		}
	}
	if (dialect_web_request_cookie(request, "a", &item))
		check_text(item, size);
	ssize_t len = dialect_web_request_decode(request->path, false, decoded, sizeof(decoded));
	DEMAND(len < (ssize_t)sizeof(decoded));
	DEMAND(len < 0 || strlen(decoded) == (size_t)len);
}

/* Any value may be a range, or come from a proxy. */
static void
check_value(struct chat_text value)
{
	struct sockaddr_in6 client;
	uint64_t first, len;

	if (dialect_web_file_range(value, CONTENT_SIZE, &first, &len) == DIALECT_WEB_FILE_PART)
		DEMAND(len > 0 && first < CONTENT_SIZE && len <= CONTENT_SIZE - first);
	enum dialect_web_proxy found =
	    dialect_web_proxy_find(TRUSTED, value.data, value.len, &client);
	DEMAND(found == DIALECT_WEB_PROXY_BAD ||
	    address_list_has(TRUSTED, (const struct sockaddr *)&client) ==
	        (found == DIALECT_WEB_PROXY_ALL));
}

static char *
append(char *at, struct chat_text text, const char *end)
{
	memcpy(at, text.data, text.len);
	return stpcpy(at + text.len, end);
}

/* The method and version are those of the input. */
static size_t
write_anew(const struct dialect_web_request *request)
{
	const char *space = strchr(head, ' ');
	struct chat_text method = { .data = head, .len = (size_t)(space - head) };
	char *at = append(anew, method, " ");

	at = append(at, request->path, "");
	if (request->path.data[request->path.len] == '?')
		*at++ = '?';
	at = append(at, request->query, " HTTP/1.1");
	for (size_t i = 0; i < request->n_headers; i++) {
		at = stpcpy(at, "\r\n");
		at = append(at, request->headers[i].name, ": ");
		at = append(at, request->headers[i].value, "");
	}
	return (size_t)(at - anew);
}

static void
check_same(struct chat_text a, struct chat_text b)
{
	DEMAND(a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct dialect_web_request request, again;

	if (size >= sizeof(head))
		return 0;
	memcpy(head, data, size);
	head[size] = '\0';
	int status = dialect_web_request_parse(&request, head, size);
	DEMAND(status == 0 || status == 400 || status == 417 || status == 431 || status == 501 ||
	    status == 505);
	if (status != 0)
		return 0;
	DEMAND(strlen(head) == size && request.path.data[0] == '/');
	check_text(request.path, size);
	check_text(request.query, size);
	check_text(request.host, size);
	DEMAND(count_headers(&request, "Host") == 1);
	DEMAND(count_headers(&request, "Content-Length") == (request.has_length ? 1 : 0));
	DEMAND(count_headers(&request, "Transfer-Encoding") == 0);
	check_items(&request, size);
	for (size_t i = 0; i < request.n_headers; i++)
		check_value(request.headers[i].value);
	DEMAND(dialect_web_request_parse(&again, anew, write_anew(&request)) == 0);
	DEMAND(again.method == request.method && again.length == request.length &&
	    again.has_length == request.has_length && again.close == request.close &&
	    again.expects == request.expects && again.n_headers == request.n_headers);
	check_same(again.path, request.path);
	check_same(again.query, request.query);
	check_same(again.host, request.host);
	return 0;
}
