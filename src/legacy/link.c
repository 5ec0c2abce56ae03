/*
 * legacy_link: the link to a legacy peer is up while the peer replies, connected or not. One
 * request is under way at a time, and one reply answers it.
 */
#include "legacy/link.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "legacy/connection.h"
#include "legacy/deliver.h"
#include "legacy/outbound.h"
#include "legacy/query.h"

#define LASTING_MS    10000 /* a connection that ends after that was meant to be kept */
#define TURN_REQUESTS 64
#define TURN_READS    16

static int
init_link(struct bridge_link *link)
{
	link->own = calloc(1, sizeof(struct legacy_state));
	return link->own == NULL ? -1 : 0;
}

static void
close_link(struct bridge_link *link)
{
	struct legacy_state *state = legacy_state(link);

	/* The message may have arrived or not. When it is sent again, it is noted again. */
	if (state->request == LEGACY_REQUEST_MESSAGE)
		state->outbound.noted = false;
	state->request = LEGACY_REQUEST_NONE;
	state->announced = false;
	state->outbound.finishing = false;
	legacy_query_end(link);
}

static void
free_link(struct bridge_link *link)
{
	legacy_outbound_begin(&legacy_state(link)->outbound, 0, 0);
	free(link->own);
	link->own = NULL;
}

/* Acts on what puts an end to the message. False: the link was dropped. */
static bool
finish_message(struct bridge_link *link)
{
	enum legacy_outbound_progress progress = legacy_outbound_finish(link);

	link->proven = progress != LEGACY_OUTBOUND_FAILED;
	return link->proven;
}

static bool
end_message(struct bridge_link *link, const struct legacy_reply *reply)
{
	struct legacy_outbound *outbound = &legacy_state(link)->outbound;

	legacy_suspect_clear(&legacy_state(link)->suspects, outbound->from_id);
	if (!reply->ok)
		log_debug("%s refuses: %s", link->peer.name, reply->text);
	/* Its notes stay for the next try. */
	if (legacy_outbound_reannounce(link, reply->reason))
		return true;
	outbound->unnote = !reply->ok && outbound->noted;
	legacy_outbound_decide(outbound, reply->reason);
	return finish_message(link);
}

static bool
act_on_reply(struct bridge_link *link, enum legacy_request request,
    const struct legacy_reply *reply)
{
	switch (request) {
	case LEGACY_REQUEST_ANNOUNCE:
		if (!reply->ok)
			log_debug("%s replies to the announcement: %s", link->peer.name,
			    reply->text);
		legacy_outbound_open(link);
		return true;
	case LEGACY_REQUEST_MESSAGE:
		return end_message(link, reply);
	case LEGACY_REQUEST_NONE:
		break;
	}
	return true;
}

/* Acts on a whole reply. False: the link was dropped. */
static bool
take_reply(struct bridge_link *link, const char *data, size_t len)
{
	struct legacy_state *state = legacy_state(link);
	enum legacy_request request = state->request;
	struct legacy_reply reply;
	bool good;

	if (request == LEGACY_REQUEST_NONE) {
		legacy_outbound_fail(link, "it answered what it was not asked");
		return false;
	}
	if (legacy_protocol_read(&reply, data, len) != 0) {
		legacy_outbound_fail(link, "it answered something that is no reply");
		return false;
	}
	state->request = LEGACY_REQUEST_NONE;
	state->idle = clock_monotonic_ms();
	link->round_trip_us = clock_monotonic_us() - link->ping_us;
	good = act_on_reply(link, request, &reply);
	legacy_protocol_free(&reply);
	/* The rest of an unfinished line would be taken for the next request. */
	if (good && (bridge_file_busy(&link->file) || wire_mark(&link->wire) > 0))
		legacy_connection_close(link);
	return good;
}

/* The peer has closed, which may be the end of its reply. False: the link was dropped. */
static bool
end_connection(struct bridge_link *link, int error)
{
	struct legacy_state *state = legacy_state(link);
	const char *data;
	size_t len = wire_rest(&link->wire, &data);

	if (state->request != LEGACY_REQUEST_NONE && error == 0 && len > 0) {
		if (!take_reply(link, data, len))
			return false;
	} else if (state->request != LEGACY_REQUEST_NONE || !state->carried ||
	    clock_monotonic_ms() - state->idle >= LASTING_MS) {
		legacy_outbound_fail(link,
		    error == 0 ? "it closed the connection" : strerror(error));
		return false;
	}
	legacy_connection_close(link);
	return true;
}

