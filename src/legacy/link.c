/*
 * legacy_link: the link to an older server. It keeps the connection if the server does, or makes
 * a new one for each request. The link is up while the server answers, connected or not. As nothing
 * is numbered, a letter whose answer did not come may have arrived: it comes again, but not for
 * ever, for it may be the very one that the server cannot stand.
 */
#include "legacy/link.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "legacy/int.h"

#define ANSWER_MS     30000  /* without a sign of life */
#define LIMIT_MS      600000 /* for a reply, however it trickles */
#define LASTING_MS    10000  /* a connection that ends after that was to be kept */
#define TURN_REQUESTS 64
#define TURN_READS    16

static int
init_state(struct bridge_link *link)
{
	link->own = calloc(1, sizeof(struct legacy_link));
	return link->own == NULL ? -1 : 0;
}

static void
close_link(struct bridge_link *link)
{
	struct legacy_link *legacy = legacy_link_state(link);

	/* Whether it arrived, nobody knows: what is said again is noted again. */
	if (legacy->asked == LEGACY_LINK_MESSAGE)
		legacy->noted = false;
	legacy->asked = LEGACY_LINK_NONE;
	legacy->announced = false;
	legacy_query_end(link);
}

static void
free_state(struct bridge_link *link)
{
	legacy_deliver_step(legacy_link_state(link), 0);
	free(link->own);
	link->own = NULL;
}

void
legacy_link_hang_up(struct bridge_link *link)
{
	bridge_file_close(&link->file);
	wire_close(&link->wire);
}

void
legacy_link_fail(struct bridge_link *link, const char *why)
{
	struct legacy_link *legacy = legacy_link_state(link);

	if (legacy->asked == LEGACY_LINK_MESSAGE && ++legacy->cuts == LEGACY_LINK_CUTS) {
		legacy->decided = true;
		legacy->delivery_result = CHAT_REASON_NO_ANSWER;
		(void)legacy_response_verdict(link);
	}
	bridge_link_drop(link, "%s", why);
}

/* Looks what has become of dialling. False: the link had to be dropped. */
static bool
dialled(struct bridge_link *link)
{
	if (link->dial.state == DIAL_FAILED) {
		legacy_link_fail(link, link->dial.error);
		return false;
	}
	if (link->dial.state == DIAL_DONE) {
		wire_open(&link->wire, dial_take(&link->dial));
		link->wire.reply_max = LEGACY_REPLY_MAX;
		legacy_link_state(link)->idle = clock_monotonic_ms();
	}
	return true;
}

bool
legacy_link_connected(struct bridge_link *link)
{
	if (link->wire.fd < 0 && link->dial.state == DIAL_IDLE) {
		dial_start(&link->dial, link->env->resolver, link->peer.address, link->peer.port);
		(void)dialled(link);
	}
	return link->wire.fd >= 0;
}

void
legacy_link_await(struct bridge_link *link, enum legacy_link_question question)
{
	int64_t tick = clock_monotonic_ms();

	legacy_link_state(link)->asked = question;
	legacy_link_state(link)->limit = tick + LIMIT_MS;
	link->deadline = tick + ANSWER_MS;
	/* That the request itself goes out is no sign of life yet. */
	link->progress = wire_progress(&link->wire) + (int64_t)wire_mark(&link->wire);
	link->ping_us = clock_monotonic_us();
}

/* The other side has closed; that may be how it ends its replies. False: the link is dropped. */
static bool
take_end(struct bridge_link *link, int error)
{
	struct legacy_link *legacy = legacy_link_state(link);
	const char *data;
	size_t len = wire_rest(&link->wire, &data);

	if (legacy->asked != LEGACY_LINK_NONE && error == 0 && len > 0) {
		if (!legacy_response(link, data, len))
			return false;
	} else if (legacy->asked != LEGACY_LINK_NONE ||
	    clock_monotonic_ms() - legacy->idle >= LASTING_MS) {
		legacy_link_fail(link, error == 0 ? "it closed the connection" : strerror(error));
		return false;
	}
	legacy_link_hang_up(link);
	return true;
}

