/*
 * worker_wait: a worker waits for its client, the end of its master, a wakeup and the clock.
 */
#include <sys/socket.h>

#include <errno.h>
#include <limits.h>
#include <string.h>

#include "auth/client.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/signals.h"
#include "base/trim_memory.h"
#include "store/store_admin.h"
#include "worker/int.h"

#define BUSY_WORKS      64   /* requests and wakes within which a worker never rested */
#define REST_MS         5000 /* idle this long, a worker holds no connection to the committer */
#define PENDING_WAIT_MS 10   /* first pause before looking again whether a reply was delivered */
#define FOR_EVER_MS     (INT64_C(1) << 50)
#define PENDING_WAITS   8    /* and how often it doubles */
#define UNTOLD_MS       1000 /* a client whose kernel cannot tell holds the lock so long */

bool
worker_anonymous(const struct worker *worker)
{
	const struct dialog *dialog = &worker->dialog;

	return !dialog->logged_in && dialog->seen_user == 0 && dialog->paying_user == 0 &&
	    !dialog->from_server;
}

/*
 * An older server connects once, and does not come back when that is closed. A dialect's own time
 * is that between two requests: one that has begun has its own limit.
 */
static int64_t
idle_ms(const struct worker *worker)
{
	const struct dialog *dialog = &worker->dialog;

	if (dialog->from_server)
		return FOR_EVER_MS;
	if (dialog->dialect->idle_ms != 0 && !frame_is_amid_line(&dialog->frame))
		return dialog->dialect->idle_ms;
	return dialog->config->idle_timeout * 1000;
}

/* Whether a reply on its way is to be looked after, here or where news wait for it. */
static bool
looks_again(const struct worker *worker)
{
	const struct dialog *dialog = &worker->dialog;

	return dialog->news_wait ||
	    (chat_inbox_is_pending(&dialog->pending) &&
	        (frame_tells_delivered(&dialog->frame) || dialog->pending.lock.held));
}

/*
 * False when a client has left an inbox untaken for so long that it must be taken for gone: others
 * of the same user wait for what was shown to it.
 */
static bool
takes_inbox(struct worker *worker)
{
	struct dialog *dialog = &worker->dialog;
	int64_t now = clock_monotonic_ms();
	uint64_t acknowledged;

	if (!dialog->pending.lock.held) {
		worker->pending_ms = 0;
		return true;
	}
	acknowledged = frame_acknowledged(&dialog->frame);
	if (worker->pending_ms == 0 || acknowledged > worker->acknowledged) {
		worker->acknowledged = acknowledged;
		worker->pending_ms = now;
	}
	if (frame_tells_delivered(&dialog->frame))
		return now - worker->pending_ms < dialog->config->write_timeout * 1000;
	if (now - worker->pending_ms >= UNTOLD_MS)
		inbox_lock_release(&dialog->pending.lock);
	return true;
}

/* How long to wait for the client before something is due. */
static int
wait_ms(struct worker *worker)
{
	int64_t now = clock_monotonic_ms();
	int64_t due = worker->heard_ms + idle_ms(worker);
	int64_t limit = worker_limit_due_ms(worker);

	if (limit < due)
		due = limit;
	if (!worker->rested && worker->active_ms + REST_MS < due)
		due = worker->active_ms + REST_MS;
	if (looks_again(worker)) {
		int64_t look = now +
		    (PENDING_WAIT_MS
		        << (worker->pending_waits < PENDING_WAITS ? worker->pending_waits
		                                                  : PENDING_WAITS));

		if (look < due)
			due = look;
	}
	if (worker->dialog.wake_ms != 0 && worker->dialog.wake_ms < due)
		due = worker->dialog.wake_ms;
	if (due <= now)
		return 0;
	return due - now > INT_MAX ? INT_MAX : (int)(due - now);
}

/*
 * A worker that is asked, or told something, again and again maps the store, which makes its
 * look-ups cheap, until it rests. One that is asked now and then would pay more for the map than it
 * saves.
 */
void
worker_note_work(struct worker *worker)
{
	struct dialog *dialog = &worker->dialog;

	if (worker->works < BUSY_WORKS && ++worker->works == BUSY_WORKS && dialog->chat_open &&
	    store_map(dialog->chat.store, true) != 0)
		dialog->ending = true;
}

/*
 * News may cost memory again, which the worker gives back when it is at rest the next time. What a
 * request amid which they come has read stays where it is.
 */
static void
wake_dialog(struct worker *worker)
{
	worker->active_ms = clock_monotonic_ms();
	worker->rested = false;
	worker->dialog.dialect->wake(&worker->dialog);
	if (!worker->amid_request)
		worker_note_work(worker);
}

