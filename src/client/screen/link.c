/*
 * The connection of a screen.
 */
#include "client/screen/link.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bsd/stdlib.h>

#include "base/backoff.h"
#include "base/clock.h"
#include "base/vector.h"
#include "client/i18n.h"

#define FIRST_PAUSE_MS 500
#define LONG_PAUSE_MS  60000
#define SILENT_MS      60000 /* without a byte, while a reply is waited for */
#define HELD_MS        60000 /* a connection that was of use: the next one is tried soon */

int
client_screen_link_init(struct client_screen_link *link, const struct client_account *account,
    const char *fingerprint, void *arg)
{
	*link = (struct client_screen_link){ .account = account,
		.fingerprint = fingerprint,
		.connection = client_connection_new(),
		.arg = arg };
	return link->connection == NULL ? -1 : 0;
}

static void
drop_requests(struct client_screen_link *link)
{
	for (size_t i = 0; i < link->n; i++)
		free(link->requests[i].about);
	free(link->requests);
	link->requests = NULL;
	link->n = 0;
}

void
client_screen_link_free(struct client_screen_link *link)
{
	drop_requests(link);
	client_connection_free(link->connection);
	link->connection = NULL;
}

void
client_screen_link_start(struct client_screen_link *link)
{
	drop_requests(link);
	link->state = CLIENT_SCREEN_LINK_CONNECTING;
	client_connection_open(link->connection, link->account->host, link->account->port,
	    link->account->tls, link->fingerprint);
}

void
client_screen_link_stop(struct client_screen_link *link)
{
	drop_requests(link);
	client_connection_close(link->connection);
	link->state = CLIENT_SCREEN_LINK_OFF;
	link->pause_ms = 0;
}

bool
client_screen_link_is_on(const struct client_screen_link *link)
{
	return link->state == CLIENT_SCREEN_LINK_ON;
}

/* Whether the bytes would end the request early. */
static bool
ends_line(const char *text)
{
	return text != NULL && strchr(text, '\r') != NULL;
}

bool
client_screen_link_ask(struct client_screen_link *link, client_screen_link_taker *take,
    const char *about, const char *verb, const char *rest)
{
	struct client_screen_link_request *request;
	bool bare = verb[0] == '!' || link->account->token[0] == '\0', has_rest = rest != NULL;
	char *line, *copy = NULL;
	int len;

	has_rest = has_rest && rest[0] != '\0';
	if (link->state != CLIENT_SCREEN_LINK_ON || ends_line(rest))
		return false;
	len = asprintf(&line, "%s%s%s%s%s\r\n", verb[0] == '!' ? verb + 1 : verb, bare ? "" : " ",
	    bare ? "" : link->account->token, has_rest ? " " : "", has_rest ? rest : "");
	if (len < 0)
		return false;
	copy = about == NULL ? NULL : strdup(about);
	request = about != NULL && copy == NULL
	    ? NULL
	    : vector_add(&link->requests, &link->n, sizeof(*request));
	if (request == NULL) {
		free(copy);
		free(line);
		return false;
	}
	if (link->n == 1)
		link->heard_ms = clock_monotonic_ms();
	*request = (struct client_screen_link_request){ .take = take, .about = copy };
	client_connection_put(link->connection, line, (size_t)len);
	freezero(line, (size_t)len);
	return true;
}

void
client_screen_link_polls(struct client_screen_link *link, struct polls *polls)
{
	client_connection_polls(link->connection, polls);
}

int
client_screen_link_wait_ms(const struct client_screen_link *link)
{
	int64_t left = link->retry_ms - clock_monotonic_ms();

	if (link->state == CLIENT_SCREEN_LINK_ON && link->n > 0)
		left = link->heard_ms + SILENT_MS - clock_monotonic_ms();
	else if (link->state != CLIENT_SCREEN_LINK_WAITING)
		return client_connection_wait_ms(link->connection);
	return left > 0 ? (int)left : 0;
}

