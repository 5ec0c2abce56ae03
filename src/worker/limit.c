/*
 * worker_limit: what a client may ask of its worker. A client that does not log in, or does not end
 * the line that it began, is sent away, whatever it sends meanwhile.
 */
#include "base/clock.h"
#include "base/log.h"
#include "worker/int.h"

#define FOR_EVER_MS (INT64_C(1) << 50)

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

bool
worker_limit_allows(struct worker *worker)
{
	int64_t now = clock_monotonic_ms();
	const struct client *client = worker->client;

	if (client->known != NULL && !worker_anonymous(worker))
		atomic_store(client->known, 1);
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
	struct stream *stream = frame_carrier(&worker->dialog.frame);

	worker->limit.line_ms = 0;
	/* No reply outlasts the time that is left to log in. */
	stream->patience.due_ms = worker_anonymous(worker) ? login_due_ms(worker) : 0;
}
