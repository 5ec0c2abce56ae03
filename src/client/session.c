/* client_session: what a failure of the connection is among the exit statuses stands in one table.
 */
#include "client/session.h"

#include <errno.h>
#include <string.h>
#include <sysexits.h>

#include "base/clock.h"
#include "client/i18n.h"
#include "client/json.h"
#include "client/output.h"
#include "client/refusal.h"
#include "client/request.h"

#define SLOWEST 1024 /* bytes a second that a reply has to come with, */
#define SLACK_S 120  /* beyond so many seconds */
#define OURSELF "kabar/" PACKAGE_VERSION

static const int statuses[] = {
	[CLIENT_FAILURE_NONE] = EX_SOFTWARE,
	[CLIENT_FAILURE_MEMORY] = EX_OSERR,
	[CLIENT_FAILURE_LOCAL] = EX_CONFIG,
	[CLIENT_FAILURE_UNREACHABLE] = EX_NOHOST,
	[CLIENT_FAILURE_TLS] = EX_PROTOCOL,
	[CLIENT_FAILURE_KEY] = EX_NOPERM,
	[CLIENT_FAILURE_CLOSED] = EX_TEMPFAIL,
	[CLIENT_FAILURE_PROTOCOL] = EX_PROTOCOL,
	[CLIENT_FAILURE_SILENT] = EX_TEMPFAIL,
};

static int
note_status(struct client_session *s, int status)
{
	s->status = status;
	return status;
}

int
client_session_failure(struct client_session *s)
{
	return note_status(s, statuses[client_connection_failure(s->connection)]);
}

int
client_session_broken(struct client_session *s)
{
	return client_output_error(client_session_failure(s), "%s",
	    client_connection_error(s->connection));
}

/* Fails the connection where a server that has no room or time now said so instead of its features.
 */
static bool
is_turned_away(struct client_session *s, const json_t *reply)
{
	static const char *const codes[] = { "FULL", "TOO_SOON", "FAILED" };
	const char *code = client_refusal_code(reply);
	char text[CLIENT_REFUSAL_TEXT];

	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		if (!client_refusal_is_none(reply) && strcmp(code, codes[i]) == 0) {
			client_refusal_explain(reply, text);
			client_connection_fail(s->connection, CLIENT_FAILURE_CLOSED, text);
			return true;
		}
	return false;
}

/* What is known of the server. */
static void
take_features(struct client_session *s, json_t *reply)
{
	json_decref(s->features);
	s->features = NULL;
	if (!is_turned_away(s, reply) && client_refusal_is_none(reply) &&
	    json_is_array(json_object_get(reply, "features")))
		s->features = json_incref(reply);
	json_decref(reply);
	if (s->features == NULL)
		return;
	/* From here on the server's errors have words for programs. */
	(void)client_request_put(s->connection, CLIENT_WORDS("client", OURSELF), NULL, 0);
	json_decref(client_session_await(s, false, true));
}

static int
connect_session(struct client_session *s, bool quiet)
{
	struct client_connection *c = s->connection;
	json_t *reply;

	client_connection_open(c, s->account.host, s->account.port, s->account.tls, s->fingerprint);
	while (client_connection_state(c) == CLIENT_CONNECTING)
		client_connection_turn(c, -1);
	if (client_connection_state(c) == CLIENT_OPEN && client_connection_is_new(c))
		client_output_note(_("the key of %s port %u is remembered: %s"), s->account.host,
		    s->account.port, client_connection_fingerprint(c));
	if (client_connection_state(c) == CLIENT_OPEN && s->dialect->features) {
		(void)client_request_put(c, CLIENT_WORDS("features"), NULL, 0);
		reply = client_session_await(s, false, true);
		if (reply != NULL)
			take_features(s, reply);
	}
	if (client_connection_state(c) == CLIENT_OPEN)
		return note_status(s, 0);
	if (!quiet)
		return client_session_broken(s);
	return client_session_failure(s);
}

int
client_session_open(struct client_session *s)
{
	s->dialect = client_dialect_find(s->account.dialect);
	if (s->dialect == NULL)
		return note_status(s,
		    client_output_error(EX_CONFIG, _("there is no dialect \"%s\""),
		        s->account.dialect));
	if (s->connection == NULL)
		s->connection = client_connection_new();
	if (s->connection == NULL)
		return note_status(s, client_output_error(EX_OSERR, "%s", strerror(ENOMEM)));
	return connect_session(s, false);
}

int
client_session_reopen(struct client_session *s)
{
	return connect_session(s, true);
}

void
client_session_close(struct client_session *s)
{
	json_decref(s->features);
	s->features = NULL;
	client_connection_free(s->connection);
	s->connection = NULL;
}

