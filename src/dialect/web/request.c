/* dialect_web_request: a parser without state, which copies nothing. */
#include "dialect/web/request.h"

#include <string.h>
#include <strings.h>

#include "base/comma_list.h"
#include "base/hex.h"

#define BAD_REQUEST        400
#define EXPECTATION_FAILED 417
#define HEAD_TOO_LARGE     431
#define NOT_IMPLEMENTED    501
#define BAD_VERSION        505

#define LENGTH_DIGITS 18 /* as many fit into 64 bits */
#define HTTP_VERSION  "HTTP/1.1"

static const struct {
	const char *name;
	enum dialect_web_method method;
} methods[] = {
	{ "GET", DIALECT_WEB_GET },
	{ "HEAD", DIALECT_WEB_HEAD },
	{ "POST", DIALECT_WEB_POST },
	{ "PUT", DIALECT_WEB_PUT },
};

/* Headers that this server understands and that are no lists: two of them contradict each other. */
static const char *const single[] = {
	"Authorization",
	"Content-Length",
	"Content-Type",
	"Expect",
	"Host",
	"Idempotency-Key",
	"If-Range",
	"Origin",
	"Range",
	"Sec-Fetch-Site",
	"Sec-WebSocket-Key",
	"Sec-WebSocket-Version",
	"X-Forwarded-Proto",
};
#define N_SINGLE (sizeof(single) / sizeof(single[0]))

bool
dialect_web_request_is(struct chat_text text, const char *other)
{
	return text.len == strlen(other) && strncasecmp(text.data, other, text.len) == 0;
}

static bool
is_alphanumeric(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* A character of a token (RFC 9110, 5.6.2). */
static bool
is_token_character(char c)
{
	return is_alphanumeric(c) || (c != '\0' && strchr("!#$%&'*+-.^_`|~", c) != NULL);
}

/* A character of a header's value: no control character but the tab. */
static bool
is_value_character(char c)
{
	unsigned char u = (unsigned char)c;

	return u == '\t' || (u >= ' ' && u != 0x7f);
}

/*
 * A character of a path or query (RFC 3986), but for the percent sign and the question mark. And
 * brackets: nginx decodes them in what it hands on without a prefix.
 */
static bool
is_target_character(char c)
{
	return is_alphanumeric(c) || (c != '\0' && strchr("-._~!$&'()*+,;=:@/[]", c) != NULL);
}

static bool
is_host_character(char c)
{
	return is_alphanumeric(c) || (c != '\0' && strchr("-._~:[]", c) != NULL);
}

static bool
consists_of(struct chat_text text, bool (*allowed)(char))
{
	for (size_t i = 0; i < text.len; i++)
		if (!allowed(text.data[i]))
			return false;
	return text.len > 0;
}

/* Cuts the text off that stands before this character. False: there is none. */
static bool
cut_before(struct chat_text *rest, char end, struct chat_text *part)
{
	const char *found = rest->len == 0 ? NULL : memchr(rest->data, end, rest->len);

	if (found == NULL)
		return false;
	part->data = rest->data;
	part->len = (size_t)(found - rest->data);
	rest->len -= part->len + 1;
	rest->data = found + 1;
	return true;
}

/*
 * The next line, which ends with CRLF or the text. False: a CR stands in it. A line feed is no
 * character of anything that a line consists of.
 */
static bool
cut_line(struct chat_text *rest, struct chat_text *line)
{
	if (!cut_before(rest, '\r', line)) {
		*line = *rest;
		rest->len = 0;
	} else if (rest->len > 0 && rest->data[0] == '\n') {
		rest->data++;
		rest->len--;
	} else {
		return false;
	}
	return true;
}

/* A segment "." or ".." would mean another path to whoever resolves it; also where it is encoded.
 */
static bool
is_dot_segment(struct chat_text segment)
{
	char decoded[3];
	ssize_t len = dialect_web_request_decode(segment, false, decoded, sizeof(decoded));

	return len > 0 && (strcmp(decoded, ".") == 0 || strcmp(decoded, "..") == 0);
}

static bool
is_good_path(struct chat_text path)
{
	struct chat_text rest = { .data = path.data + 1, .len = path.len - 1 }, segment;

	while (cut_before(&rest, '/', &segment))
		if (is_dot_segment(segment))
			return false;
	return !is_dot_segment(rest);
}

/* The characters of a path or a query: each percent sign has two digits, which are not 00. */
static bool
is_encoded(struct chat_text text, bool query)
{
	for (size_t i = 0; i < text.len; i++) {
		char c = text.data[i];

		if (c == '%') {
			if (text.len - i < 3 || hex_digit(text.data[i + 1]) < 0 ||
			    hex_digit(text.data[i + 2]) < 0 || memcmp(text.data + i, "%00", 3) == 0)
				return false;
			i += 2;
		} else if (!is_target_character(c) && !(query && c == '?')) {
			return false;
		}
	}
	return true;
}

/* Only the origin form: a path, which begins with a slash, and perhaps a query. */
static int
parse_target(struct dialect_web_request *request, struct chat_text target)
{
	if (!cut_before(&target, '?', &request->path)) {
		request->path = target;
		target.len = 0;
	}
	request->query = target;
	if (request->path.len == 0 || request->path.data[0] != '/')
		return BAD_REQUEST;
	return is_encoded(request->path, false) && is_encoded(request->query, true) &&
	        is_good_path(request->path)
	    ? 0
	    : BAD_REQUEST;
}

static int
judge_version(struct chat_text version)
{
	const char *v = version.data;

	if (version.len != strlen(HTTP_VERSION) || memcmp(v, "HTTP/", 5) != 0 || v[5] < '0' ||
	    v[5] > '9' || v[6] != '.' || v[7] < '0' || v[7] > '9')
		return BAD_REQUEST;
	return memcmp(v, HTTP_VERSION, version.len) == 0 ? 0 : BAD_VERSION;
}

/* A method is compared with its case (RFC 9110, 9.1). */
static int
parse_first_line(struct dialect_web_request *request, struct chat_text line)
{
	struct chat_text method, target;
	int status;

	if (!cut_before(&line, ' ', &method) || !cut_before(&line, ' ', &target) ||
	    !consists_of(method, is_token_character))
		return BAD_REQUEST;
	status = judge_version(line);
	if (status != 0)
		return status;
	request->method = DIALECT_WEB_OTHER;
	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++)
		if (method.len == strlen(methods[i].name) &&
		    memcmp(method.data, methods[i].name, method.len) == 0)
			request->method = methods[i].method;
	return parse_target(request, target);
}

