/*
 * dialect_web: the web page's dialect: which path means what, who may ask for it, and what ends a
 * connection.
 */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "dialect/enter.h"
#include "dialect/realm.h"
#include "dialect/web/file.h"
#include "dialect/web/page.h"
#include "dialect/web/proxy.h"
#include "dialect/web/session.h"
#include "dialect/web/upgrade.h"

#define IDLE_MS       15000
#define MOST_REQUESTS 100 /* on one connection */

/* The page, unless a program says who it is (the command `client`). */
#define PROGRAM "kabar-web/" PACKAGE_VERSION

#define GET  (1U << DIALECT_WEB_GET)
#define HEAD (1U << DIALECT_WEB_HEAD)
#define POST (1U << DIALECT_WEB_POST)
#define PUT  (1U << DIALECT_WEB_PUT)

typedef void serve_path(struct dialect_web_exchange *, const struct dialect_web_request *);

struct route {
	const char *path;
	unsigned int methods;
	const char *allow; /* the same for the header Allow */
	serve_path *serve;
};

static void
show_health(struct dialect_web_exchange *x, const struct dialect_web_request *request)
{
	static const char good[] = "OK\n", bad[] = "the gate does not answer\n";
	bool lives = dialect_enter_answers(x->dialog);
	const char *text = lives ? good : bad;

	(void)request;
	dialect_web_reply_begin(x, lives ? 200 : 503, "text/plain", (int64_t)strlen(text));
	dialect_web_reply_header(x, "Cache-Control", "no-store");
	if (dialect_web_reply_end(x))
		frame_write(&x->dialog->frame, text, strlen(text));
}

static const struct route routes[] = {
	{ "/health", GET | HEAD, "GET, HEAD", show_health },
	{ "/session", GET | HEAD, "GET, HEAD", dialect_web_session_show },
	{ "/login", POST, "POST", dialect_web_session_login },
	{ "/register", POST, "POST", dialect_web_session_register },
	{ "/logout", POST, "POST", dialect_web_session_logout },
	{ "/ws", GET, "GET", dialect_web_upgrade },
};

static const struct route irc_route = {
	.path = "irc",
	.methods = GET,
	.allow = "GET",
	.serve = dialect_web_upgrade_irc,
};

static const struct route file_route = {
	.path = DIALECT_WEB_FILE_PATH,
	.methods = GET | HEAD | PUT,
	.allow = "GET, HEAD, PUT",
	.serve = dialect_web_file_serve,
};

static const struct route *
find_route(struct chat_text path)
{
	size_t len = strlen(file_route.path);

	if (path.len > len && memcmp(path.data, file_route.path, len) == 0)
		return &file_route;
	for (size_t i = 0; i < sizeof(routes) / sizeof(routes[0]); i++)
		if (path.len == strlen(routes[i].path) &&
		    memcmp(path.data, routes[i].path, path.len) == 0)
			return &routes[i];
	return NULL;
}

/* Whether the method is among them; if not, this is replied. */
static bool
is_allowed(struct dialect_web_exchange *x, unsigned int methods, const char *allow)
{
	char header[64];

	if ((methods & (1U << x->method)) != 0)
		return true;
	snprintf(header, sizeof(header), "Allow: %s\r\n", allow);
	dialect_web_reply_refuse(x, 405, header);
	return false;
}

/*
 * Whether an origin (RFC 6454) is this server, as the client has named it. Without TLS of our own
 * it may be that of a proxy.
 */
static bool
is_own_origin(const struct dialect_web_exchange *x, const struct dialect_web_request *request,
    struct chat_text origin)
{
	static const char *const schemes[] = { "https://", "http://" };

	for (size_t i = 0; i < (x->secure ? 1U : 2U); i++) {
		size_t len = strlen(schemes[i]);

		if (origin.len == len + request->host.len &&
		    strncasecmp(origin.data, schemes[i], len) == 0 &&
		    strncasecmp(origin.data + len, request->host.data, request->host.len) == 0)
			return true;
	}
	return false;
}

/*
 * Whether no other site's page has made the request. Programs send neither header. A link on
 * another site may lead to the page itself.
 */
static bool
is_own_request(const struct dialect_web_exchange *x, const struct dialect_web_request *request,
    bool page)
{
	struct chat_text value;

	if (dialect_web_request_header(request, "Origin", &value) &&
	    !is_own_origin(x, request, value))
		return false;
	return page || !dialect_web_request_header(request, "Sec-Fetch-Site", &value) ||
	    dialect_web_request_is(value, "same-origin") || dialect_web_request_is(value, "none");
}

static void
serve_page(struct dialect_web_exchange *x, const struct dialect_web_request *request,
    const struct dialect_web_asset *asset)
{
	x->route = "page";
	if (!is_own_request(x, request, x->method == DIALECT_WEB_GET))
		dialect_web_reply_refuse(x, 403, "");
	else if (is_allowed(x, GET | HEAD, "GET, HEAD"))
		dialect_web_page_send(x, request, asset);
}