/* Whether the server's list of features has this one. */
static bool
has_feature(const struct client_session *s, const char *feature)
{
	const json_t *value;
	size_t i;

	json_array_foreach (json_object_get(s->features, "features"), i, value)
		if (json_is_string(value) && strcmp(json_string_value(value), feature) == 0)
			return true;
	return false;
}

bool
client_session_can(const struct client_session *s, enum client_verb verb)
{
	const char *feature = client_dialect_feature(verb);

	return feature == NULL ? s->dialect->verbs[verb] != NULL : has_feature(s, feature);
}

int
client_session_cannot(struct client_session *s, enum client_verb verb)
{
	return note_status(s,
	    client_output_error(EX_UNAVAILABLE, _("the server is not able %s"),
	        client_dialect_purpose(verb)));
}

#define LINE_WORDS (CLIENT_SESSION_WORDS + 3)

/* The words of a request: the verb, the token and these. 0, or the status. */
static int
gather_words(struct client_session *s, enum client_verb verb, const char *const *words,
    const char *line[LINE_WORDS])
{
	const char *feature = client_dialect_feature(verb);
	size_t n = 0;

	if (!client_session_can(s, verb))
		return client_session_cannot(s, verb);
	line[n++] = feature == NULL ? s->dialect->verbs[verb] : feature;
	if (s->account.token[0] != '\0')
		line[n++] = s->account.token;
	for (size_t i = 0; i < CLIENT_SESSION_WORDS && words[i] != NULL; i++)
		line[n++] = words[i];
	line[n] = NULL;
	return 0;
}

/* The status of a line that was gathered, or was not. */
static int
note_gathered(struct client_session *s, int result)
{
	if (result == 0)
		return 0;
	return note_status(s,
	    client_output_error(EX_DATAERR,
	        _("a name or text is empty, too long or cannot be sent")));
}

int
client_session_begin(struct client_session *s, enum client_verb verb, const char *const *words)
{
	const char *line[LINE_WORDS];
	int status = gather_words(s, verb, words, line);

	return status != 0 ? status : note_gathered(s, client_request_begin(s->connection, line));
}

int
client_session_put(struct client_session *s, enum client_verb verb, const char *const *words,
    const char *text, size_t len)
{
	const char *line[LINE_WORDS];
	int status = gather_words(s, verb, words, line);

	return status != 0 ? status
	                   : note_gathered(s, client_request_put(s->connection, line, text, len));
}

void
client_session_watch_pace(struct client_session *s, int64_t begun_ms, uint64_t came)
{
	int64_t least_ms = ((int64_t)came / SLOWEST + SLACK_S) * 1000;

	if (clock_monotonic_ms() - begun_ms > least_ms)
		client_connection_fail(s->connection, CLIENT_FAILURE_SILENT,
		    _("the server does not answer"));
}

json_t *
client_session_await(struct client_session *s, bool event, bool quiet)
{
	int64_t begun = clock_monotonic_ms();
	const char *data;
	json_t *message;

	for (;;) {
		switch (client_connection_next(s->connection, &message)) {
		case CLIENT_REPLY:
			return message;
		case CLIENT_EVENT:
			if (event)
				return message;
			json_decref(message);
			continue;
		case CLIENT_BROKEN:
			if (quiet)
				client_session_failure(s);
			else
				client_session_broken(s);
			return NULL;
		case CLIENT_NOTHING:
			break;
		}
		client_connection_turn(s->connection, event ? -1 : CLIENT_SESSION_WAIT_MS);
		if (!event)
			client_session_watch_pace(s, begun,
			    client_connection_rest(s->connection, &data));
	}
}

json_t *
client_session_sure(struct client_session *s, json_t *reply)
{
	char text[CLIENT_REFUSAL_TEXT];

	if (!client_refusal_is_unsure(reply))
		return reply;
	client_refusal_explain(reply, text);
	json_decref(reply);
	client_connection_fail(s->connection, CLIENT_FAILURE_CLOSED, text);
	client_session_failure(s);
	return NULL;
}

int
client_session_refused(struct client_session *s, const json_t *reply)
{
	char text[CLIENT_REFUSAL_TEXT];
	int status = client_refusal_explain(reply, text);

	return note_status(s, client_output_error(status, "%s", text));
}

json_t *
client_session_call(struct client_session *s, enum client_verb verb, const char *const *words,
    const char *text, size_t len)
{
	json_t *reply;

	if (client_session_put(s, verb, words, text, len) != 0)
		return NULL;
	reply = client_session_await(s, false, false);
	if (reply == NULL || client_refusal_is_none(reply))
		return reply;
	client_session_refused(s, reply);
	json_decref(reply);
	return NULL;
}