/* A line that begins with white space would continue the one before it: no name begins so. */
static int
parse_header(struct dialect_web_request *request, struct chat_text line)
{
	struct dialect_web_header *header = &request->headers[request->n_headers];

	if (request->n_headers == DIALECT_WEB_REQUEST_HEADERS)
		return HEAD_TOO_LARGE;
	if (!cut_before(&line, ':', &header->name) ||
	    !consists_of(header->name, is_token_character))
		return BAD_REQUEST;
	header->value = chat_text_trim(line, DIALECT_WEB_REQUEST_WHITE);
	if (header->value.len > 0 && !consists_of(header->value, is_value_character))
		return BAD_REQUEST;
	request->n_headers++;
	return 0;
}

static bool
has_doubles(const struct dialect_web_request *request)
{
	bool seen[N_SINGLE] = { false };

	for (size_t i = 0; i < request->n_headers; i++)
		for (size_t k = 0; k < N_SINGLE; k++)
			if (dialect_web_request_is(request->headers[i].name, single[k])) {
				if (seen[k])
					return true;
				seen[k] = true;
			}
	return false;
}

/* Digits only: no sign, no list, no more than fit. */
static int
parse_length(struct dialect_web_request *request)
{
	struct chat_text value;

	request->has_length = dialect_web_request_header(request, "Content-Length", &value);
	if (!request->has_length)
		return 0;
	if (value.len == 0 || value.len > LENGTH_DIGITS)
		return BAD_REQUEST;
	for (size_t i = 0; i < value.len; i++) {
		if (value.data[i] < '0' || value.data[i] > '9')
			return BAD_REQUEST;
		request->length = request->length * 10 + (uint64_t)(value.data[i] - '0');
	}
	return 0;
}

/* How the body is framed, and what else decides where the request ends. */
static int
parse_framing(struct dialect_web_request *request)
{
	struct chat_text value;
	int status;

	if (has_doubles(request))
		return BAD_REQUEST;
	if (dialect_web_request_header(request, "Transfer-Encoding", &value))
		return NOT_IMPLEMENTED;
	status = parse_length(request);
	if (status != 0)
		return status;
	if (!dialect_web_request_header(request, "Host", &request->host) ||
	    !consists_of(request->host, is_host_character))
		return BAD_REQUEST;
	request->close = dialect_web_request_lists(request, "Connection", "close");
	if (!dialect_web_request_header(request, "Expect", &value))
		return 0;
	request->expects = dialect_web_request_is(value, "100-continue");
	return request->expects ? 0 : EXPECTATION_FAILED;
}

