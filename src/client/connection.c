/* client_connection: net/dial finds the way, net/wire moves the bytes. */
#include "client/connection.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "client/account.h"
#include "client/i18n.h"
#include "client/json.h"
#include "client/text.h"
#include "client/tls.h"
#include "net/dial.h"
#include "net/wire.h"

#define END_LEN    4     /* of a reply */
#define CONNECT_MS 30000 /* for all addresses of a host, and the handshake */
#define FILLS      32    /* reads in one step */

enum stage {
	STAGE_NONE,
	STAGE_DIAL,
	STAGE_HANDSHAKE,
	STAGE_OPEN,
};

struct client_connection {
	enum stage stage;
	enum client_failure failure;
	char error[CLIENT_CONNECTION_ERROR];
	char host[CLIENT_HOST_MAX];
	uint16_t port;
	bool tls;
	bool is_new;
	bool ended; /* nothing more will come; what is here is handed out first */
	char wanted[CLIENT_FINGERPRINT]; /* given by the caller, or "" */
	char fingerprint[CLIENT_FINGERPRINT];
	struct resolver *resolver;
	struct dial dial;
	struct wire wire;
	struct tls_config *config;
	size_t poll;    /* in the caller's polls */
	int64_t due_ms; /* by when it is connected */
	size_t reply_max;
	struct polls polls; /* of turn */
};

struct client_connection *
client_connection_new(void)
{
	struct client_connection *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return NULL;
	dial_init(&c->dial);
	wire_init(&c->wire);
	c->poll = POLLS_NONE;
	c->reply_max = CLIENT_REPLY_MAX;
	c->resolver = resolve_new();
	if (c->resolver != NULL)
		return c;
	free(c);
	return NULL;
}

void
client_connection_close(struct client_connection *c)
{
	dial_stop(&c->dial);
	wire_close(&c->wire);
	c->stage = STAGE_NONE;
	c->failure = CLIENT_FAILURE_NONE;
	c->error[0] = '\0';
	c->ended = false;
	c->poll = POLLS_NONE;
}

void
client_connection_free(struct client_connection *c)
{
	if (c == NULL)
		return;
	client_connection_close(c);
	resolve_free(c->resolver);
	client_tls_free(c->config);
	free(c->polls.fds);
	free(c);
}

void
client_connection_fail(struct client_connection *c, enum client_failure failure,
    const char *sentence)
{
	char *clean;

	if (c->failure != CLIENT_FAILURE_NONE)
		return;
	dial_stop(&c->dial);
	wire_close(&c->wire);
	c->stage = STAGE_NONE;
	c->failure = failure;
	c->poll = POLLS_NONE;
	clean =
	    client_text_clean(sentence, strlen(sentence), CLIENT_TEXT_LINE, sizeof(c->error) - 1);
	snprintf(c->error, sizeof(c->error), "%s", clean == NULL ? strerror(ENOMEM) : clean);
	free(clean);
}

static void __attribute__((format(printf, 3, 4)))
fail(struct client_connection *c, enum client_failure failure, const char *fmt, ...)
{
	char sentence[CLIENT_CONNECTION_ERROR];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(sentence, sizeof(sentence), fmt, ap);
	va_end(ap);
	client_connection_fail(c, failure, sentence);
}

void
client_connection_open(struct client_connection *c, const char *host, uint16_t port, bool tls,
    const char *fingerprint)
{
	char known[CLIENT_FINGERPRINT];

	client_connection_close(c);
	snprintf(c->host, sizeof(c->host), "%s", host);
	snprintf(c->wanted, sizeof(c->wanted), "%s", fingerprint == NULL ? "" : fingerprint);
	c->port = port;
	c->tls = tls;
	c->is_new = false;
	c->fingerprint[0] = '\0';
	c->due_ms = clock_monotonic_ms() + CONNECT_MS;
	c->reply_max = CLIENT_REPLY_MAX;
	c->stage = STAGE_DIAL;
	if (!tls && client_known_keys_find(host, port, known) == 1) {
		fail(c, CLIENT_FAILURE_KEY,
		    _("%s port %u has spoken TLS before: its key is in known_keys"), host, port);
		return;
	}
	dial_start(&c->dial, c->resolver, c->host, port);
}

