/* legacy_connection: the connection for messages to a legacy peer. */
#include "legacy/connection.h"

#include "base/clock.h"
#include "legacy/outbound.h"

#define ANSWER_MS 30000  /* without a sign of life */
#define SHORT_MS  5000   /* the same for a user whose last message had no answer */
#define LIMIT_MS  600000 /* for a whole reply, however slowly it comes */

/* Takes the socket when dialling has ended. False: the link was dropped. */
static bool
end_dialling(struct bridge_link *link)
{
	if (link->dial.state == DIAL_FAILED) {
		legacy_outbound_fail(link, link->dial.error);
		return false;
	}
	if (link->dial.state == DIAL_DONE) {
		wire_open(&link->wire, dial_take(&link->dial), LEGACY_REPLY_MAX);
		legacy_state(link)->idle = clock_monotonic_ms();
		legacy_state(link)->carried = false;
	}
	return true;
}

bool
legacy_connection_up(struct bridge_link *link)
{
	if (link->wire.fd < 0 && link->dial.state == DIAL_IDLE) {
		dial_start(&link->dial, link->env->resolver, link->peer.address, link->peer.port);
		(void)end_dialling(link);
	}
	return link->wire.fd >= 0;
}

bool
legacy_connection_dial(struct bridge_link *link, short got, int64_t tick)
{
	if (link->dial.state == DIAL_IDLE)
		return true;
	dial_step(&link->dial, got, tick);
	return end_dialling(link);
}

void
legacy_connection_close(struct bridge_link *link)
{
	bridge_file_close(&link->file);
	wire_close(&link->wire);
}

void
legacy_connection_await(struct bridge_link *link, enum legacy_request request)
{
	struct legacy_state *state = legacy_state(link);
	int64_t tick = clock_monotonic_ms();

	state->request = request;
	state->carried = true;
	state->limit = tick + LIMIT_MS;
	link->deadline = tick +
	    (request == LEGACY_REQUEST_MESSAGE && legacy_outbound_suspect(link) ? SHORT_MS
	                                                                        : ANSWER_MS);
	/* Sending the request itself is no sign of life. */
	link->progress = wire_progress(&link->wire) + (int64_t)wire_mark(&link->wire);
	link->ping_us = clock_monotonic_us();
}

void
legacy_connection_alive(struct bridge_link *link)
{
	int64_t due = clock_monotonic_ms() + ANSWER_MS, limit = legacy_state(link)->limit;

	link->deadline = due < limit ? due : limit;
}

void
legacy_connection_check_time(struct bridge_link *link)
{
	struct legacy_state *state = legacy_state(link);
	int64_t tick = clock_monotonic_ms(), progress;

	if (state->request == LEGACY_REQUEST_NONE || tick < link->deadline)
		return;
	progress = wire_progress(&link->wire);
	if (progress <= link->progress) {
		legacy_outbound_fail(link, "it has not answered in time");
		return;
	}
	link->progress = progress;
	state->limit = tick + LIMIT_MS;
	link->deadline = tick + ANSWER_MS;
}
