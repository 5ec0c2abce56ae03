/* The command send: with a key where the server knows such, so that it can be repeated. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/token.h"
#include "client/i18n.h"
#include "client/int.h"
#include "client/json.h"
#include "client/output.h"
#include "client/refusal.h"
#include "client/request.h"

/* The text, which the caller frees; NULL after a complaint. */
static char *
read_standard_input(size_t *len)
{
	char *text = malloc(CLIENT_LINE_MAX + 1);
	size_t to = 0;

	*len = text == NULL ? 0 : fread(text, 1, CLIENT_LINE_MAX + 1, stdin);
	if (text == NULL || ferror(stdin) || *len > CLIENT_LINE_MAX) {
		client_output_error(EX_DATAERR, "%s",
		    text != NULL && *len > CLIENT_LINE_MAX ? _("the text is too long")
		                                           : strerror(errno));
		free(text);
		return NULL;
	}
	/* CR LF would end the request. */
	for (size_t i = 0; i < *len; i++)
		if (text[i] != '\r' || i + 1 == *len || text[i + 1] != '\n')
			text[to++] = text[i];
	while (to > 0 && (text[to - 1] == '\n' || text[to - 1] == '\r'))
		to--;
	*len = to;
	return text;
}

/* The operands as one text, with spaces between them. */
static char *
join_operands(char **operands, size_t *len)
{
	char *text = NULL;
	FILE *file = open_memstream(&text, len);

	if (file == NULL)
		return NULL;
	for (size_t i = 0; operands[i] != NULL; i++)
		fprintf(file, "%s%s", i == 0 ? "" : " ", operands[i]);
	if (fclose(file) == 0)
		return text;
	free(text);
	return NULL;
}

/* A server takes one space off each end of a text: one that has spaces there gets one more. */
static char *
guard_spaces(char *text, size_t *len)
{
	char *guarded;

	if (*len == 0 || (text[0] != ' ' && text[*len - 1] != ' '))
		return text;
	guarded = malloc(*len + 2);
	if (guarded == NULL)
		return text;
	guarded[0] = guarded[*len + 1] = ' ';
	memcpy(guarded + 1, text, *len);
	*len += 2;
	free(text);
	return guarded;
}

/*
 * The server takes a message with this key once, however often it is sent: what is lost with a
 * connection, or may not be stored, is sent again.
 */
static int
post_text(struct client_call *call, const char *who, const char *text, size_t len)
{
	struct client_session *s = &call->session;
	int64_t until = clock_monotonic_ms() + CLIENT_AGAIN_MS;
	char key[TOKEN_TEXT_LEN + 1];
	json_t *reply = NULL;
	int status;

	token_make(key);
	for (;;) {
		status = client_session_put(s, CLIENT_POST, CLIENT_WORDS(key, who), text, len);
		if (status != 0)
			return status;
		reply = client_session_sure(s, client_session_await(s, false, true));
		if (reply != NULL)
			break;
		/* The failure that is told is the first one, if there is no way back. */
		if (s->status != EX_TEMPFAIL || !client_come_back(s, until))
			return client_session_broken(s);
	}
	if (client_refusal_is_none(reply))
		status = client_tell_delivery(call, reply);
	else
		status = client_session_refused(s, reply);
	json_decref(reply);
	return status;
}

/* As the family sends. A message whose reply is lost may have been sent. */
static int
send_text(struct client_call *call, const struct client_who *who, const char *text, size_t len)
{
	struct client_session *s = &call->session;
	bool group = who->kind == CLIENT_WHO_GROUP, abroad = who->realm[0] != '\0';
	json_t *reply;
	int status;

	if (abroad)
		reply = client_session_call(s, group ? CLIENT_SEND_GROUP_REALM : CLIENT_SEND_REALM,
		    CLIENT_WORDS(who->realm, who->name), text, len);
	else
		reply = client_session_call(s, group ? CLIENT_SEND_GROUP : CLIENT_SEND,
		    CLIENT_WORDS(who->name), text, len);
	if (reply != NULL) {
		status = client_tell_delivery(call, reply);
		json_decref(reply);
		return status;
	}
	if (client_connection_failure(s->connection) != CLIENT_FAILURE_NONE)
		client_output_note(_("it is not known whether the message was sent"));
	return s->status;
}

int
client_send(struct client_call *call)
{
	char written[CLIENT_WHO_TEXT], *text;
	bool input =
	    call->n_operands == 1 || (call->n_operands == 2 && strcmp(call->operands[1], "-") == 0);
	struct client_who who;
	size_t len;
	int status = client_read_who(call->operands[0], CLIENT_USER_OR_GROUP, &who);

	if (status != 0)
		return status;
	text = input ? read_standard_input(&len) : join_operands(call->operands + 1, &len);
	if (text == NULL)
		return EX_DATAERR;
	status = client_begin(call);
	client_who_write(&who, written);
	if (status == 0 && call->session.features != NULL)
		text = guard_spaces(text, &len);
	if (status == 0 && client_session_can(&call->session, CLIENT_POST))
		status = post_text(call, written, text, len);
	else if (status == 0)
		status = send_text(call, &who, text, len);
	free(text);
	return status;
}