/* TLS begins on the socket. */
static void
begin_tls(struct client_connection *c)
{
	char error[CLIENT_CONNECTION_ERROR];

	if (c->config == NULL)
		c->config = client_tls_new(error, sizeof(error));
	if (c->config == NULL || stream_dial(&c->wire.stream, c->config, error, sizeof(error)) != 0)
		fail(c, CLIENT_FAILURE_LOCAL, _("cannot speak TLS: %s"), error);
	else
		c->stage = STAGE_HANDSHAKE;
}

/* The socket is there. */
static void
take_socket(struct client_connection *c)
{
	wire_open(&c->wire, dial_take(&c->dial), c->reply_max + END_LEN);
	dial_watch(c->wire.fd);
	if (c->tls)
		begin_tls(c);
	else
		c->stage = STAGE_OPEN;
}

static void
remember_key(struct client_connection *c, bool replace)
{
	if (client_known_keys_remember(c->host, c->port, c->fingerprint, replace) == 0)
		return;
	if (errno == EEXIST) /* by another program, since it was looked for */
		fail(c, CLIENT_FAILURE_KEY,
		    _("%s port %u has shown two keys at the same time: try again"), c->host,
		    c->port);
	else
		fail(c, CLIENT_FAILURE_LOCAL, _("cannot remember the key of %s: %s"), c->host,
		    strerror(errno));
}

/* Judges the certificate's fingerprint by the one that is remembered. */
static void
judge_known(struct client_connection *c)
{
	char known[CLIENT_FINGERPRINT];

	switch (client_known_keys_find(c->host, c->port, known)) {
	case 1:
		if (strcasecmp(known, c->fingerprint) != 0)
			fail(c, CLIENT_FAILURE_KEY,
			    _("the key of %s port %u has changed: it was %s and is now %s; if that "
			      "is right, log in with --fingerprint"),
			    c->host, c->port, known, c->fingerprint);
		break;
	case 0:
		c->is_new = true;
		remember_key(c, false);
		break;
	default:
		fail(c, CLIENT_FAILURE_LOCAL, _("cannot read the known keys: %s"), strerror(errno));
	}
}

static void
judge_key(struct client_connection *c)
{
	const char *shown = stream_peer_fingerprint(&c->wire.stream);

	if (shown == NULL || !client_known_keys_valid(shown)) {
		fail(c, CLIENT_FAILURE_TLS, _("%s shows no certificate"), c->host);
		return;
	}
	snprintf(c->fingerprint, sizeof(c->fingerprint), "%s", shown);
	if (c->wanted[0] == '\0')
		judge_known(c);
	else if (strcasecmp(c->wanted, shown) != 0)
		fail(c, CLIENT_FAILURE_KEY, _("the key of %s port %u is %s and not %s"), c->host,
		    c->port, shown, c->wanted);
	else
		remember_key(c, true);
}

/* Whether the server has spoken TLS before: then nobody is to speak without it. */
static bool
is_known(const struct client_connection *c)
{
	char known[CLIENT_FINGERPRINT];

	return client_known_keys_find(c->host, c->port, known) != 0;
}

static void
fail_handshake(struct client_connection *c)
{
	const struct stream *stream = &c->wire.stream;
	const char *reason = stream_error(stream);
	const char *advice = is_known(c) ? "" : _("; --plain speaks without it, for all to read");

	if (stream_seems(stream) != NULL)
		fail(c, CLIENT_FAILURE_TLS, _("%s port %u does not speak TLS%s"), c->host, c->port,
		    advice);
	else
		fail(c, CLIENT_FAILURE_TLS, _("no TLS with %s port %u: %s%s"), c->host, c->port,
		    reason == NULL ? strerror(errno) : reason, advice);
}

