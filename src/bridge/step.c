/*
 * bridge_step: a native link makes a step when bytes have come or time has passed: dialling, TLS,
 * the greeting, requests and replies, and their time limits.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "bridge/link.h"
#include "peering/tls.h"

#define BEGIN_MS       10000 /* for TLS and the greeting */
#define ANSWER_MS      30000
#define PING_MS        60000 /* of silence */
#define PROVEN_MS      60000 /* a link that was open so long is a good one */
#define CLOCK_TRUST_MS 60000 /* the longest wait for a time of the day, which may be set */

static bool
may_dial(const struct bridge_link *link)
{
	return link->peer.active && !link->env->stopping;
}

/* Whether the other side has the key of the peer. */
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
finish_handshake(struct bridge_link *link)
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
	(void)bridge_protocol_send(link);
}

/* Goes on with a connection that has been made, or gives it up. */
static void
check_dial(struct bridge_link *link)
{
	char error[DIAL_ERROR];

	if (link->dial.state == DIAL_FAILED)
		bridge_link_drop(link, "%s", link->dial.error);
	if (link->dial.state != DIAL_DONE)
		return;
	wire_open(&link->wire, dial_take(&link->dial), PEERING_REPLY_MAX);
	bridge_link_set(link, BRIDGE_LINK_SHAKING);
	link->deadline = clock_monotonic_ms() + BEGIN_MS;
	if (stream_dial(&link->wire.stream, link->env->tls, error, sizeof(error)) != 0)
		bridge_link_drop(link, "%s", error);
	else
		finish_handshake(link);
}

static void
start_dial(struct bridge_link *link)
{
	bridge_link_set(link, BRIDGE_LINK_DIALLING);
	if (link->env->tls == NULL) {
		bridge_link_drop(link, "%s", link->env->tls_error);
		return;
	}
	dial_start(&link->dial, link->env->resolver, link->peer.address, link->peer.port);
	check_dial(link);
}

static void
exchange_lines(struct bridge_link *link)
{
	if (!bridge_protocol_receive(link))
		return;
	if (link->state == BRIDGE_LINK_OPEN &&
	    bridge_retire(&link->queue, clock_monotonic_ms()) != CHAT_OK) {
		snprintf(link->error, sizeof(link->error), "the outbox cannot be trimmed");
		bridge_link_show(link);
	}
	(void)bridge_protocol_send(link);
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
		link->waiting_since = 0;
		if (tick - link->sent_at < PING_MS)
			return;
		/* Nobody tells of a message where no ringer could be started. */
		bridge_link_news(link);
		bridge_protocol_ping(link);
		if (!bridge_protocol_send(link))
			return;
	}
	if (link->waiting_since == 0) {
		link->waiting_since = tick;
		link->progress = wire_progress(&link->wire);
	} else if (tick - link->waiting_since >= ANSWER_MS) {
		int64_t progress = wire_progress(&link->wire);

		/* A slow connection is not a dead one. */
		if (progress <= link->progress) {
			bridge_link_drop(link, "it has not answered for %d seconds",
			    ANSWER_MS / 1000);
			return;
		}
		link->waiting_since = tick;
		link->progress = progress;
	}
}

static void
poll_native(struct bridge_link *link, struct polls *polls)
{
	link->poll_index = POLLS_NONE;
	if (link->state == BRIDGE_LINK_DIALLING && link->dial.fd >= 0)
		link->poll_index = polls_add(polls, link->dial.fd, POLLOUT);
	else if (link->state == BRIDGE_LINK_SHAKING)
		link->poll_index = polls_add(polls, link->wire.fd,
		    (short)(stream_read_events(&link->wire.stream) |
		        stream_write_events(&link->wire.stream)));
	else if (link->wire.fd >= 0)
		link->poll_index = polls_add(polls, link->wire.fd, wire_events(&link->wire));
}

static bool
got_native(const struct bridge_link *link, const struct polls *polls)
{
	return polls_got(polls, link->poll_index) != 0;
}

static int64_t
earlier_of(int64_t a, int64_t b)
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
		return dial_due(&link->dial);
	case BRIDGE_LINK_SHAKING:
	case BRIDGE_LINK_CHECKING:
	case BRIDGE_LINK_GREETING:
		return link->deadline;
	case BRIDGE_LINK_OPEN:
		break;
	}
	return earlier_of(bridge_retire_due(&link->queue),
	    link->waiting_since != 0 ? link->waiting_since + ANSWER_MS : link->sent_at + PING_MS);
}

int64_t
bridge_step_due(const struct bridge_link *link)
{
	int64_t due = link->look_at != 0 ? link->look_at : INT64_MAX;

	if (link->more_work || wire_pending(&link->wire))
		return 0;
	due = earlier_of(due, link->protocol->due(link));
	return link->state == BRIDGE_LINK_OPEN ? due : earlier_of(due, link->expire_at);
}

/* Looks into the outbox if that is due; while no link is open its messages may expire. */
static void
expire_queue(struct bridge_link *link, int64_t tick)
{
	int64_t now, left;

	if (link->look_at != 0 && tick >= link->look_at)
		bridge_link_news(link);
	if (link->state == BRIDGE_LINK_OPEN || link->env->stopping) {
		link->expire_at = INT64_MAX;
		return;
	}
	now = clock_now_ms();
	left = bridge_expire(&link->queue, now) - now;
	link->expire_at = tick + (left < CLOCK_TRUST_MS ? left : CLOCK_TRUST_MS);
}

static void
step_native(struct bridge_link *link, const struct polls *polls, int64_t tick)
{
	switch (link->state) {
	case BRIDGE_LINK_DOWN:
		if (may_dial(link) && tick >= link->retry)
			start_dial(link);
		break;
	case BRIDGE_LINK_DIALLING:
		dial_step(&link->dial, polls_got(polls, link->poll_index), tick);
		check_dial(link);
		break;
	case BRIDGE_LINK_SHAKING:
	case BRIDGE_LINK_CHECKING:
		finish_handshake(link);
		break;
	case BRIDGE_LINK_GREETING:
	case BRIDGE_LINK_OPEN:
		exchange_lines(link);
		break;
	}
	keep_time(link, clock_monotonic_ms());
}

void
bridge_step(struct bridge_link *link, const struct polls *polls)
{
	int64_t tick = clock_monotonic_ms();

	link->more_work = false;
	link->protocol->step(link, polls, tick);
	expire_queue(link, tick);
}

const struct bridge_link_protocol bridge_step_native = {
	.close = bridge_protocol_close,
	.polls = poll_native,
	.got = got_native,
	.due = native_due,
	.step = step_native,
	.ask = bridge_protocol_ask,
};
