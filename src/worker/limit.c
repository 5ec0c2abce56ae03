/*
 * worker_limit: what a client may ask of its worker. A client that does not log in, or does not end
 * the line that it began, is sent away, whatever it sends meanwhile. One that asks for more than
 * its share is slowed down, and refused if it does not mind.
 */
#include "base/clock.h"
#include "base/log.h"
#include "base/signals.h"
#include "dialect/pipeline.h"
#include "worker/int.h"

#define FOR_EVER_MS (INT64_C(1) << 50)
#define SECOND_US   INT64_C(1000000)
#define SLOWED_MS   10000 /* a client that sends on for so long is refused */

/* The moment until which the client has to log in. */
static int64_t
login_due_ms(const struct worker *worker)
{
	return worker_anonymous(worker)
	    ? worker->known_ms + worker->dialog.config->login_timeout * 1000
	    : FOR_EVER_MS;
}

/* Notes when an unfinished line is seen for the first time. */
static void
watch_line(struct worker *worker)
{
	struct worker_limit *limit = &worker->limit;
	struct frame *frame = &worker->dialog.frame;

	if (!frame_is_amid_line(frame)) {
		limit->line_ms = 0;
	} else if (limit->line_ms == 0) {
		limit->line_ms = clock_monotonic_ms();
		limit->line_from = stream_received(frame_carrier(frame));
	}
}

/* The moment until which the unfinished line has to end: what has come of it gives it time. */
static int64_t
line_due_ms(struct worker *worker)
{
	const struct config *config = worker->dialog.config;
	const struct worker_limit *limit = &worker->limit;
	uint64_t came;

	watch_line(worker);
	if (limit->line_ms == 0)
		return FOR_EVER_MS;
	came = stream_received(frame_carrier(&worker->dialog.frame)) - limit->line_from;
	if (came > 0 && config->write_rate == 0)
		return FOR_EVER_MS;
	return limit->line_ms + config->request_timeout * 1000 +
	    (came > 0 ? (int64_t)(came * 1000 / config->write_rate) : 0);
}

int64_t
worker_limit_due_ms(struct worker *worker)
{
	int64_t login = login_due_ms(worker), line = line_due_ms(worker);

	return login < line ? login : line;
}

/* Tells the master once, which may then give the byte to another worker. */
static void
tell_known(struct worker *worker)
{
	if (worker->limit.told || worker->client.known == NULL || worker_anonymous(worker))
		return;
	atomic_store(worker->client.known, 1);
	worker->limit.told = true;
}

bool
worker_limit_allows(struct worker *worker)
{
	int64_t now = clock_monotonic_ms();
	const struct client *client = &worker->client;

	tell_known(worker);
	/* No reply outlasts the time that is left to log in. */
	frame_carrier(&worker->dialog.frame)->patience.due_ms =
	    worker_anonymous(worker) ? login_due_ms(worker) : 0;
	if (login_due_ms(worker) <= now) {
		log_debug("did not log in");
		limits_count(client->limits, LIMITS_LOGIN_TIME);
		return false;
	}
	if (line_due_ms(worker) > now)
		return true;
	log_debug("did not end a request");
	limits_count(client->limits, LIMITS_REQUEST_TIME);
	return false;
}

void
worker_limit_line(struct worker *worker)
{
	worker->limit.line_ms = 0;
}

/* Charges the connection, and the user whom it serves. The microseconds to wait. */
static int64_t
charge(struct worker *worker, enum limits_account account, int64_t cost_us, int64_t burst_us)
{
	struct limits *limits = worker->client.limits;
	const struct dialog *dialog = &worker->dialog;
	uint64_t user = dialog->seen_user != 0 ? dialog->seen_user : dialog->paying_user;
	int64_t now = clock_monotonic_us();
	int64_t own = limits_charge(&worker->limit.paid[account], cost_us, burst_us, now);
	int64_t all = 0;

	if (limits != NULL && user != 0)
		all = limits_charge(limits_of_user(limits, user, account), cost_us, burst_us, now);
	return own > all ? own : all;
}

