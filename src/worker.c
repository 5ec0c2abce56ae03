/*
 * worker: serves one client, from its first byte to the end of the connection. What its lines
 * mean is left to the dialect.
 */
#include "worker.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "dialect.h"
#include "log.h"

#define REST_MS      5000 /* idle this long, a worker holds no connection to the committer */
#define MARK_WAIT_MS 10   /* first pause before looking again whether a reply was delivered */
#define MARK_WAITS   8    /* and how often it doubles */

static volatile sig_atomic_t terminated;

static void
on_signal(int number)
{
	(void)number;
	terminated = 1;
}

struct worker {
	struct dialog dialog;   /* first, so that it leads back here */
	struct pollfd polls[3]; /* the client, the master, the bell */
	int64_t started_ms;     /* ticks */
	int64_t heard_ms;
	int mark_waits;
	bool rested;
	sigset_t waiting_mask; /* while waiting, signals come through */
};

static int64_t
tick_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void
catch_signals(struct worker *worker)
{
	struct sigaction action = { .sa_handler = on_signal };
	sigset_t blocked;

	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
	action.sa_handler = SIG_IGN;
	sigaction(SIGPIPE, &action, NULL);
	sigaction(SIGHUP, &action, NULL);
	action.sa_handler = SIG_DFL;
	sigaction(SIGCHLD, &action, NULL);
	sigemptyset(&blocked);
	sigaddset(&blocked, SIGTERM);
	sigaddset(&blocked, SIGINT);
	sigprocmask(SIG_SETMASK, &blocked, NULL);
	sigemptyset(&worker->waiting_mask);
}

/* ppoll() delivers no signals to one who always has something to read. */
static void
let_signals_in(const struct worker *worker)
{
	sigset_t blocked;

	sigprocmask(SIG_SETMASK, &worker->waiting_mask, &blocked);
	sigprocmask(SIG_SETMASK, &blocked, NULL);
}

/* Whether the conversation is over, from either side. */
static bool
is_over(const struct worker *worker)
{
	let_signals_in(worker);
	return worker->dialog.ending || terminated || frame_failed(&worker->dialog.frame);
}

/* Serves every line that is here. */
static void
serve_lines(struct worker *worker)
{
	struct dialog *dialog = &worker->dialog;
	struct frame_line line;

	while (!is_over(worker)) {
		switch (frame_next(&dialog->frame, &line)) {
		case FRAME_LINE:
			dialog->dialect->line(dialog, &line);
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
		case FRAME_WAIT:
			return;
		}
	}
}

/* Neither logged in here nor seen with a token. */
static bool
anonymous(const struct worker *worker)
{
	return !worker->dialog.logged_in && worker->dialog.seen_user == 0;
}

/* Whether a reply on its way is to be looked after; while news wait for it, for ever. */
static bool
looks_again(const struct worker *worker)
{
	return worker->dialog.mark.tx != NULL &&
	    (worker->mark_waits < MARK_WAITS || worker->dialog.news_wait);
}

/* How long to wait for the client before something is due. */
static int
wait_ms(const struct worker *worker)
{
	const struct config *config = worker->dialog.config;
	int64_t now = tick_ms();
	int64_t due = worker->heard_ms + config->idle_timeout * 1000;

	if (anonymous(worker) && worker->started_ms + config->login_timeout * 1000 < due)
		due = worker->started_ms + config->login_timeout * 1000;
	if (!worker->rested && worker->heard_ms + REST_MS < due)
		due = worker->heard_ms + REST_MS;
	if (looks_again(worker)) {
		int64_t look = now +
		    (MARK_WAIT_MS << (worker->mark_waits < MARK_WAITS ? worker->mark_waits
		                                                      : MARK_WAITS));

		if (look < due)
			due = look;
	}
	if (worker->dialog.wake_ms != 0 && worker->dialog.wake_ms < due)
		due = worker->dialog.wake_ms;
	if (due <= now)
		return 0;
	return due - now > INT_MAX ? INT_MAX : (int)(due - now);
}

