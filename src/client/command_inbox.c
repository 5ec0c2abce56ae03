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
#include "base/clock.h"
#include "client/i18n.h"
#include "client/inbox.h"
#include "client/int.h"
#include "client/json.h"
#include "client/output.h"
#include "client/refusal.h"
#include "client/text.h"

#define VARIABLE_MAX 1024          /* bytes of what a program learns in its environment, */
#define TEXT_MAX     (1024 * 1024) /* and of a text */
#define PAUSE_MS     200           /* the first pause until one comes back, and the longest; */
#define PAUSE_MAX_MS 30000
#define HELD_MS      60000 /* it is the first again when the connection held for so long */

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

/* Sets what the program learns, clean, and so that no program takes it for an option. */
static void
set_variable(const char *name, const char *text)
{
	char *clean;

	text += strspn(text, "-");
	clean = client_text_clean(text, strlen(text), CLIENT_TEXT_LINE, VARIABLE_MAX);
	setenv(name, clean == NULL ? "" : clean, 1);
	free(clean);
}

/* Sets what the program learns of the message; it never goes through a shell. */
static void
set_environment(const struct client_inbox_entry *entry)
{
	const char *slash = strrchr(entry->file, '/'),
	           *file = slash == NULL ? entry->file : slash + 1;

	set_variable("KABAR_FROM", entry->from);
	set_variable("KABAR_NAME", entry->name);
	set_variable("KABAR_GROUP", entry->group);
	/* It may become the name of a file here. */
	set_variable("KABAR_FILE", strcmp(file, ".") == 0 || strcmp(file, "..") == 0 ? "" : file);
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
	char *clean;
	pid_t pid;

	if (pipe2(fds, O_CLOEXEC) != 0 || (pid = fork()) < 0)
		return client_output_error(EX_OSERR, _("cannot run %s: %s"), program,
		    strerror(errno));
	if (pid == 0)
		become_program(program, entry, fds[0]);
	close(fds[0]);
	clean = client_text_clean(entry->text, entry->len, CLIENT_TEXT_LINES, TEXT_MAX);
	if (clean != NULL)
		write_text(fds[1], clean, strlen(clean));
	close(fds[1]);
	free(clean);
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

/* Why it ends, in words that are not told yet. */
struct follow_end {
	char why[CLIENT_REFUSAL_TEXT]; /* "": it was told */
};

/* The status of a connection that has failed, or of a refusal. */
static int
note_end(struct client_session *s, const json_t *reply, struct follow_end *end)
{
	if (reply != NULL)
		return client_refusal_explain(reply, end->why);
	snprintf(end->why, sizeof(end->why), "%s", client_connection_error(s->connection));
	return client_session_failure(s);
}

/* Begins. 0, or the status. */
static int
begin_follow(struct client_session *s, struct follow_end *end)
{
	int status = client_session_put(s, CLIENT_FOLLOW, CLIENT_NO_WORDS, NULL, 0);
	json_t *reply;

	if (status != 0)
		return status;
	reply = client_session_await(s, false, true);
	if (reply == NULL || !client_refusal_is_none(reply))
		status = note_end(s, reply, end);
	json_decref(reply);
	return status;
}

/* Takes events until the connection ends, or something else does. The status. */
static int
take_events(struct client_call *call, struct follow_end *end)
{
	struct client_session *s = &call->session;
	int status = 0;
	json_t *event;

	while (status == 0) {
		event = client_session_await(s, true, true);
		if (event != NULL && json_is_string(json_object_get(event, "event")))
			status = take_event(call, event);
		else /* a reply that was not asked for tells that the session has ended */
			status = note_end(s, event, end);
		json_decref(event);
	}
	return status;
}

/* Connects again, until that succeeds or another server is there. 0, or the status. */
static int
come_back(struct client_session *s, int64_t *pause, struct follow_end *end)
{
	int status;

	do {
		*pause = backoff_next_ms(*pause, PAUSE_MS, PAUSE_MAX_MS);
		client_pause(*pause);
		status = client_session_reopen(s);
	} while (status != 0 && status != EX_NOPERM);
	return status == 0 ? 0 : note_end(s, NULL, end);
}

int
client_follow(struct client_call *call)
{
	int status = client_begin(call);
	struct follow_end end = { .why = "" };
	bool followed = false;
	int64_t pause = 0, begun;

	if (status != 0)
		return status;
	signal(SIGPIPE, SIG_IGN);
	do {
		end.why[0] = '\0';
		begun = clock_monotonic_ms();
		status = begin_follow(&call->session, &end);
		if (status == 0) {
			followed = true;
			status = take_events(call, &end);
		}
		if (clock_monotonic_ms() - begun >= HELD_MS)
			pause = 0;
		/* The server keeps what comes meanwhile, and may have no room for a while. */
		if (followed && status == EX_TEMPFAIL)
			status = come_back(&call->session, &pause, &end);
	} while (status == 0);
	if (end.why[0] != '\0')
		client_output_error(status, "%s", end.why);
	return status;
}
