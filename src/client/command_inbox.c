/* The commands inbox and follow: messages that nobody has read yet. */
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/backoff.h"
#include "client/i18n.h"
#include "client/inbox.h"
#include "client/int.h"
#include "client/json.h"
#include "client/output.h"
#include "client/refusal.h"

static int
show_entry(void *arg, const struct client_inbox_entry *entry)
{
	const struct client_call *call = arg;

	if (call->json)
		client_output_json(client_inbox_json(entry));
	else
		client_inbox_print(entry);
	return 0;
}

/* Shows the inbox of a realm, "" for the own one's. The status. */
static int
show_inbox(struct client_call *call, const char *realm)
{
	struct client_session *s = &call->session;
	json_t *reply;

	client_connection_set_reply_max(s->connection, CLIENT_REPLY_INBOX_MAX);
	if (realm[0] == '\0')
		reply = client_session_call(s, CLIENT_INBOX, CLIENT_NO_WORDS, NULL, 0);
	else
		reply = client_session_call(s, CLIENT_INBOX_REALM, CLIENT_WORDS(realm), NULL, 0);
	client_connection_set_reply_max(s->connection, CLIENT_REPLY_MAX);
	if (reply == NULL)
		return s->status;
	client_inbox_walk(reply, s->dialect->framed, realm, show_entry, call);
	json_decref(reply);
	/* What was shown counts as read, so it has to be out before more is asked. */
	return client_output_flush();
}

/* Shows the inboxes of all other realms that the server knows. The status. */
static int
show_other_realms(struct client_call *call)
{
	json_t *reply =
	    client_session_call(&call->session, CLIENT_REALMS, CLIENT_NO_WORDS, NULL, 0);
	int status = reply == NULL ? call->session.status : 0;
	const json_t *realm;
	size_t i;

	json_array_foreach (json_object_get(reply, "realms"), i, realm) {
		const char *name = client_json_text(realm, "name", NULL);

		if (status == 0 && !client_json_is(realm, "state", "own") &&
		    name_valid(name, strlen(name)))
			status = show_inbox(call, name);
	}
	json_decref(reply);
	return status;
}

int
client_inbox(struct client_call *call)
{
	int status = client_begin(call);

	if (status != 0)
		return status;
	if (call->options['r'] != NULL)
		return show_inbox(call, call->options['r']);
	status = show_inbox(call, "");
	if (status == 0 && client_session_can(&call->session, CLIENT_REALMS))
		status = show_other_realms(call);
	return status;
}

/*
 * follow
 */

/* Sets what the program learns of the message; it never goes through a shell. */
static void
set_environment(const struct client_inbox_entry *entry)
{
	setenv("KABAR_FROM", entry->from, 1);
	setenv("KABAR_NAME", entry->name, 1);
	setenv("KABAR_GROUP", entry->group, 1);
	setenv("KABAR_FILE", entry->file, 1);
}

static void __attribute__((noreturn))
become_program(const char *program, const struct client_inbox_entry *entry, int input)
{
	if (dup2(input, STDIN_FILENO) < 0)
		_exit(EX_OSERR);
	signal(SIGPIPE, SIG_DFL);
	set_environment(entry);
	execlp(program, program, (char *)NULL);
	client_output_error(EX_UNAVAILABLE, _("cannot run %s: %s"), program, strerror(errno));
	_exit(EX_UNAVAILABLE);
}

/* Writes the text, and does not care whether the program reads it. */
static void
write_text(int fd, const char *text, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, text, len);

		if (n < 0 && errno != EINTR)
			return;
		text += n > 0 ? n : 0;
		len -= n > 0 ? (size_t)n : 0;
	}
}

/* Runs the program for one message, and waits for its end. The status of an error of ours. */
static int
run_program(const char *program, const struct client_inbox_entry *entry)
{
	int fds[2], status;
	pid_t pid;

	if (pipe2(fds, O_CLOEXEC) != 0 || (pid = fork()) < 0)
		return client_output_error(EX_OSERR, _("cannot run %s: %s"), program,
		    strerror(errno));
	if (pid == 0)
		become_program(program, entry, fds[0]);
	close(fds[0]);
	write_text(fds[1], entry->text, entry->len);
	close(fds[1]);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return 0;
}

/* Shows an event, or has the program know it. The status. */
static int
take_event(struct client_call *call, const json_t *event)
{
	const char *program = call->options['x'];
	struct client_inbox_entry entry;

	if (client_inbox_event(event, call->session.dialect->framed, &entry)) {
		if (program != NULL)
			return run_program(program, &entry);
		show_entry(call, &entry);
	} else if (client_json_is(event, "event", "lost")) {
		client_output_note(_("some messages were removed before they were read: %ju"),
		    (uintmax_t)client_json_number(event, "count"));
	}
	return client_output_flush();
}

/* Takes events until the connection ends, or something else does. *kept becomes true with the
 * first. */
static int
follow_once(struct client_call *call, bool *kept)
{
	struct client_session *s = &call->session;
	json_t *reply = client_session_call(s, CLIENT_FOLLOW, CLIENT_NO_WORDS, NULL, 0), *event;
	int status = reply == NULL ? s->status : 0;

	json_decref(reply);
	*kept = status == 0;
	while (status == 0) {
		event = client_session_await(s, true, true);
		if (event == NULL)
			return s->status;
		if (json_is_string(json_object_get(event, "event")))
			status = take_event(call, event);
		else /* a reply that was not asked for tells that the session has ended */
			status = client_session_refused(s, event);
		json_decref(event);
	}
	return status;
}

int
client_follow(struct client_call *call)
{
	struct client_session *s = &call->session;
	int status = client_begin(call);
	int64_t pause = 0;
	bool kept;

	if (status != 0)
		return status;
	signal(SIGPIPE, SIG_IGN);
	for (;;) {
		status = follow_once(call, &kept);
		if (client_connection_failure(s->connection) != CLIENT_FAILURE_CLOSED || !kept)
			return status;
		/* The server keeps what comes meanwhile. */
		for (pause = 0; status != 0 && status != EX_NOPERM;
		     status = client_session_reopen(s)) {
			pause = backoff_next_ms(pause, 200, 30000);
			client_pause(pause);
		}
		if (status != 0)
			return client_session_broken(s);
	}
}