/* A key that has changed is for the user to judge; all else may be better the next time. */
static void
lose_connection(struct client_screen_link *link)
{
	bool hopeless = client_connection_failure(link->connection) == CLIENT_FAILURE_KEY;
	int64_t now = clock_monotonic_ms();

	if (link->state == CLIENT_SCREEN_LINK_ON && now - link->opened_ms >= HELD_MS)
		link->pause_ms = 0;
	snprintf(link->error, sizeof(link->error), "%s", client_connection_error(link->connection));
	drop_requests(link);
	client_connection_close(link->connection);
	if (hopeless) {
		link->state = CLIENT_SCREEN_LINK_OFF;
		return;
	}
	link->pause_ms = backoff_next_ms(link->pause_ms, FIRST_PAUSE_MS, LONG_PAUSE_MS);
	link->retry_ms = now + backoff_jitter_ms(link->pause_ms);
	link->state = CLIENT_SCREEN_LINK_WAITING;
}

void
client_screen_link_break(struct client_screen_link *link, const char *why)
{
	if (link->state != CLIENT_SCREEN_LINK_ON)
		return;
	lose_connection(link);
	snprintf(link->error, sizeof(link->error), "%s", why);
}

/* A server that hangs is left: what was asked is asked again, and what was posted has its key. */
static void
judge_silence(struct client_screen_link *link)
{
	int64_t now = clock_monotonic_ms();
	const char *data;
	size_t rest;

	if (link->state != CLIENT_SCREEN_LINK_ON)
		return;
	rest = client_connection_rest(link->connection, &data);
	if (rest != link->rest)
		link->heard_ms = now;
	link->rest = rest;
	if (link->n > 0 && now - link->heard_ms >= SILENT_MS)
		client_screen_link_break(link, _("the server does not answer"));
}

static void
take_reply(struct client_screen_link *link, const json_t *reply)
{
	struct client_screen_link_request request;

	link->heard_ms = clock_monotonic_ms();
	if (link->n == 0)
		return; /* such as that the server is full: the end follows */
	request = link->requests[0];
	memmove(link->requests, link->requests + 1, (link->n - 1) * sizeof(request));
	link->n--;
	if (request.take != NULL)
		request.take(link->arg, reply, request.about);
	free(request.about);
}

/* Takes all that is whole; ends where a taker has ended the connection. */
static void
take_messages(struct client_screen_link *link)
{
	json_t *message;

	while (link->state == CLIENT_SCREEN_LINK_ON) {
		switch (client_connection_next(link->connection, &message)) {
		case CLIENT_NOTHING:
			return;
		case CLIENT_REPLY:
			take_reply(link, message);
			break;
		case CLIENT_EVENT:
			link->event(link->arg, message);
			break;
		case CLIENT_BROKEN:
			lose_connection(link);
			break;
		}
		json_decref(message);
	}
}

void
client_screen_link_step(struct client_screen_link *link, const struct polls *polls)
{
	if (link->state == CLIENT_SCREEN_LINK_WAITING) {
		if (clock_monotonic_ms() < link->retry_ms)
			return;
		client_screen_link_start(link);
		return; /* what polls() told is of no connection yet */
	}
	if (link->state == CLIENT_SCREEN_LINK_OFF)
		return;
	client_connection_step(link->connection, polls);
	if (link->state == CLIENT_SCREEN_LINK_CONNECTING &&
	    client_connection_state(link->connection) == CLIENT_OPEN) {
		/* Pages of history and lists of conversations are long. */
		client_connection_set_reply_max(link->connection, CLIENT_REPLY_INBOX_MAX);
		link->state = CLIENT_SCREEN_LINK_ON;
		link->opened_ms = clock_monotonic_ms();
		link->opened(link->arg);
		return; /* the first requests go before the next wait */
	}
	if (client_connection_state(link->connection) == CLIENT_FAILED)
		lose_connection(link);
	else
		take_messages(link);
	judge_silence(link);
}