static void
step_handshake(struct client_connection *c)
{
	if (stream_handshake(&c->wire.stream) == 0) {
		judge_key(c);
		if (c->failure == CLIENT_FAILURE_NONE)
			c->stage = STAGE_OPEN;
	} else if (errno != EAGAIN) {
		fail_handshake(c);
	}
}

static void
step_dial(struct client_connection *c, const struct polls *polls)
{
	resolve_step(c->resolver, polls);
	dial_step(&c->dial, polls_got(polls, c->poll), clock_monotonic_ms());
	if (c->dial.state == DIAL_DONE)
		take_socket(c);
	else if (c->dial.state == DIAL_FAILED)
		fail(c, CLIENT_FAILURE_UNREACHABLE, "%s", c->dial.error);
}

/* Why the connection broke, in words. */
static const char *
explain_break(const struct client_connection *c, int error)
{
	const char *tls = stream_error(&c->wire.stream);

	if (error == 0)
		return _("the server has closed the connection");
	return error == EPROTO && tls != NULL ? tls : strerror(error);
}

/* Nothing more will come. What is here stays, so that next() can hand it out. */
static void
note_end(struct client_connection *c, int error)
{
	snprintf(c->error, sizeof(c->error), "%s", explain_break(c, error));
	c->ended = true;
}

static void
step_open(struct client_connection *c)
{
	int got = 1;

	if (c->ended)
		return;
	if (wire_flush(&c->wire) != 0 && errno == ENOMEM) {
		fail(c, CLIENT_FAILURE_MEMORY, "%s", strerror(ENOMEM));
		return;
	}
	/* A side that has closed may have answered before: what it sent is read all the same. */
	for (int i = 0; i < FILLS && got > 0; i++)
		got = wire_fill(&c->wire);
	if (got < 0)
		note_end(c, errno);
}

void
client_connection_polls(struct client_connection *c, struct polls *polls)
{
	c->poll = POLLS_NONE;
	switch (c->stage) {
	case STAGE_DIAL:
		resolve_polls(c->resolver, polls);
		if (c->dial.state == DIAL_CONNECT)
			c->poll = polls_add(polls, c->dial.fd, POLLOUT);
		break;
	case STAGE_HANDSHAKE:
		c->poll = polls_add(polls, c->wire.fd, stream_read_events(&c->wire.stream));
		break;
	case STAGE_OPEN:
		if (!c->ended)
			c->poll = polls_add(polls, c->wire.fd, wire_events(&c->wire));
		break;
	case STAGE_NONE:
		break;
	}
}

int
client_connection_wait_ms(struct client_connection *c)
{
	int64_t now = clock_monotonic_ms(), due = c->due_ms;
	int resolving;

	if (c->stage == STAGE_NONE)
		return -1;
	if (c->stage == STAGE_OPEN)
		return wire_pending(&c->wire) ? 0 : -1;
	if (c->stage == STAGE_DIAL && dial_due(&c->dial) < due)
		due = dial_due(&c->dial);
	resolving = c->stage == STAGE_DIAL ? resolve_wait_ms(c->resolver) : -1;
	if (resolving >= 0 && now + resolving < due)
		due = now + resolving;
	return due <= now ? 0 : (int)(due - now);
}

void
client_connection_step(struct client_connection *c, const struct polls *polls)
{
	if (c->stage == STAGE_DIAL)
		step_dial(c, polls);
	if (c->stage == STAGE_HANDSHAKE)
		step_handshake(c);
	if (c->stage == STAGE_OPEN)
		step_open(c);
	else if (c->stage != STAGE_NONE && clock_monotonic_ms() >= c->due_ms)
		fail(c, CLIENT_FAILURE_UNREACHABLE, _("%s port %u does not answer"), c->host,
		    c->port);
}

