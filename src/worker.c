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

#include "chat_push.h"
#include "dialect.h"
#include "linger.h"
#include "log.h"
#include "peer.h"

#define ERROR_SIZE   512
#define LINGER_MS    2000 /* the longest that a client is waited for at the end */
#define REST_MS      5000 /* idle this long, a worker holds no connection to the committer */
#define MARK_WAIT_MS 10   /* first pause before looking again whether a reply was delivered */
#define FOR_EVER_MS  (INT64_C(1) << 50)
#define MARK_WAITS   8 /* and how often it doubles */

static volatile sig_atomic_t terminated, session_ended;

static void
on_signal(int number)
{
	if (number == CHAT_PUSH_SIGNAL)
		session_ended = 1;
	else
		terminated = 1;
}

struct worker {
	struct dialog dialog;   /* first, so that it leads back here */
	struct pollfd polls[3]; /* the client, the master, the bell */
	int64_t known_ms;       /* ticks; when it was known last who is here, or connected */
	int64_t heard_ms;
	int mark_waits;
	bool rested;
	int out_fd;            /* of the client */
	bool gone;             /* there is no use in waiting for the client any more */
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
	sigaction(CHAT_PUSH_SIGNAL, &action, NULL);
	action.sa_handler = SIG_IGN;
	sigaction(SIGPIPE, &action, NULL);
	sigaction(SIGHUP, &action, NULL);
	action.sa_handler = SIG_DFL;
	sigaction(SIGCHLD, &action, NULL);
	sigemptyset(&blocked);
	sigaddset(&blocked, SIGTERM);
	sigaddset(&blocked, SIGINT);
	sigaddset(&blocked, CHAT_PUSH_SIGNAL);
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

/* Neither logged in here nor seen with a token, nor known by the address. */
static bool
anonymous(const struct worker *worker)
{
	const struct dialog *dialog = &worker->dialog;

	return !dialog->logged_in && dialog->seen_user == 0 && !dialog->legacy.here;
}

/* An older server connects once, and does not come back when that is closed. */
static int64_t
idle_ms(const struct dialog *dialog)
{
	return dialog->legacy.here ? FOR_EVER_MS : dialog->config->idle_timeout * 1000;
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
	int64_t due = worker->heard_ms + idle_ms(&worker->dialog);

	if (anonymous(worker) && worker->known_ms + config->login_timeout * 1000 < due)
		due = worker->known_ms + config->login_timeout * 1000;
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
	if (now - worker->heard_ms >= idle_ms(dialog)) {
		log_debug("idle for too long");
		return false;
	}
	if (anonymous(worker) && now - worker->known_ms >= dialog->config->login_timeout * 1000) {
		log_debug("did not log in");
		return false;
	}
	return true;
}

/* Waits for whatever comes first, so long at most. As ppoll(). */
static int
wait_for_any(struct worker *worker, int64_t ms)
{
	const struct stream *stream = frame_carrier(&worker->dialog.frame);
	struct timespec timeout = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 };

	worker->polls[0] =
	    (struct pollfd){ .fd = stream_read_fd(stream), .events = stream_read_events(stream) };
	worker->polls[2].fd = worker->dialog.bell_fd;
	return ppoll(worker->polls, 3, &timeout, &worker->waiting_mask);
}

/* What became of the connection, by errno. */
static const char *
what_broke(struct worker *worker)
{
	const char *told = stream_error(frame_carrier(&worker->dialog.frame));

	return errno == EPROTO && told != NULL ? told : strerror(errno);
}

/* Reads what there is. False when the connection is over. */
static bool
read_client(struct worker *worker)
{
	switch (frame_fill(&worker->dialog.frame)) {
	case FRAME_GOT:
		worker->heard_ms = tick_ms();
		if (!anonymous(worker))
			worker->known_ms = worker->heard_ms;
		worker->mark_waits = 0;
		worker->rested = false;
		return true;
	case FRAME_BLOCKED:
	case FRAME_FULL:
		return true;
	case FRAME_EOF:
		worker->gone = true;
		dialect_delivered(&worker->dialog, false);
		return false;
	case FRAME_ERROR:
		worker->gone = true;
		log_debug("connection lost: %s", what_broke(worker));
		return false;
	}
	return false;
}

/* Waits for the client and reads. False when the connection is over. */
static bool
wait_for_client(struct worker *worker)
{
	const struct stream *stream = frame_carrier(&worker->dialog.frame);
	bool here = stream_pending(stream);
	int ready = wait_for_any(worker, here ? 0 : wait_ms(worker));

	if (ready < 0)
		return errno == EINTR;
	if (worker->polls[1].revents != 0) {
		log_debug("the master has gone");
		return false;
	}
	if (ready == 0 && !here)
		return still_welcome(worker);
	if (worker->polls[2].revents != 0) {
		bell_hush(worker->dialog.chat.bell);
		worker->mark_waits = 0;
		worker->dialog.dialect->wake(&worker->dialog);
	}
	return (worker->polls[0].revents == 0 && !here) || read_client(worker);
}