/* Nothing came: false when that has lasted too long. */
static bool
still_welcome(struct worker *worker)
{
	struct dialog *dialog = &worker->dialog;
	int64_t now = tick_ms();

	worker->mark_waits++;
	dialect_delivered(dialog, false);
	if ((dialog->news_wait && dialog->mark.tx == NULL) ||
	    (dialog->wake_ms != 0 && now >= dialog->wake_ms)) {
		dialog->wake_ms = 0; /* which it may set again */
		dialog->dialect->wake(dialog);
	}
	if (!worker->rested && now - worker->heard_ms >= REST_MS) {
		worker->rested = true;
		if (dialog->chat_open)
			store_rest(dialog->chat.store);
	}
	if (now - worker->heard_ms >= dialog->config->idle_timeout * 1000) {
		log_debug("idle for too long");
		return false;
	}
	if (anonymous(worker) && now - worker->started_ms >= dialog->config->login_timeout * 1000) {
		log_debug("did not log in");
		return false;
	}
	return true;
}

/* Waits for the client and reads. False when the connection is over. */
static bool
wait_for_client(struct worker *worker)
{
	int ms = wait_ms(worker);
	struct timespec timeout = { .tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000 };
	int ready;

	worker->polls[2].fd = worker->dialog.bell_fd;
	ready = ppoll(worker->polls, 3, &timeout, &worker->waiting_mask);
	if (ready < 0)
		return errno == EINTR;
	if (worker->polls[1].revents != 0) {
		log_debug("the master has gone");
		return false;
	}
	if (ready == 0)
		return still_welcome(worker);
	if (worker->polls[2].revents != 0) {
		bell_hush(worker->dialog.chat.bell);
		worker->mark_waits = 0;
		worker->dialog.dialect->wake(&worker->dialog);
	}
	if (worker->polls[0].revents == 0)
		return true;
	switch (frame_fill(&worker->dialog.frame)) {
	case FRAME_GOT:
		worker->heard_ms = tick_ms();
		worker->mark_waits = 0;
		worker->rested = false;
		return true;
	case FRAME_BLOCKED:
	case FRAME_FULL:
		return true;
	case FRAME_EOF:
		dialect_delivered(&worker->dialog, false);
		return false;
	case FRAME_ERROR:
		log_debug("connection lost: %s", strerror(errno));
		return false;
	}
	return false;
}

/* The dialog's wait(). */
static bool
wait_amid_request(struct dialog *dialog)
{
	struct worker *worker = (struct worker *)dialog;

	return frame_flush(&dialog->frame) == 0 && !terminated && wait_for_client(worker);
}

static void
serve(struct worker *worker)
{
	struct dialog *dialog = &worker->dialog;

	do {
		serve_lines(worker);
		frame_flush(&dialog->frame);
		dialect_delivered(dialog, false);
	} while (!is_over(worker) && wait_for_client(worker));
	if (frame_failed(&dialog->frame))
		log_debug("the client does not read");
}

int
worker_main(const struct config *config, const struct worker_client *client)
{
	static struct worker worker; /* fixed, and no deep stack for an idle client */
	struct dialog *dialog = &worker.dialog;

	log_set_tag("#%llu %s", (unsigned long long)client->connection, client->address);
	catch_signals(&worker);
	dialog->config = config;
	dialog->dialect = dialect_find(client->dialect);
	if (dialog->dialect == NULL) {
		log_warnx("there is no dialect %s", client->dialect);
		return 1;
	}
	dialog->connection = client->connection;
	dialog->address = client->address;
	dialog->wait = wait_amid_request;
	frame_init(&dialog->frame, client->in_fd, client->out_fd,
	    (int)(config->write_timeout * 1000));
	worker.polls[0] = (struct pollfd){ .fd = client->in_fd, .events = POLLIN };
	worker.polls[1] = (struct pollfd){ .fd = client->master_fd, .events = POLLIN };
	worker.polls[2] = (struct pollfd){ .fd = -1, .events = POLLIN };
	dialog->bell_fd = -1;
	worker.started_ms = worker.heard_ms = tick_ms();
	worker.rested = true; /* until the first request there is nothing to rest from */
	log_debug("connected, port %u", client->port);
	serve(&worker);
	dialect_close(dialog);
	frame_free(&dialog->frame);
	log_debug("disconnected");
	return 0;
}
