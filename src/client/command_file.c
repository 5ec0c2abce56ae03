/* The commands file send and file list. */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/clock.h"
#include "client/i18n.h"
#include "client/int.h"
#include "client/json.h"
#include "client/output.h"
#include "client/progress.h"
#include "client/refusal.h"
#include "client/upload.h"

/* A file on its way. */
struct sending {
	const struct client_who *who;
	const char *path;
	char name[256];
	char key[TOKEN_TEXT_LEN + 1]; /* "": the server knows no keys */
	int fd;
	uint64_t size;
};

/* Opens what is to be sent. 0, or the status. */
static int
open_file(struct sending *sending)
{
	struct stat st;

	if (!client_upload_name(sending->path, sending->name))
		return client_output_error(EX_DATAERR, _("%s: no file can be sent under this name"),
		    sending->path);
	/* A pipe would keep it waiting for a writer. */
	sending->fd = open(sending->path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (sending->fd < 0 || fstat(sending->fd, &st) != 0)
		return client_output_error(EX_NOINPUT, "%s: %s", sending->path, strerror(errno));
	if (!S_ISREG(st.st_mode))
		return client_output_error(EX_NOINPUT, _("%s: this is no file"), sending->path);
	sending->size = (uint64_t)st.st_size;
	return 0;
}

/* Begins the request in front of the content. 0, or the status. */
static int
begin_request(struct client_session *s, const struct sending *sending)
{
	const struct client_who *who = sending->who;
	bool group = who->kind == CLIENT_WHO_GROUP;
	char written[CLIENT_WHO_TEXT];

	client_who_write(who, written);
	if (sending->key[0] != '\0')
		return client_session_begin(s, CLIENT_POST_FILE,
		    CLIENT_WORDS(sending->key, written, sending->name));
	if (who->realm[0] != '\0')
		return client_session_begin(s,
		    group ? CLIENT_FILE_SEND_GROUP_REALM : CLIENT_FILE_SEND_REALM,
		    CLIENT_WORDS(who->realm, who->name, sending->name));
	return client_session_begin(s, group ? CLIENT_FILE_SEND_GROUP : CLIENT_FILE_SEND,
	    CLIENT_WORDS(who->name, sending->name));
}

/*
 * Sends the content and waits for the reply, which may come before all was sent: what is refused is
 * sent no further. NULL: the connection has failed, or *status says what else.
 */
static json_t *
send_content(struct client_session *s, const struct sending *sending, int *status)
{
	struct client_upload upload;
	struct client_progress progress;
	json_t *reply = NULL;
	enum client_message kind = CLIENT_NOTHING;

	client_upload_begin(&upload, sending->fd);
	client_progress_begin(&progress, sending->name, sending->size);
	while (kind == CLIENT_NOTHING || kind == CLIENT_EVENT) {
		json_decref(reply);
		if (client_upload_step(&upload, s->connection) != 0) {
			*status =
			    client_output_error(EX_IOERR, "%s: %s", sending->path, strerror(errno));
			reply = NULL;
			break;
		}
		client_progress_show(&progress, upload.read);
		client_connection_turn(s->connection, CLIENT_SESSION_WAIT_MS);
		kind = client_connection_next(s->connection, &reply);
	}
	client_progress_end(&progress);
	/* Half a request is no good for a next one. */
	if (!upload.ended && kind != CLIENT_BROKEN)
		client_connection_close(s->connection);
	return reply;
}

/* Sends the file once. NULL: see *status, which is that of a connection that broke otherwise. */
static json_t *
send_once(struct client_session *s, const struct sending *sending, int *status)
{
	json_t *reply;

	if (client_connection_state(s->connection) != CLIENT_OPEN)
		*status = client_session_reopen(s);
	else
		*status = 0;
	if (*status != 0 || lseek(sending->fd, 0, SEEK_SET) < 0)
		return NULL;
	*status = begin_request(s, sending);
	if (*status != 0)
		return NULL;
	reply = client_session_sure(s, send_content(s, sending, status));
	if (reply == NULL && *status == 0)
		*status = client_session_failure(s);
	return reply;
}

/* Tells what became of the file. The status. */
static int
finish_file(struct client_call *call, const struct sending *sending, json_t *reply)
{
	if (!client_refusal_is_none(reply))
		return client_session_refused(&call->session, reply);
	json_object_set_new(reply, "file", json_string(sending->name));
	return client_tell_delivery(call, reply);
}

/* Sends a file; with a key again and again, since the server takes it once. The status. */
static int
send_file(struct client_call *call, const struct client_who *who, const char *path)
{
	struct client_session *s = &call->session;
	int64_t until = clock_monotonic_ms() + CLIENT_AGAIN_MS;
	struct sending sending = { .who = who, .path = path, .fd = -1 };
	json_t *reply = NULL;
	int status = open_file(&sending);

	if (client_session_can(s, CLIENT_POST_FILE))
		token_make(sending.key);
	while (status == 0) {
		reply = send_once(s, &sending, &status);
		if (reply != NULL || sending.key[0] == '\0' || status != EX_TEMPFAIL ||
		    !client_come_back(s, until))
			break;
		status = 0;
	}
	if (reply != NULL)
		status = finish_file(call, &sending, reply);
	else if (client_connection_failure(s->connection) != CLIENT_FAILURE_NONE)
		status = client_session_broken(s);
	json_decref(reply);
	if (sending.fd >= 0)
		close(sending.fd);
	return status;
}

int
client_file_send(struct client_call *call)
{
	struct client_who who;
	int status = client_read_who(call->operands[0], CLIENT_USER_OR_GROUP, &who), first = 0;

	if (status == 0)
		status = client_begin(call);
	if (status != 0)
		return status;
	for (size_t i = 1; i < call->n_operands; i++) {
		status = send_file(call, &who, call->operands[i]);
		if (first == 0)
			first = status;
	}
	return first;
}

/* Lists the files of all conversations, or of the one with this name, as the family does. */
static int
list_all(struct client_call *call, const struct client_who *who)
{
	json_t *reply =
	    client_session_call(&call->session, CLIENT_FILE_LIST, CLIENT_NO_WORDS, NULL, 0);
	struct client_output_table table = { .n = 0 };
	const json_t *name;
	const char *with;
	char wanted[CLIENT_WHO_TEXT] = "";
	json_t *names;
	size_t i;

	if (reply == NULL)
		return call->session.status;
	if (who != NULL)
		client_who_write(who, wanted);
	json_object_foreach (json_object_get(reply, "messages"), with, names) {
		/* A group stands there without its "#". */
		if (who != NULL && strcasecmp(with, wanted + (wanted[0] == '#')) != 0)
			continue;
		json_array_foreach (names, i, name) {
			if (!json_is_string(name))
				continue;
			if (call->json)
				client_output_json(
				    json_pack("{s:s,s:O}", "with", with, "name", name));
			else
				client_output_row(&table,
				    CLIENT_WORDS(with, json_string_value(name)));
		}
	}
	client_output_table(&table);
	json_decref(reply);
	return 0;
}

/* Lists the files of a conversation, with what a newer server knows of them. */
static int
list_one(struct client_call *call, const struct client_who *who)
{
	struct client_output_table table = { .n = 0 };
	char written[CLIENT_WHO_TEXT], time[32], size[32];
	const json_t *file;
	json_t *reply;
	size_t i;

	client_who_write(who, written);
	client_connection_set_reply_max(call->session.connection, CLIENT_REPLY_INBOX_MAX);
	reply = client_session_call(&call->session, CLIENT_FILES, CLIENT_WORDS(written), NULL, 0);
	if (reply == NULL)
		return call->session.status;
	json_array_foreach (json_object_get(reply, "files"), i, file) {
		if (call->json) {
			client_output_json(json_deep_copy(file));
			continue;
		}
		client_output_time(client_json_text(file, "time", NULL), time);
		snprintf(size, sizeof(size), "%ju", (uintmax_t)client_json_number(file, "size"));
		client_output_row(&table,
		    CLIENT_WORDS(time, size, client_json_text(file, "from", NULL),
		        client_json_text(file, "name", NULL)));
	}
	client_output_table(&table);
	json_decref(reply);
	return 0;
}

int
client_file_list(struct client_call *call)
{
	struct client_who who;
	bool one = call->n_operands == 1;
	int status = one ? client_read_who(call->operands[0], CLIENT_USER_OR_GROUP, &who) : 0;

	if (status == 0)
		status = client_begin(call);
	if (status != 0)
		return status;
	client_connection_set_reply_max(call->session.connection, CLIENT_REPLY_INBOX_MAX);
	if (one && client_session_can(&call->session, CLIENT_FILES))
		return list_one(call, &who);
	return list_all(call, one ? &who : NULL);
}