/* The dialog's wait(). */
static bool
wait_amid_request(struct dialog *dialog)
{
	struct worker *worker = (struct worker *)dialog;

	return frame_flush(&dialog->frame) == 0 && !terminated && wait_for_client(worker);
}

/*
 * The dialog's wait_for(). What the client sends meanwhile stays where it is, and so it may stop
 * sending: only who does not listen any more is gone.
 */
static bool
wait_for_other(struct dialog *dialog, int fd, int64_t ms)
{
	struct worker *worker = (struct worker *)dialog;
	int64_t due = tick_ms() + ms;
	struct pollfd polls[3] = { { .fd = fd, .events = POLLIN }, { .fd = worker->out_fd },
		{ .fd = worker->polls[1].fd, .events = POLLIN } };

	/* The answers to earlier requests shall not wait for this one's. */
	while (frame_flush(&dialog->frame) == 0 && !terminated) {
		int64_t left = due - tick_ms();
		struct timespec timeout = { .tv_sec = left / 1000,
			.tv_nsec = left % 1000 * 1000000 };
		int ready = left < 0 ? 0 : ppoll(polls, 3, &timeout, &worker->waiting_mask);

		if (ready == 0 || (ready < 0 && errno != EINTR))
			return false;
		if (ready > 0)
			return polls[1].revents == 0 && polls[2].revents == 0;
	}
	return false;
}

/* It may be the session of the one who is here. */
static void
check_session(struct worker *worker)
{
	struct dialog *dialog = &worker->dialog;

	session_ended = 0;
	if (anonymous(worker))
		return;
	store_refresh(dialog->chat.store);
	dialog->dialect->wake(dialog);
	dialect_check_session(dialog);
	worker->known_ms = tick_ms();
}

static void
serve(struct worker *worker)
{
	struct dialog *dialog = &worker->dialog;

	do {
		serve_lines(worker);
		if (session_ended)
			check_session(worker);
		frame_flush(&dialog->frame);
		dialect_delivered(dialog, false);
		/* is_over() lets signals in: what one says is not to be slept over. */
	} while (!is_over(worker) && (session_ended || wait_for_client(worker)));
	if (!frame_failed(&dialog->frame))
		return;
	log_debug("the client does not read");
	worker->gone = true;
}

/* False when it does not come about: whoever knocks with something else is of no interest. */
static bool
shake_hands(struct worker *worker)
{
	int64_t due = worker->known_ms + worker->dialog.config->login_timeout * 1000;

	while (stream_handshake(frame_carrier(&worker->dialog.frame)) != 0) {
		int64_t left = due - tick_ms();

		if (errno != EAGAIN) {
			log_debug("no TLS: %s", what_broke(worker));
			return false;
		}
		if (left <= 0) {
			log_debug("no TLS in time");
			return false;
		}
		if (wait_for_any(worker, left) < 0 && errno != EINTR)
			return false;
		if (terminated || worker->polls[1].revents != 0)
			return false;
	}
	return true;
}

/* Whether there is somebody to be served. */
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

int
worker_main(const struct config *config, const struct worker_client *client)
{
	static struct worker worker; /* fixed, and no deep stack for an idle client */
	struct dialog *dialog = &worker.dialog;

	log_set_tag("#%llu %s", (unsigned long long)client->connection, client->address);
	if (strcmp(client->dialect, PEER_DIALECT) == 0)
		return peer_main(config, client);
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
	dialog->wait_for = wait_for_other;
	worker.out_fd = client->out_fd;
	frame_init(&dialog->frame, client->in_fd, client->out_fd,
	    (int)(config->write_timeout * 1000));
	worker.polls[1] = (struct pollfd){ .fd = client->master_fd, .events = POLLIN };
	worker.polls[2] = (struct pollfd){ .fd = -1, .events = POLLIN };
	dialog->bell_fd = -1;
	worker.known_ms = worker.heard_ms = tick_ms();
	worker.rested = true; /* until the first request there is nothing to rest from */
	log_debug("connected, port %u", client->port);
	if (welcome(&worker, client->tls))
		serve(&worker);
	dialect_close(dialog);
	frame_free(&dialog->frame);
	if (!worker.gone)
		linger(client->out_fd, LINGER_MS);
	log_debug("disconnected");
	return 0;
}