/* Reads what has come. False: the link was dropped. */
static bool
read_connection(struct bridge_link *link)
{
	int got = 1, found;

	for (int i = 0; i < TURN_READS && got > 0; i++) {
		const char *data;
		size_t len;

		got = wire_fill(&link->wire);
		int error = errno;
		if (got > 0)
			legacy_connection_alive(link);
		while ((found = wire_reply(&link->wire, &data, &len)) > 0) {
			if (!take_reply(link, data, len))
				return false;
			if (link->wire.fd < 0)
				return true;
		}
		if (found < 0) {
			legacy_outbound_fail(link, "a reply is longer than replies may be");
			return false;
		}
		if (got < 0)
			return end_connection(link, error);
	}
	link->more_work |= got > 0;
	return true;
}

/* Sends as much of a request as the connection takes. */
static void
send_request(struct bridge_link *link)
{
	while (bridge_file_busy(&link->file) && !wire_full(&link->wire))
		if (legacy_deliver_piece(link) != 0) {
			bridge_link_drop(link, "the content of a file cannot be read");
			return;
		}
	if (link->wire.fd < 0)
		return;
	if (wire_flush(&link->wire) != 0) {
		int error = errno;

		/* A peer that closed may have replied before. */
		if (read_connection(link) && link->wire.fd >= 0)
			legacy_outbound_fail(link, strerror(error));
		return;
	}
	link->more_work |= bridge_file_busy(&link->file) && !wire_full(&link->wire);
}

static void
retire_delivered(struct bridge_link *link)
{
	if (link->state == BRIDGE_LINK_OPEN)
		(void)bridge_retire(&link->queue, clock_monotonic_ms());
}

static void
write_requests(struct bridge_link *link)
{
	int64_t until_us = clock_monotonic_us() + BRIDGE_LINK_SLICE_US;
	bool more = true;

	if (legacy_state(link)->outbound.finishing && !finish_message(link))
		return;
	for (int i = 0; i < TURN_REQUESTS && more; i++) {
		retire_delivered(link);
		more = legacy_deliver(link);
		if (clock_monotonic_us() >= until_us)
			break;
	}
	link->more_work |= more;
	send_request(link);
}

static void
poll_link(struct bridge_link *link, struct polls *polls)
{
	link->poll_index = POLLS_NONE;
	if (link->dial.state == DIAL_CONNECT && link->dial.fd >= 0)
		link->poll_index = polls_add(polls, link->dial.fd, POLLOUT);
	else if (link->wire.fd >= 0)
		link->poll_index = polls_add(polls, link->wire.fd, wire_events(&link->wire));
	legacy_query_polls(link, polls);
}

static bool
got_link(const struct bridge_link *link, const struct polls *polls)
{
	return polls_got(polls, link->poll_index) != 0 || legacy_query_got(link, polls);
}

static int64_t
link_due(const struct bridge_link *link)
{
	int64_t due = dial_due(&link->dial);

	if (due != INT64_MAX)
		return due;
	if (legacy_state(link)->request != LEGACY_REQUEST_NONE)
		return link->deadline;
	if (link->state == BRIDGE_LINK_DOWN)
		return link->peer.active && !link->env->stopping ? link->retry : INT64_MAX;
	return link->state == BRIDGE_LINK_OPEN ? bridge_retire_due(&link->queue) : INT64_MAX;
}

static int64_t
next_due(const struct bridge_link *link)
{
	int64_t due = link_due(link), other = legacy_query_due(link);

	return due < other ? due : other;
}

static void
step_link(struct bridge_link *link, const struct polls *polls, int64_t tick)
{
	legacy_query_step(link, polls);
	if (link->state == BRIDGE_LINK_DOWN) {
		if (tick < link_due(link))
			return;
		bridge_link_set(link, BRIDGE_LINK_DIALLING);
	}
	if (!legacy_connection_dial(link, polls_got(polls, link->poll_index), tick))
		return;
	if (link->wire.fd >= 0 && !read_connection(link))
		return;
	write_requests(link);
	legacy_connection_check_time(link);
}

const struct bridge_link_protocol legacy_link_protocol = {
	.init = init_link,
	.close = close_link,
	.forget = legacy_query_end_all,
	.free = free_link,
	.polls = poll_link,
	.got = got_link,
	.due = next_due,
	.step = step_link,
	.pull = legacy_query_pull,
};
