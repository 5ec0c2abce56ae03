/*
 * worker: serves one client, from its first byte to the end of the connection. What its lines
 * mean is left to the dialect; waiting is in worker_wait.
 */
#include "worker/worker.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sysexits.h>

#include "auth/client.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/signals.h"
#include "chat/push.h"
#include "dialect/dialect.h"
#include "dialect/enter.h"
#include "dialect/pipeline.h"
#include "legacy/dialect.h"
#include "net/greeting.h"
#include "net/linger.h"
#include "net/tls_key.h"
#include "peering/in/worker.h"
#include "store/store_admin.h"
#include "worker/confine.h"
#include "worker/int.h"

#define ERROR_SIZE 512
#define BUFFERS_AT 4096
#define LINGER_MS  2000 /* the longest that a client is waited for at the end */

static volatile sig_atomic_t terminated, session_ended;

static void
on_signal(int number)
{
	if (number == CHAT_PUSH_SIGNAL)
		session_ended = 1;
	else
		terminated = 1;
}

bool
worker_terminated(void)
{
	return terminated != 0;
}

static void
catch_signals(void)
{
	signals_catch((const int[]){ SIGTERM, SIGINT, CHAT_PUSH_SIGNAL, 0 }, on_signal);
	signals_ignore((const int[]){ SIGPIPE, SIGHUP, 0 });
	signals_reset((const int[]){ SIGCHLD, 0 });
}

/* Nothing can be asked or stored here any more: a client that comes back can do both. */
static bool
has_lost_gate(const struct dialog *dialog)
{
	return dialog->auth != NULL && dialog->auth->lost;
}

/* Whether the conversation is over, from either side. */
static bool
is_over(const struct worker *worker)
{
	signals_let_in();
	return worker->dialog.ending || has_lost_gate(&worker->dialog) || terminated ||
	    frame_failed(&worker->dialog.frame);
}

/* Whether a line is to be served; if not, it was refused. */
static bool
may_serve(struct worker *worker, enum frame_result result)
{
	struct frame *frame = &worker->dialog.frame;
	const char *refusal = worker->dialog.dialect->too_fast;

	if (result != FRAME_CONTROL) /* which may come amid a line, and gives that no time */
		worker_limit_line(worker);
	if (worker_limit_request(worker))
		return true;
	if (result == FRAME_CONTROL)
		return false;
	if (result == FRAME_HEAD)
		frame_discard(frame);
	dialect_pipeline_settle(&worker->dialog);
	frame_write(frame, refusal, strlen(refusal));
	if (frame_has_messages(frame))
		frame_end_reply(frame);
	if (worker->dialog.dialect->refusal_ends)
		worker->dialog.ending = true;
	return false;
}

/* Serves every line that is here. */
static void
serve_lines(struct worker *worker)
{
	struct dialog *dialog = &worker->dialog;
	struct frame_line line;

	while (!is_over(worker)) {
		enum frame_result result = frame_next(&dialog->frame, &line);

		if (result != FRAME_LINE)
			dialect_pipeline_settle(dialog);
		if (result != FRAME_WAIT && !may_serve(worker, result))
			continue;
		switch (result) {
		case FRAME_LINE:
			dialog->dialect->line(dialog, &line);
			worker_note_work(worker);
			break;
		case FRAME_HEAD:
			if (dialog->dialect->head != NULL && dialog->dialect->head(dialog, &line))
				break;
			if (frame_grow(&dialog->frame) == 0)
				break;
			frame_discard(&dialog->frame);
			dialog->dialect->too_long(dialog);
			break;
		case FRAME_TOO_LONG:
			dialog->dialect->too_long(dialog);
			break;
		case FRAME_CONTROL:
			break;
		case FRAME_WAIT:
			if (frame_is_dropping(&dialog->frame)) /* for which no request will pay */
				worker_limit_bytes(worker);
			return;
		}
	}
	dialect_pipeline_settle(dialog);
}

/* The dialog's wait(). */
static bool
wait_amid_request(struct dialog *dialog)
{
	struct worker *worker = (struct worker *)dialog;

	worker->amid_request = true;
	bool there = frame_flush(&dialog->frame) == 0 && !terminated && worker_wait(worker);
	worker->amid_request = false;
	if (there)
		worker_limit_bytes(worker);
	return there;
}