static void
rest(struct worker *worker)
{
	struct dialog *dialog = &worker->dialog;

	worker->rested = true;
	worker->works = 0;
	if (dialog->chat_open) {
		store_rest(dialog->chat.store);
		if (store_map(dialog->chat.store, false) != 0)
			dialog->ending = true;
	}
	if (dialog->auth != NULL)
		auth_client_rest(dialog->auth);
	if (!worker->amid_request)
		frame_rest(&dialog->frame);
	trim_memory();
}

/* Nothing came: false when that has lasted too long. */
static bool
still_welcome(struct worker *worker)
{
	struct dialog *dialog = &worker->dialog;
	int64_t now = clock_monotonic_ms();

	worker->pending_waits++;
	dialect_delivered(dialog, false);
	if ((dialog->news_wait && !chat_inbox_is_pending(&dialog->pending)) ||
	    (dialog->wake_ms != 0 && now >= dialog->wake_ms)) {
		dialog->wake_ms = 0; /* which it may set again */
		wake_dialog(worker);
	}
	if (!worker->rested && now - worker->active_ms >= REST_MS)
		rest(worker);
	if (now - worker->heard_ms >= idle_ms(worker)) {
		log_debug("idle for too long");
		return false;
	}
	return true;
}

int
worker_wait_any(struct worker *worker, int64_t ms)
{
	const struct stream *stream = frame_carrier(&worker->dialog.frame);

	worker->polls[0] =
	    (struct pollfd){ .fd = stream_read_fd(stream), .events = stream_read_events(stream) };
	worker->polls[2].fd = worker->dialog.wakeup_fd;
	return signals_poll(worker->polls, 3, ms * 1000);
}

const char *
worker_broke(struct worker *worker)
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
		worker->heard_ms = worker->active_ms = clock_monotonic_ms();
		if (!worker_anonymous(worker))
			worker->known_ms = worker->heard_ms;
		worker->pending_waits = 0;
		worker->rested = false;
		if (!frame_tells_delivered(&worker->dialog.frame))
			worker->pending_ms = 0; /* what was under way has arrived */
		return true;
	case FRAME_BLOCKED:
	case FRAME_FULL:
		return true;
	case FRAME_EOF:
		/* After the last message the client's side of the connection may be open. */
		worker->gone = !frame_has_messages(&worker->dialog.frame);
		dialect_delivered(&worker->dialog, false);
		return false;
	case FRAME_ERROR:
		worker->gone = true;
		log_debug("connection lost: %s", worker_broke(worker));
		return false;
	}
	return false;
}

/*
 * Messages that other clients see now must not reach this client later, when it wakes up. A
 * connect() to nobody resets the connection at once; close() would do so only when this process
 * ends, after the inbox is free for others.
 */
static void
abandon(struct worker *worker)
{
	const struct sockaddr nobody = { .sa_family = AF_UNSPEC };

	(void)connect(worker->out_fd, &nobody, sizeof(nobody));
	worker->gone = true;
}

bool
worker_wait(struct worker *worker)
{
	bool here = frame_has_input(&worker->dialog.frame);
	int ready;

	if (!takes_inbox(worker)) {
		log_debug("the client does not take its inbox");
		limits_count(worker->client.limits, LIMITS_READERS);
		abandon(worker);
		return false;
	}
	if (!worker_limit_allows(worker))
		return false;
	ready = worker_wait_any(worker, here ? 0 : wait_ms(worker));
	if (ready < 0)
		return errno == EINTR;
	if (worker->polls[1].revents != 0) {
		log_debug("the master has gone");
		return false;
	}
	if (ready == 0 && !here)
		return still_welcome(worker);
	if (worker->polls[2].revents != 0) {
		wakeup_drain(worker->dialog.chat.wakeup);
		worker->pending_waits = 0;
		wake_dialog(worker);
	}
	return (worker->polls[0].revents == 0 && !here) || read_client(worker);
}

/*
 * Bytes that the client sends meanwhile stay in the socket, and the client may close its sending
 * side: it is gone only when it does not receive any more.
 */
bool
worker_wait_other(struct dialog *dialog, int fd, int64_t ms)
{
	struct worker *worker = (struct worker *)dialog;
	int64_t due = clock_monotonic_ms() + ms;
	struct pollfd polls[3] = { { .fd = fd, .events = POLLIN }, { .fd = worker->out_fd },
		{ .fd = worker->polls[1].fd, .events = POLLIN } };

	/* The answers to earlier requests shall not wait for this one's. */
	while (frame_flush(&dialog->frame) == 0 && !worker_terminated()) {
		int64_t left = due - clock_monotonic_ms();
		int ready = left < 0 ? 0 : signals_poll(polls, 3, left * 1000);

		if (ready == 0 || (ready < 0 && errno != EINTR))
			return false;
		if (ready > 0)
			return polls[1].revents == 0 && polls[2].revents == 0;
	}
	return false;
}