/*
 * A proxy may send requests of another client over the same connection, and the gate knows only one
 * address for it.
 */
static void
serve_route(struct dialect_web_exchange *x, const struct dialect_web_request *request,
    const struct route *route)
{
	x->route = route->path;
	x->close |= x->dialog->trusted_proxy != NULL;
	if (!is_own_request(x, request, false))
		dialect_web_reply_refuse(x, 403, "");
	else if (is_allowed(x, route->methods, route->allow))
		route->serve(x, request);
}

/* Clients of IRC know no more of the address than where the page is. */
static bool
is_of_irc(const struct dialect_web_request *request)
{
	const struct chat_text path = request->path;

	return (path.len == 1 || chat_text_is(path, "/ws")) && dialect_web_upgrade_is_irc(request);
}

static void
serve(struct dialect_web_exchange *x, const struct dialect_web_request *request)
{
	const struct dialect_web_asset *asset = dialect_web_page_find(request->path);
	const struct route *route = find_route(request->path);

	if (is_of_irc(request))
		serve_route(x, request, &irc_route);
	else if (asset != NULL)
		serve_page(x, request, asset);
	else if (route != NULL)
		serve_route(x, request, route);
	else
		dialect_web_reply_refuse(x, 404, "");
}

static const char *
prefix_of(const struct dialog *dialog)
{
	return dialog->listener == NULL ? "" : dialog->listener->prefix;
}

/* Cuts the listener's prefix off. False: this is replied. */
static bool
cut_prefix(struct dialect_web_exchange *x, struct dialect_web_request *request)
{
	const char *prefix = prefix_of(x->dialog);
	size_t len = strlen(prefix);

	if (request->path.len < len || memcmp(request->path.data, prefix, len) != 0 ||
	    (request->path.len > len && request->path.data[len] != '/')) {
		dialect_web_reply_refuse(x, 404, "");
		return false;
	}
	request->path.data += len;
	request->path.len -= len;
	if (request->path.len > 0)
		return true;
	dialect_web_reply_begin(x, 308, NULL, 0);
	dialect_web_reply_header(x, "Location", "%s/", prefix);
	(void)dialect_web_reply_end(x);
	return false;
}

/*
 * What a client without a login may ask is counted by the worker, who ends the connection then: the
 * last reply says so before.
 */
static bool
is_last_request(struct dialog *dialog)
{
	unsigned int most = (unsigned int)dialog->config->unknown_requests;

	if (most == 0 || most > MOST_REQUESTS)
		most = MOST_REQUESTS;
	return ++dialog->requests >= most;
}

static void
read_request(struct dialog *dialog, const struct frame_line *head)
{
	struct dialect_web_exchange x = { .dialog = dialog, .route = "request", .close = true };
	struct dialect_web_request request;
	int status = dialect_web_request_parse(&request, head->data, head->len);

	if (status != 0) {
		dialect_web_reply_refuse(&x, status, "");
		return;
	}
	x.method = request.method;
	x.secure = frame_carrier(&dialog->frame)->tls != NULL;
	if (!dialect_web_proxy_heed(&x, &request)) {
		dialect_web_reply_refuse(&x, 400, "");
		return;
	}
	x.expects = request.expects;
	x.has_length = request.has_length;
	x.length = request.length;
	/* A body that nobody reads would be taken for the next request. */
	x.close = is_last_request(dialog) || request.close || request.length > 0;
	dialect_web_session_read_cookie(&x, &request);
	if (cut_prefix(&x, &request))
		serve(&x, &request);
	explicit_bzero(x.token, sizeof(x.token));
}

/* The head is longer than any may be. */
static void
refuse_head(struct dialog *dialog)
{
	struct dialect_web_exchange x = { .dialog = dialog, .route = "request", .close = true };

	dialect_web_reply_refuse(&x, 431, "");
}

static void
begin(struct dialog *dialog)
{
	frame_set_heads(&dialog->frame, DIALECT_WEB_REQUEST_HEAD);
	snprintf(dialog->client, sizeof(dialog->client), "%s", PROGRAM);
}

/* Nothing is sent that was not asked for. */
static void
wake(struct dialog *dialog)
{
	(void)dialog;
}

/* A whole reply, for when none can be made; the length is that of the text. */
#define REFUSAL(status, length, text)        \
	"HTTP/1.1 " status "\r\n"            \
	"Content-Type: application/json\r\n" \
	"Content-Length: " length "\r\n"     \
	"Retry-After: 10\r\n"                \
	"Connection: close\r\n\r\n" DIALECT_REALM_ERROR(text)

const struct dialect dialect_web = {
	.name = CONFIG_DIALECT_WEB,
	.begin = begin,
	.line = read_request,
	.too_long = refuse_head,
	.wake = wake,
	.busy = REFUSAL("503 Service Unavailable", "60", DIALECT_REALM_BUSY),
	.too_fast = REFUSAL("429 Too Many Requests", "81", DIALECT_REALM_TOO_FAST),
	.refusal_ends = true,
	.idle_ms = IDLE_MS,
};