/* The dialog's set_address(). */
static void
set_client_address(struct dialog *dialog, const struct sockaddr *sa)
{
	struct worker *worker = (struct worker *)dialog;
	struct client *client = &worker->client;
	unsigned char key[ADDRESS_KEY_SIZE];

	address_text(sa, worker->address, sizeof(worker->address), &client->port);
	dialog->address = client->address = worker->address;
	client->exempt = !dialog->config->limit_loopback && address_is_loopback(sa);
	address_key(sa, key);
	if (dialog->auth != NULL)
		auth_client_set_address(dialog->auth, key, client->address, client->exempt);
	worker_tag(client);
}

/* A session of this user has ended: checks whether it is ours. */
static void
check_session(struct worker *worker)
{
	struct dialog *dialog = &worker->dialog;

	session_ended = 0;
	if (worker_anonymous(worker))
		return;
	store_refresh(dialog->chat.store);
	dialog->dialect->wake(dialog);
	dialect_check_session(dialog);
	worker->known_ms = clock_monotonic_ms();
}

/* To TLS where none is spoken: its fatal alert, which is "handshake failure". */
static void
send_alert(struct dialog *dialog)
{
	static const char alert[] = { 21, 3, 1, 0, 2, 2, 40 };

	frame_write(&dialog->frame, alert, sizeof(alert));
}

/* Refuses at once, without waiting for a line end, what no client begins with. */
static void
judge_first_bytes(struct worker *worker)
{
	static const struct frame_line nothing = { .data = "", .complete = true };
	struct dialog *dialog = &worker->dialog;
	const char *seems, *data;
	enum greeting judged;
	size_t len;

	data = frame_here(&dialog->frame, &len);
	if (worker->judged || len == 0)
		return;
	judged = greeting_judge(data, len, &seems);
	worker->judged = judged != GREETING_OPEN;
	if (judged != GREETING_STRANGE ||
	    (dialog->dialect == &dialect_web && strcmp(seems, GREETING_HTTP) == 0))
		return;
	log_info("looks like %s; does the client mean another port?", seems);
	if (greeting_is_tls(data, len) && frame_carrier(&dialog->frame)->tls == NULL)
		send_alert(dialog);
	else
		dialog->dialect->line(dialog, &nothing); /* which is no request */
	dialog->ending = true;
}

static void
serve(struct worker *worker)
{
	struct dialog *dialog = &worker->dialog;

	do {
		judge_first_bytes(worker);
		serve_lines(worker);
		if (session_ended)
			check_session(worker);
		frame_flush(&dialog->frame);
		dialect_delivered(dialog, false);
		/* is_over() lets signals in: what one says is not to be slept over. */
	} while (!is_over(worker) && (session_ended || worker_wait(worker)));
	if (!frame_failed(&dialog->frame))
		return;
	log_debug("the client does not read");
	if (frame_flush(&dialog->frame) != 0 && errno == ETIMEDOUT)
		limits_count(worker->client.limits, LIMITS_READERS);
	worker->gone = true;
}

/* A broken handshake is of interest only where the client seems to mean another port. */
static void
log_broken_handshake(struct worker *worker)
{
	const char *seems = stream_seems(frame_carrier(&worker->dialog.frame));

	if (seems != NULL)
		log_info("looks like %s, not TLS; does the client mean another port?", seems);
	else if (tls_key_is_unanswered())
		log_warnx("no TLS: the signer does not answer");
	else
		log_debug("no TLS: %s", worker_broke(worker));
}

/* False when it does not come about. */
static bool
shake_hands(struct worker *worker)
{
	int64_t due = worker->known_ms + worker->dialog.config->login_timeout * 1000;

	tls_key_ask_until(worker_terminated);
	while (stream_handshake(frame_carrier(&worker->dialog.frame)) != 0) {
		int64_t left = due - clock_monotonic_ms();

		if (errno != EAGAIN) {
			log_broken_handshake(worker);
			return false;
		}
		if (left <= 0) {
			log_debug("no TLS in time");
			limits_count(worker->client.limits, LIMITS_LOGIN_TIME);
			return false;
		}
		if (worker_wait_any(worker, left) < 0 && errno != EINTR)
			return false;
		if (terminated || worker->polls[1].revents != 0)
			return false;
	}
	tls_key_ask_no_more();
	return true;
}