/* Charges the bytes that have come since this was done last. The microseconds to wait. */
static int64_t
charge_bytes(struct worker *worker)
{
	const struct config *config = worker->dialog.config;
	uint64_t came = stream_received(frame_carrier(&worker->dialog.frame));
	uint64_t bytes = came - worker->limit.charged;

	worker->limit.charged = came;
	if (config->byte_rate == 0 || bytes == 0)
		return 0;
	return charge(worker, LIMITS_BYTES, (int64_t)(SECOND_US * bytes / config->byte_rate),
	    (int64_t)(SECOND_US * config->byte_burst / config->byte_rate));
}

/* Charges a request with its bytes. */
static int64_t
charge_request(struct worker *worker)
{
	const struct config *config = worker->dialog.config;
	int64_t wait = 0, more = charge_bytes(worker);

	if (config->request_rate > 0)
		wait = charge(worker, LIMITS_REQUESTS, SECOND_US / config->request_rate,
		    SECOND_US * config->request_burst / config->request_rate);
	return more > wait ? more : wait;
}

/* Reads nothing for a while: what the client sends fills its own system's buffers. */
static void
pause_client(struct worker *worker, int64_t us)
{
	struct pollfd polls[2] = { { .fd = worker->out_fd }, { .fd = worker->polls[1].fd } };
	int64_t due = clock_monotonic_us() + us, left = us;

	polls[1].events = POLLIN;
	/* The answers to earlier requests shall not wait for this one's. */
	dialect_pipeline_settle(&worker->dialog);
	if (frame_flush(&worker->dialog.frame) != 0)
		return;
	while (left > 0 && !worker_terminated()) {
		if (signals_poll(polls, 2, left) > 0)
			return; /* the end of the client or the master, which is noticed elsewhere
			         */
		left = due - clock_monotonic_us();
	}
}

/* Whether the client has sent more than this request, and so waits for no reply. */
static bool
sends_on(struct worker *worker)
{
	const struct stream *stream = frame_carrier(&worker->dialog.frame);
	struct pollfd input = { .fd = stream_read_fd(stream), .events = POLLIN };

	return frame_is_amid_line(&worker->dialog.frame) ||
	    frame_has_input(&worker->dialog.frame) || poll(&input, 1, 0) > 0;
}

/* Whether a client that was slowed down for long, and sends on, is to be refused. */
static bool
is_too_fast(struct worker *worker)
{
	struct worker_limit *limit = &worker->limit;
	int64_t now = clock_monotonic_ms();

	if (limit->slowed_ms == 0)
		limit->slowed_ms = now;
	if (limit->refused_ms == 0 && now - limit->slowed_ms >= SLOWED_MS && sends_on(worker))
		limit->refused_ms = now + DIALECT_TOO_FAST_MS;
	return now < limit->refused_ms;
}

/* Whether a client that has not logged in, or no longer is, has asked too often. */
static bool
asks_too_often(struct worker *worker)
{
	int most = worker->dialog.config->unknown_requests;

	if (!worker_anonymous(worker))
		worker->limit.unknown = 0;
	else
		worker->limit.unknown++;
	return worker->limit.unknown > most && most > 0;
}

void
worker_limit_bytes(struct worker *worker)
{
	struct worker_limit *limit = &worker->limit;
	int64_t began = clock_monotonic_ms(), wait;

	if (worker->client.exempt || worker->dialog.from_server)
		return;
	wait = charge_bytes(worker);
	if (wait == 0)
		return;
	if (!limit->slowed_body)
		limits_count(worker->client.limits, LIMITS_SLOWED);
	limit->slowed_body = true;
	pause_client(worker, wait);
	/* The time is not the client's. */
	if (limit->line_ms != 0)
		limit->line_ms += clock_monotonic_ms() - began;
}

bool
worker_limit_request(struct worker *worker)
{
	struct worker_limit *limit = &worker->limit;
	int64_t wait;

	limit->slowed_body = false;
	/* What another server may deliver is limited by number and size, and not here. */
	if (worker->client.exempt || worker->dialog.from_server)
		return true;
	if (asks_too_often(worker)) {
		log_info("too many requests without a login");
		limits_count(worker->client.limits, LIMITS_BEFORE_LOGIN);
		worker->dialog.ending = true;
		return false;
	}
	wait = charge_request(worker);
	if (wait == 0) {
		limit->slowed_ms = limit->refused_ms = 0;
		return true;
	}
	limits_count(worker->client.limits, LIMITS_SLOWED);
	pause_client(worker, wait);
	if (!is_too_fast(worker))
		return true;
	limits_count(worker->client.limits, LIMITS_TOO_FAST);
	return false;
}
