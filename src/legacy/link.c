/*
 * bridge_legacy: the link to an older server. It keeps the connection if the server does, or makes
 * a new one for each request. The link is up while the server answers, connected or not. As nothing
 * is numbered, a letter whose answer did not come may have arrived: it comes again, but not for
 * ever, for it may be the very one that the server cannot stand.
 */
#include "legacy/link.h"

#include <errno.h>
#include <string.h>

#include "base/clock.h"
#include "legacy/int.h"

#define ANSWER_MS     30000  /* without a sign of life */
#define LIMIT_MS      600000 /* for a reply, however it trickles */
#define LASTING_MS    10000  /* a connection that ends after that was to be kept */
#define TURN_REQUESTS 64
#define TURN_READS    16

void
bridge_legacy_close(struct bridge_link *link)
{
	struct bridge_legacy *legacy = &link->legacy;

	/* Whether it arrived, nobody knows: what is said again is noted again. */
	if (legacy->asked == BRIDGE_LEGACY_LETTER)
		legacy->noted = false;
	legacy->asked = BRIDGE_LEGACY_NONE;
	legacy->announced = false;
	bridge_legacy_ask_end(link);
}

void
bridge_legacy_forget(struct bridge_link *link)
{
	bridge_legacy_ask_end_all(link);
}

void
bridge_legacy_free(struct bridge_link *link)
{
	bridge_legacy_ask_end_all(link);
	bridge_legacy_say_turn(&link->legacy, 0);
}

void
bridge_legacy_hang_up(struct bridge_link *link)
{
	bridge_file_close(&link->file);
	bridge_wire_close(&link->wire);
}

void
bridge_legacy_fail(struct bridge_link *link, const char *why)
{
	struct bridge_legacy *legacy = &link->legacy;

	if (legacy->asked == BRIDGE_LEGACY_LETTER && ++legacy->cuts == BRIDGE_LEGACY_CUTS) {
		legacy->decided = true;
		legacy->verdict = CHAT_REASON_NO_ANSWER;
		(void)bridge_legacy_take_verdict(link);
	}
	bridge_link_drop(link, "%s", why);
}

/* Looks what has become of dialling. False: the link had to be dropped. */
static bool
dialled(struct bridge_link *link)
{
	if (link->dial.state == BRIDGE_DIAL_FAILED) {
		bridge_legacy_fail(link, link->dial.error);
		return false;
	}
	if (link->dial.state == BRIDGE_DIAL_DONE) {
		bridge_wire_open(&link->wire, bridge_dial_take(&link->dial));
		link->wire.reply_max = BRIDGE_LEGACY_REPLY_MAX;
		link->legacy.idle = tick_ms();
	}
	return true;
}

bool
bridge_legacy_connected(struct bridge_link *link)
{
	if (link->wire.fd < 0 && link->dial.state == BRIDGE_DIAL_IDLE) {
		bridge_dial_start(&link->dial, link->env->resolver, link->peer.address,
		    link->peer.port);
		(void)dialled(link);
	}
	return link->wire.fd >= 0;
}

void
bridge_legacy_await(struct bridge_link *link, enum bridge_legacy_question question)
{
	int64_t tick = tick_ms();

	link->legacy.asked = question;
	link->legacy.limit = tick + LIMIT_MS;
	link->deadline = tick + ANSWER_MS;
	/* That the request itself goes out is no sign of life yet. */
	link->progress = bridge_wire_progress(&link->wire) + (int64_t)bridge_wire_mark(&link->wire);
	link->ping_us = tick_us();
}

/* The other side has closed; that may be how it ends its replies. False: the link is dropped. */
static bool
take_end(struct bridge_link *link, int error)
{
	struct bridge_legacy *legacy = &link->legacy;
	const char *data;
	size_t len = bridge_wire_rest(&link->wire, &data);

	if (legacy->asked != BRIDGE_LEGACY_NONE && error == 0 && len > 0) {
		if (!bridge_legacy_take(link, data, len))
			return false;
	} else if (legacy->asked != BRIDGE_LEGACY_NONE || tick_ms() - legacy->idle >= LASTING_MS) {
		bridge_legacy_fail(link, error == 0 ? "it closed the connection" : strerror(error));
		return false;
	}
	bridge_legacy_hang_up(link);
	return true;
}

static void
note_life(struct bridge_link *link)
{
	int64_t due = tick_ms() + ANSWER_MS;

	link->deadline = due < link->legacy.limit ? due : link->legacy.limit;
}