/* Begins TLS if the listener speaks it. False: no client is to be served. */
static bool
welcome(struct worker *worker, struct tls *tls)
{
	char error[ERROR_SIZE];

	if (tls == NULL)
		return true;
	if (stream_accept(frame_carrier(&worker->dialog.frame), tls, error, sizeof(error)) == 0)
		return shake_hands(worker);
	log_warnx("no TLS: %s", error);
	return false;
}

/* The close_notify of TLS would be an orderly end, which a reset behind it does not undo. */
static void
end_connection(struct worker *worker)
{
	struct frame *frame = &worker->dialog.frame;
	bool reset = !worker->gone && !worker->dialog.dialect->refusal_ends &&
	    !worker->dialog.dialect->orderly && !frame_has_messages(frame) &&
	    worker->dialog.config->close == CONFIG_CLOSE_RESET;

	if (!worker->gone)
		frame_close(frame, WEBSOCKET_GOING_AWAY);
	if (reset)
		stream_skip_goodbye(frame_carrier(frame));
	frame_free(frame);
	if (reset)
		linger_reset(worker->out_fd, LINGER_MS);
	else if (!worker->gone)
		linger(worker->out_fd, LINGER_MS);
}

void
worker_tag(const struct client *client)
{
	log_set_tag("#%llu %s", (unsigned long long)client->connection, client->address);
}

int
worker_main(const struct config *config, const struct client *client)
{
	/* Fixed: no deep stack for an idle client. Its buffers begin at a page. */
	static _Alignas(BUFFERS_AT) struct worker worker;
	struct dialog *dialog = &worker.dialog;

	if (worker_confine(config, client) != 0)
		return EX_OSERR;
	if (strcmp(client->dialect, CONFIG_DIALECT_PEER) == 0)
		return peering_worker_main(config, client);
	catch_signals();
	dialog->config = config;
	dialog->dialect = dialect_find(client->dialect);
	if (dialog->dialect == NULL) {
		log_warnx("there is no dialect %s", client->dialect);
		return EX_SOFTWARE;
	}
	dialog->listener = client->listener;
	dialog->servers = &legacy_dialect;
	dialog->connection = client->connection;
	dialog->address = client->address;
	dialog->trusted_proxy = client->trusted_proxy;
	dialog->set_address = set_client_address;
	dialog->wait = wait_amid_request;
	dialog->wait_for = worker_wait_other;
	dialog->start_bridge = client->start_bridge;
	dialog->limits = client->limits;
	dialog->auth = client->auth;
	worker.out_fd = client->out_fd;
	worker.client = *client;
	frame_init(&dialog->frame, client->in_fd, client->out_fd,
	    (int)(config->write_timeout * 1000));
	frame_carrier(&dialog->frame)->patience.rate = config->write_rate;
	if (dialog->dialect->begin != NULL)
		dialog->dialect->begin(dialog);
	worker.polls[1] = (struct pollfd){ .fd = client->master_fd, .events = POLLIN };
	worker.polls[2] = (struct pollfd){ .fd = -1, .events = POLLIN };
	dialog->wakeup_fd = -1;
	worker.known_ms = worker.heard_ms = worker.active_ms = clock_monotonic_ms();
	worker.rested = true; /* until the first request there is nothing to rest from */
	log_debug("connected, port %u", client->port);
	if (welcome(&worker, client->tls))
		serve(&worker);
	dialog->stopping = terminated || worker.polls[1].revents != 0;
	if (dialog->dialect->end != NULL)
		dialog->dialect->end(dialog);
	if (!dialog->stopping) {
		dialect_enter_gone(dialog);
		dialect_enter_hang_up(dialog);
	}
	dialect_close(dialog);
	end_connection(&worker);
	log_debug("disconnected");
	return 0;
}