/* Reads a whole reply as JSON, or fails the connection. */
static enum client_message
read_reply(struct client_connection *c, const char *data, size_t len, json_t **message)
{
	*message = client_json_read(data, len);
	if (*message == NULL) {
		fail(c, CLIENT_FAILURE_PROTOCOL, _("what the server sent is no reply"));
		return CLIENT_BROKEN;
	}
	return json_is_string(json_object_get(*message, "event")) ? CLIENT_EVENT : CLIENT_REPLY;
}

enum client_message
client_connection_next(struct client_connection *c, json_t **message)
{
	char sentence[CLIENT_CONNECTION_ERROR];
	const char *data;
	size_t len;

	*message = NULL;
	if (c->failure != CLIENT_FAILURE_NONE)
		return CLIENT_BROKEN;
	if (c->stage != STAGE_OPEN)
		return CLIENT_NOTHING;
	switch (wire_reply(&c->wire, &data, &len)) {
	case 1:
		return read_reply(c, data, len, message);
	case 0:
		break;
	default:
		fail(c, CLIENT_FAILURE_PROTOCOL, _("the server sends a reply without end"));
		return CLIENT_BROKEN;
	}
	if (!c->ended)
		return CLIENT_NOTHING;
	memcpy(sentence, c->error, sizeof(sentence));
	client_connection_fail(c, CLIENT_FAILURE_CLOSED, sentence);
	return CLIENT_BROKEN;
}

enum client_connection_state
client_connection_state(const struct client_connection *c)
{
	if (c->failure != CLIENT_FAILURE_NONE)
		return CLIENT_FAILED;
	if (c->stage == STAGE_NONE)
		return CLIENT_CLOSED;
	return c->stage == STAGE_OPEN ? CLIENT_OPEN : CLIENT_CONNECTING;
}

enum client_failure
client_connection_failure(const struct client_connection *c)
{
	return c->failure;
}

const char *
client_connection_error(const struct client_connection *c)
{
	return c->failure == CLIENT_FAILURE_NONE ? "" : c->error;
}

const char *
client_connection_fingerprint(const struct client_connection *c)
{
	return c->fingerprint;
}

bool
client_connection_is_new(const struct client_connection *c)
{
	return c->is_new;
}

void
client_connection_put(struct client_connection *c, const char *data, size_t len)
{
	if (c->stage == STAGE_OPEN)
		(void)wire_put(&c->wire, data, len); /* step tells that there was no memory */
}

bool
client_connection_is_full(const struct client_connection *c)
{
	return wire_full(&c->wire);
}

void
client_connection_set_reply_max(struct client_connection *c, size_t max)
{
	c->reply_max = max;
	wire_set_reply_max(&c->wire, max + END_LEN);
}

size_t
client_connection_rest(const struct client_connection *c, const char **data)
{
	return wire_rest(&c->wire, data);
}

void
client_connection_take(struct client_connection *c, size_t len)
{
	wire_take(&c->wire, len);
}

enum client_connection_state
client_connection_turn(struct client_connection *c, int wait_ms)
{
	int wait, n;

	c->polls.n = 0;
	client_connection_polls(c, &c->polls);
	wait = client_connection_wait_ms(c);
	n = poll(c->polls.fds, c->polls.n,
	    wait < 0 || (wait_ms >= 0 && wait_ms < wait) ? wait_ms : wait);
	if (n < 0) /* a signal: nothing has come */
		for (size_t i = 0; i < c->polls.n; i++)
			c->polls.fds[i].revents = 0;
	client_connection_step(c, &c->polls);
	if (n == 0 && wait_ms >= 0 && (wait < 0 || wait_ms < wait))
		fail(c, CLIENT_FAILURE_SILENT, _("the server does not answer"));
	return client_connection_state(c);
}