int
dialect_web_request_parse(struct dialect_web_request *request, const char *head, size_t len)
{
	struct chat_text rest = { .data = head, .len = len }, line;
	int status;

	memset(request, 0, sizeof(*request));
	if (!cut_line(&rest, &line))
		return BAD_REQUEST;
	status = parse_first_line(request, line);
	while (status == 0 && rest.len > 0)
		status = cut_line(&rest, &line) ? parse_header(request, line) : BAD_REQUEST;
	return status == 0 ? parse_framing(request) : status;
}

static bool
find_header(const struct dialect_web_request *request, const char *name, size_t *at,
    struct chat_text *value)
{
	while (*at < request->n_headers) {
		const struct dialect_web_header *header = &request->headers[(*at)++];

		if (dialect_web_request_is(header->name, name)) {
			*value = header->value;
			return true;
		}
	}
	return false;
}

bool
dialect_web_request_header(const struct dialect_web_request *request, const char *name,
    struct chat_text *value)
{
	size_t at = 0;

	return find_header(request, name, &at, value);
}

bool
dialect_web_request_next(const struct dialect_web_request *request, const char *name,
    struct dialect_web_items *items, struct chat_text *item)
{
	struct comma_list list = { .at = items->at, .end = items->end };
	struct chat_text value;

	while (!comma_list_next(&list, &item->data, &item->len)) {
		if (!find_header(request, name, &items->header, &value))
			return false;
		list = comma_list(value.data, value.len);
	}
	items->at = list.at;
	items->end = list.end;
	*item = chat_text_trim(*item, DIALECT_WEB_REQUEST_WHITE);
	return true;
}

bool
dialect_web_request_lists(const struct dialect_web_request *request, const char *name,
    const char *wanted)
{
	struct dialect_web_items items = { .header = 0 };
	struct chat_text item;

	while (dialect_web_request_next(request, name, &items, &item))
		if (dialect_web_request_is(item, wanted))
			return true;
	return false;
}

bool
dialect_web_request_cookie(const struct dialect_web_request *request, const char *name,
    struct chat_text *value)
{
	struct chat_text rest, pair, key;
	size_t at = 0;

	while (find_header(request, "Cookie", &at, &rest))
		while (rest.len > 0) {
			if (!cut_before(&rest, ';', &pair)) {
				pair = rest;
				rest.len = 0;
			}
			pair = chat_text_trim(pair, DIALECT_WEB_REQUEST_WHITE);
			if (cut_before(&pair, '=', &key) && key.len == strlen(name) &&
			    memcmp(key.data, name, key.len) == 0) {
				*value = pair;
				return true;
			}
		}
	return false;
}

ssize_t
dialect_web_request_decode(struct chat_text part, bool plus, char *out, size_t size)
{
	size_t n = 0;

	for (size_t i = 0; i < part.len; i++) {
		char c = part.data[i];

		if (c == '%') {
			int high = part.len - i < 3 ? -1 : hex_digit(part.data[i + 1]);
			int low = part.len - i < 3 ? -1 : hex_digit(part.data[i + 2]);

			if (high < 0 || low < 0)
				return -1;
			c = (char)(high << 4 | low);
			i += 2;
		} else if (plus && c == '+') {
			c = ' ';
		}
		if (c == '\0' || n + 1 >= size)
			return -1;
		out[n++] = c;
	}
	if (size == 0)
		return -1;
	out[n] = '\0';
	return (ssize_t)n;
}

/* Proxies that compress make a strong ETag weak; it stands for the same content all the same. */
bool
dialect_web_request_knows(const struct dialect_web_request *request, const char *etag)
{
	struct dialect_web_items items = { .header = 0 };
	struct chat_text item;

	while (dialect_web_request_next(request, "If-None-Match", &items, &item)) {
		if (item.len > 2 && memcmp(item.data, "W/", 2) == 0) {
			item.data += 2;
			item.len -= 2;
		}
		if ((item.len == 1 && item.data[0] == '*') ||
		    (item.len == strlen(etag) && memcmp(item.data, etag, item.len) == 0))
			return true;
	}
	return false;
}
