/*
 * The loop of the screen: keys, the connection, files on their way, and signals, in one wait.
 */
#include "client/screen/screen.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/signals.h"
#include "client/i18n.h"
#include "client/screen/int.h"
#include "client/screen/terminal.h"
#include "client/text.h"

/* Set by signals, which come only while the loop waits. */
static volatile sig_atomic_t resized, stopped, ended;

static const int caught_plain[] = { SIGTERM, SIGHUP, SIGINT, SIGQUIT, 0 };
static const int caught[] = { SIGWINCH, SIGTSTP, SIGTERM, SIGHUP, SIGINT, SIGQUIT, 0 };
static const int ignored[] = { SIGPIPE, 0 };

static void
note_signal(int signal)
{
	if (signal == SIGWINCH)
		resized = 1;
	else if (signal == SIGTSTP)
		stopped = 1;
	else
		ended = 1;
}

static void
handle_signals(struct client_screen *s)
{
	signals_let_in();
	if (ended)
		s->quit = true;
	if (stopped) {
		stopped = 0;
		client_screen_terminal_suspend();
		signals_catch(caught, note_signal);
		s->dirty = true;
	}
	if (resized) {
		resized = 0;
		client_screen_terminal_resize();
		s->dirty = true;
	}
}

static int
shorter_wait(int a, int b)
{
	return a < 0 || (b >= 0 && b < a) ? b : a;
}

static void
read_keys(struct client_screen *s)
{
	struct client_screen_key key;

	while (!s->quit && client_screen_terminal_read(&key)) {
		client_screen_input_key(s, &key);
		if (key.action == CLIENT_SCREEN_SUSPEND)
			signals_catch(caught, note_signal);
	}
}

static void
step_link(struct client_screen *s, const struct polls *polls)
{
	enum client_screen_link_state before = s->link.state;

	client_screen_link_step(&s->link, polls);
	if (s->link.state == before)
		return;
	s->dirty = true;
	if (client_screen_link_is_on(&s->link) || s->link.state == CLIENT_SCREEN_LINK_CONNECTING)
		return;
	if (s->in_form && s->form.busy)
		client_screen_login_lost(s);
	else if (s->plain)
		client_screen_plain_line(s->link.error);
}

/* One wait, and all that has come. */
static void
turn(struct client_screen *s, struct polls *polls)
{
	size_t keys;
	int wait, n;

	polls->n = 0;
	keys = polls_add(polls, STDIN_FILENO, POLLIN);
	client_screen_link_polls(&s->link, polls);
	client_screen_transfer_polls(&s->transfer, polls);
	wait = shorter_wait(client_screen_link_wait_ms(&s->link),
	    client_screen_transfer_wait_ms(&s->transfer));
	n = signals_poll(polls->fds, polls->n, wait < 0 ? -1 : (int64_t)wait * 1000);
	if (n < 0)
		for (size_t i = 0; i < polls->n; i++)
			polls->fds[i].revents = 0;
	handle_signals(s);
	step_link(s, polls);
	client_screen_hear_flush(s);
	if (client_screen_transfer_step(&s->transfer, polls))
		s->dirty = true;
	if (s->plain && (polls_got(polls, keys) & (POLLIN | POLLHUP)) != 0)
		client_screen_plain_read(s);
	else if (!s->plain)
		read_keys(s);
	if ((polls_got(polls, keys) & (POLLHUP | POLLERR | POLLNVAL)) != 0 && !s->plain)
		s->quit = true; /* the terminal has gone */
	client_screen_talk_flush(s);
}

static void
show(struct client_screen *s)
{
	const struct client_model_conversation *c = s->focus;

	if (!s->dirty)
		return;
	s->dirty = false;
	if (s->plain)
		return;
	client_screen_draw(s);
	if (s->in_form)
		return;
	/* What is seen is read, and where the top of what is known is seen, more is asked for. */
	client_screen_talk_read(s);
	if (c != NULL && c->loaded && c->older && s->view.at_top)
		client_screen_talk_older(s);
}

static void
run(struct client_screen *s)
{
	struct polls polls = { 0 };

	if (s->account.host[0] == '\0' || s->account.token[0] == '\0')
		client_screen_login_start(s, "");
	else
		client_screen_talk_start(s);
	s->dirty = true;
	while (!s->quit) {
		show(s);
		turn(s, &polls);
	}
	free(polls.fds);
}

/* What nobody will send any more is told where it can be read. */
static int
tell_end(const struct client_screen *s)
{
	size_t unsent = client_model_count_unsent(&s->model);

	for (size_t i = 0; i < s->model.n_pending; i++) {
		const struct client_model_pending *p = &s->model.pending[i];
		char *line;

		if (p->error != NULL ||
		    asprintf(&line, _("kabar: not sent to %s: %s"), p->conversation->with,
		        p->text) < 0)
			continue;
		client_text_print(stderr, line);
		fputc('\n', stderr);
		free(line);
	}
	if (unsent > 0)
		return EX_TEMPFAIL;
	if (s->in_form)
		return s->plain ? EX_NOPERM : 0;
	if (s->link.state != CLIENT_SCREEN_LINK_OFF)
		return 0;
	/* The server's key has changed. */
	fputs("kabar: ", stderr);
	client_text_print(stderr, s->link.error);
	fputc('\n', stderr);
	return EX_NOPERM;
}

static void
free_screen(struct client_screen *s)
{
	client_screen_transfer_free(&s->transfer);
	client_screen_link_free(&s->link);
	client_screen_list_free(&s->list);
	client_screen_edit_free(&s->input);
	client_screen_complete_free(&s->complete);
	client_screen_page_free(&s->page);
	for (int i = 0; i < CLIENT_SCREEN_FORM_FIELDS; i++)
		client_screen_edit_free(&s->form.fields[i]);
	client_model_free(&s->model);
	free(s);
}

int
client_screen_run(const struct client_settings *settings, const struct client_account *account,
    const char *fingerprint)
{
	struct client_screen *s = calloc(1, sizeof(*s));
	int status = EX_NOPERM;

	if (s == NULL || client_model_init(&s->model, account->user) != 0 ||
	    client_screen_link_init(&s->link, &s->account, fingerprint, s) != 0) {
		fprintf(stderr, "kabar: %s\n", strerror(ENOMEM));
		return EX_OSERR;
	}
	s->account = *account;
	s->settings = settings;
	client_screen_login_own(s);
	s->bell = settings->bell;
	s->notify = settings->notify;
	client_screen_talk_prepare(s);
	s->plain = !client_screen_terminal_fits() || client_screen_terminal_start() != 0;
	signals_ignore(ignored);
	signals_catch(s->plain ? caught_plain : caught, note_signal);
	if (s->plain && account->token[0] == '\0') {
		fprintf(stderr, "kabar: %s\n", _("log in first: kabar login [user@]host"));
	} else {
		run(s);
		if (!s->plain)
			client_screen_terminal_stop();
		status = tell_end(s);
	}
	free_screen(s);
	return status;
}
