/*
 * bridge_step: what a link does when something has come or is due: dialling, TLS, the greeting,
 * conversing, and the limits of time for all that.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "bridge/link.h"
#include "peering/tls.h"

#define BEGIN_MS  10000 /* for TLS and the greeting */
#define ANSWER_MS 30000
#define PING_MS   60000 /* of silence */
#define PROVEN_MS 60000 /* open this long, a link is a good one */
#define GLANCE_MS 60000 /* the longest that the clock of the day is relied on */

static bool
may_dial(const struct bridge_link *link)
{
	return link->peer.active && !link->env->stopping;
}

/* Whether the other side has the key that it should have. */
static bool
check_key(struct bridge_link *link)
{
	const char *shown = stream_peer_fingerprint(&link->wire.stream);

	if (shown == NULL || strlen(shown) >= sizeof(link->peer.fingerprint))
		bridge_link_drop(link, "it shows no key");
	else if (link->peer.fingerprint[0] == '\0' && !link->peer.added)
		bridge_link_drop(link, "no fingerprint of its key is known");
	else if (link->peer.fingerprint[0] != '\0' && strcmp(link->peer.fingerprint, shown) != 0)
		bridge_link_drop(link, "it has another key, %s", shown);
	else
		return true;
	return false;
}

static void
shake(struct bridge_link *link)
{
	const char *why;

	if (stream_handshake(&link->wire.stream) != 0) {
		if (errno == EAGAIN)
			return;
		why = stream_error(&link->wire.stream);
		bridge_link_drop(link, "%s", why != NULL ? why : strerror(errno));
		return;
	}
	bridge_link_set(link, BRIDGE_LINK_CHECKING);
	if (!check_key(link))
		return;
	bridge_link_set(link, BRIDGE_LINK_GREETING);
	bridge_protocol_hello(link);
	(void)bridge_protocol_speak(link);
}

/* Looks what has become of dialling. */
static void
dialled(struct bridge_link *link)
{
	char error[DIAL_ERROR];

	if (link->dial.state == DIAL_FAILED)
		bridge_link_drop(link, "%s", link->dial.error);
	if (link->dial.state != DIAL_DONE)
		return;
	wire_open(&link->wire, dial_take(&link->dial));
	bridge_link_set(link, BRIDGE_LINK_SHAKING);
	link->deadline = clock_monotonic_ms() + BEGIN_MS;
	if (stream_dial(&link->wire.stream, link->env->tls, error, sizeof(error)) != 0)
		bridge_link_drop(link, "%s", error);
	else
		shake(link);
}

static void
dial(struct bridge_link *link)
{
	bridge_link_set(link, BRIDGE_LINK_DIALLING);
	if (link->env->tls == NULL) {
		bridge_link_drop(link, "%s", link->env->tls_error);
		return;
	}
	dial_start(&link->dial, link->env->resolver, link->peer.address, link->peer.port);
	dialled(link);
}

static void
converse(struct bridge_link *link)
{
	if (!bridge_protocol_listen(link))
		return;
	if (link->state == BRIDGE_LINK_OPEN &&
	    bridge_retire(&link->queue, clock_monotonic_ms()) != CHAT_OK) {
		snprintf(link->error, sizeof(link->error), "what is over cannot be settled here");
		bridge_link_show(link);
	}
	(void)bridge_protocol_speak(link);
}

/* Gives up a peer that does not answer, and asks one that has been silent. */
static void
keep_time(struct bridge_link *link, int64_t tick)
{
	if (link->state == BRIDGE_LINK_SHAKING || link->state == BRIDGE_LINK_GREETING) {
		if (tick >= link->deadline)
			bridge_link_drop(link, "it did not greet within %d seconds",
			    BEGIN_MS / 1000);
		return;
	}
	if (link->state != BRIDGE_LINK_OPEN)
		return;
	link->proven |= tick - link->opened >= PROVEN_MS;
	if (!bridge_protocol_waits(link)) {
		link->waiting = 0;
		if (tick - link->said < PING_MS)
			return;
		/* Somebody may have been killed before ringing for what was put into the outbox. */
		bridge_link_news(link);
		bridge_protocol_ping(link);
		if (!bridge_protocol_speak(link))
			return;
	}
	if (link->waiting == 0) {
		link->waiting = tick;
		link->progress = wire_progress(&link->wire);
	} else if (tick - link->waiting >= ANSWER_MS) {
		int64_t progress = wire_progress(&link->wire);

		/* A thin line is not a dead one. */
		if (progress <= link->progress) {
			bridge_link_drop(link, "it has not answered for %d seconds",
			    ANSWER_MS / 1000);
			return;
		}
		link->waiting = tick;
		link->progress = progress;
	}
}