/* False: the link had to be dropped. */
static bool
hear(struct bridge_link *link)
{
	int got = 1, found;

	for (int i = 0; i < TURN_READS && got > 0; i++) {
		const char *data;
		size_t len;

		got = bridge_wire_fill(&link->wire);
		int error = errno;
		if (got > 0)
			note_life(link);
		while ((found = bridge_wire_reply(&link->wire, &data, &len)) > 0) {
			if (!bridge_legacy_take(link, data, len))
				return false;
			if (link->wire.fd < 0)
				return true;
		}
		if (found < 0) {
			bridge_legacy_fail(link, "a reply is longer than replies may be");
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
	while (bridge_file_busy(&link->file) && !bridge_wire_full(&link->wire))
		if (bridge_legacy_say_piece(link) != 0) {
			bridge_link_drop(link, "the content of a file cannot be read");
			return;
		}
	if (link->wire.fd < 0)
		return;
	if (bridge_wire_flush(&link->wire) != 0) {
		int error = errno;

		/* Who closed may have answered before. */
		if (hear(link) && link->wire.fd >= 0)
			bridge_legacy_fail(link, strerror(error));
		return;
	}
	link->restless |= bridge_file_busy(&link->file) && !bridge_wire_full(&link->wire);
}

static void
settle(struct bridge_link *link)
{
	if (link->state == BRIDGE_LINK_OPEN)
		(void)bridge_settle(&link->queue, tick_ms());
}

static void
speak(struct bridge_link *link)
{
	bool more = true;

	for (int i = 0; i < TURN_REQUESTS && more; i++) {
		settle(link);
		more = bridge_legacy_say(link);
	}
	link->restless |= more;
	flush(link);
}

/* Gives up a server that does not answer; a thin line is not a dead one. */
static void
keep_time(struct bridge_link *link, int64_t tick)
{
	int64_t progress;

	if (link->legacy.asked == BRIDGE_LEGACY_NONE || tick < link->deadline)
		return;
	progress = bridge_wire_progress(&link->wire);
	if (progress <= link->progress) {
		bridge_legacy_fail(link, "it has not answered in time");
		return;
	}
	link->progress = progress;
	link->legacy.limit = tick + LIMIT_MS;
	link->deadline = tick + ANSWER_MS;
}

void
bridge_legacy_polls(struct bridge_link *link, struct bridge_polls *polls)
{
	link->place = BRIDGE_POLLS_NONE;
	if (link->dial.state == BRIDGE_DIAL_CONNECT && link->dial.fd >= 0)
		link->place = bridge_polls_add(polls, link->dial.fd, POLLOUT);
	else if (link->wire.fd >= 0)
		link->place =
		    bridge_polls_add(polls, link->wire.fd, bridge_wire_events(&link->wire));
	bridge_legacy_ask_polls(link, polls);
}

bool
bridge_legacy_got(const struct bridge_link *link, const struct bridge_polls *polls)
{
	return bridge_legacy_ask_got(link, polls);
}

static int64_t
link_due(const struct bridge_link *link)
{
	if (link->dial.state == BRIDGE_DIAL_CONNECT)
		return link->dial.deadline;
	if (link->dial.state == BRIDGE_DIAL_DONE || link->dial.state == BRIDGE_DIAL_FAILED)
		return 0; /* the resolver has ended it */
	if (link->legacy.asked != BRIDGE_LEGACY_NONE)
		return link->deadline;
	if (link->state == BRIDGE_LINK_DOWN)
		return link->peer.active && !link->env->stopping ? link->retry : INT64_MAX;
	return link->state == BRIDGE_LINK_OPEN ? bridge_settle_due(&link->queue) : INT64_MAX;
}

int64_t
bridge_legacy_due(const struct bridge_link *link)
{
	int64_t due = link_due(link), other = bridge_legacy_ask_due(link);

	return due < other ? due : other;
}

void
bridge_legacy_turn(struct bridge_link *link, const struct bridge_polls *polls)
{
	int64_t tick = tick_ms();

	bridge_legacy_ask_turn(link, polls);
	if (link->state == BRIDGE_LINK_DOWN) {
		if (tick < link_due(link))
			return;
		bridge_link_set(link, BRIDGE_LINK_DIALLING);
	}
	if (link->dial.state != BRIDGE_DIAL_IDLE) {
		bridge_dial_turn(&link->dial, bridge_polls_got(polls, link->place), tick);
		if (!dialled(link))
			return;
	}
	if (link->wire.fd >= 0 && !hear(link))
		return;
	speak(link);
	keep_time(link, tick_ms());
}