static void
note_life(struct bridge_link *link)
{
	int64_t due = clock_monotonic_ms() + ANSWER_MS;

	link->deadline =
	    due < legacy_link_state(link)->limit ? due : legacy_link_state(link)->limit;
}

/* False: the link had to be dropped. */
static bool
hear(struct bridge_link *link)
{
	int got = 1, found;

	for (int i = 0; i < TURN_READS && got > 0; i++) {
		const char *data;
		size_t len;

		got = wire_fill(&link->wire);
		int error = errno;
		if (got > 0)
			note_life(link);
		while ((found = wire_reply(&link->wire, &data, &len)) > 0) {
			if (!legacy_response(link, data, len))
				return false;
			if (link->wire.fd < 0)
				return true;
		}
		if (found < 0) {
			legacy_link_fail(link, "a reply is longer than replies may be");
			return false;
		}
		if (got < 0)
			return take_end(link, error);
	}
	link->restless |= got > 0;
	return true;
}

/* Says what of a request has room. */
static void
flush(struct bridge_link *link)
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

		/* Who closed may have answered before. */
		if (hear(link) && link->wire.fd >= 0)
			legacy_link_fail(link, strerror(error));
		return;
	}
	link->restless |= bridge_file_busy(&link->file) && !wire_full(&link->wire);
}

static void
settle(struct bridge_link *link)
{
	if (link->state == BRIDGE_LINK_OPEN)
		(void)bridge_retire(&link->queue, clock_monotonic_ms());
}

static void
speak(struct bridge_link *link)
{
	bool more = true;

	for (int i = 0; i < TURN_REQUESTS && more; i++) {
		settle(link);
		more = legacy_deliver(link);
	}
	link->restless |= more;
	flush(link);
}

/* Gives up a server that does not answer; a thin line is not a dead one. */
static void
keep_time(struct bridge_link *link, int64_t tick)
{
	int64_t progress;

	if (legacy_link_state(link)->asked == LEGACY_LINK_NONE || tick < link->deadline)
		return;
	progress = wire_progress(&link->wire);
	if (progress <= link->progress) {
		legacy_link_fail(link, "it has not answered in time");
		return;
	}
	link->progress = progress;
	legacy_link_state(link)->limit = tick + LIMIT_MS;
	link->deadline = tick + ANSWER_MS;
}

static void
poll_link(struct bridge_link *link, struct polls *polls)
{
	link->place = POLLS_NONE;
	if (link->dial.state == DIAL_CONNECT && link->dial.fd >= 0)
		link->place = polls_add(polls, link->dial.fd, POLLOUT);
	else if (link->wire.fd >= 0)
		link->place = polls_add(polls, link->wire.fd, wire_events(&link->wire));
	legacy_query_polls(link, polls);
}

static bool
got_link(const struct bridge_link *link, const struct polls *polls)
{
	return polls_got(polls, link->place) != 0 || legacy_query_got(link, polls);
}

static int64_t
link_due(const struct bridge_link *link)
{
	if (link->dial.state == DIAL_CONNECT)
		return link->dial.deadline;
	if (link->dial.state == DIAL_DONE || link->dial.state == DIAL_FAILED)
		return 0; /* the resolver has ended it */
	if (legacy_link_state(link)->asked != LEGACY_LINK_NONE)
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
	if (link->dial.state != DIAL_IDLE) {
		dial_step(&link->dial, polls_got(polls, link->place), tick);
		if (!dialled(link))
			return;
	}
	if (link->wire.fd >= 0 && !hear(link))
		return;
	speak(link);
	keep_time(link, clock_monotonic_ms());
}

const struct bridge_link_protocol legacy_link_protocol = {
	.init = init_state,
	.close = close_link,
	.forget = legacy_query_end_all,
	.free = free_state,
	.polls = poll_link,
	.got = got_link,
	.due = next_due,
	.step = step_link,
	.pull = legacy_query_pull,
};