static void
poll_native(struct bridge_link *link, struct polls *polls)
{
	link->place = POLLS_NONE;
	if (link->state == BRIDGE_LINK_DIALLING && link->dial.fd >= 0)
		link->place = polls_add(polls, link->dial.fd, POLLOUT);
	else if (link->state == BRIDGE_LINK_SHAKING)
		link->place = polls_add(polls, link->wire.fd,
		    (short)(stream_read_events(&link->wire.stream) |
		        stream_write_events(&link->wire.stream)));
	else if (link->wire.fd >= 0)
		link->place = polls_add(polls, link->wire.fd, wire_events(&link->wire));
}

static bool
got_native(const struct bridge_link *link, const struct polls *polls)
{
	return polls_got(polls, link->place) != 0;
}

void
bridge_step_polls(struct bridge_link *link, struct polls *polls)
{
	link->protocol->polls(link, polls);
}

bool
bridge_step_got(const struct bridge_link *link, const struct polls *polls)
{
	return link->protocol->got(link, polls);
}

static int64_t
earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static int64_t
native_due(const struct bridge_link *link)
{
	switch (link->state) {
	case BRIDGE_LINK_DOWN:
		return may_dial(link) ? link->retry : INT64_MAX;
	case BRIDGE_LINK_DIALLING:
		if (link->dial.state == DIAL_CONNECT)
			return link->dial.deadline;
		return link->dial.state == DIAL_LOOKUP ? INT64_MAX : 0; /* 0: it has ended */
	case BRIDGE_LINK_SHAKING:
	case BRIDGE_LINK_CHECKING:
	case BRIDGE_LINK_GREETING:
		return link->deadline;
	case BRIDGE_LINK_OPEN:
		break;
	}
	return earlier(bridge_retire_due(&link->queue),
	    link->waiting != 0 ? link->waiting + ANSWER_MS : link->said + PING_MS);
}

int64_t
bridge_step_due(const struct bridge_link *link)
{
	int64_t due = link->look != 0 ? link->look : INT64_MAX;

	if (link->restless || wire_pending(&link->wire))
		return 0;
	due = earlier(due, link->protocol->due(link));
	return link->state == BRIDGE_LINK_OPEN ? due : earlier(due, link->overdue);
}

/* While nobody takes the queue the clock of the day may have something to do with it. */
static void
look_after_queue(struct bridge_link *link, int64_t tick)
{
	int64_t now, left;

	if (link->look != 0 && tick >= link->look)
		bridge_link_news(link);
	if (link->state == BRIDGE_LINK_OPEN || link->env->stopping) {
		link->overdue = INT64_MAX;
		return;
	}
	now = clock_now_ms();
	left = bridge_expire(&link->queue, now) - now;
	link->overdue = tick + (left < GLANCE_MS ? left : GLANCE_MS);
}

static void
step_native(struct bridge_link *link, const struct polls *polls, int64_t tick)
{
	switch (link->state) {
	case BRIDGE_LINK_DOWN:
		if (may_dial(link) && tick >= link->retry)
			dial(link);
		break;
	case BRIDGE_LINK_DIALLING:
		dial_step(&link->dial, polls_got(polls, link->place), tick);
		dialled(link);
		break;
	case BRIDGE_LINK_SHAKING:
	case BRIDGE_LINK_CHECKING:
		shake(link);
		break;
	case BRIDGE_LINK_GREETING:
	case BRIDGE_LINK_OPEN:
		converse(link);
		break;
	}
	keep_time(link, clock_monotonic_ms());
}

void
bridge_step(struct bridge_link *link, const struct polls *polls)
{
	int64_t tick = clock_monotonic_ms();

	link->restless = false;
	link->protocol->step(link, polls, tick);
	look_after_queue(link, tick);
}

const struct bridge_link_protocol bridge_step_native = {
	.close = bridge_protocol_close,
	.polls = poll_native,
	.got = got_native,
	.due = native_due,
	.step = step_native,
	.ask = bridge_protocol_ask,
};
