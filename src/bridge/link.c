/* bridge_link: how links begin and end, the pauses between them, and the status that others see. */
#include "bridge/link.h"

#include <bsd/string.h>
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/backoff.h"
#include "base/clock.h"
#include "base/log.h"
#include "chat/realm/outbox.h"

#define FIRST_PAUSE_MS 1000
#define MOST_PAUSE_MS  300000
#define LOOK_MS        1000
#define MOST_CALL_MS   30000 /* between two dials because the peer has called */
#define LASTING_MS     60000 /* a link that was open for so long was no play */

void
bridge_link_show(struct bridge_link *link)
{
	struct link_status status = { .peer = link->peer.id,
		.state = link->state == BRIDGE_LINK_OPEN ? LINK_STATUS_UP
		    : link->state == BRIDGE_LINK_DOWN    ? LINK_STATUS_DOWN
		                                         : LINK_STATUS_CONNECTING,
		.since_ms = link->since_ms,
		.round_trip_us = link->round_trip_us };

	if (!link->peer.active) {
		link_status_hide(link->env->chat.links, link->peer.id);
		return;
	}
	if (status.state == LINK_STATUS_DOWN)
		status.retry_ms = clock_now_ms() + link->retry - clock_monotonic_ms();
	strlcpy(status.error, link->error, sizeof(status.error));
	link_status_show(link->env->chat.links, &status);
}

void
bridge_link_set(struct bridge_link *link, enum bridge_link_state state)
{
	bool connecting = link->state != BRIDGE_LINK_OPEN && link->state != BRIDGE_LINK_DOWN &&
	    state != BRIDGE_LINK_OPEN && state != BRIDGE_LINK_DOWN;

	link->state = state;
	if (connecting)
		return; /* the status does not tell these states apart */
	link->since_ms = clock_now_ms();
	bridge_link_show(link);
}

enum chat_result
bridge_link_init(struct bridge_link *link, struct bridge_env *env, const struct chat_peer *peer)
{
	*link = (struct bridge_link){ .env = env,
		.peer = *peer,
		.protocol = peer->legacy ? env->legacy : &bridge_step_native,
		.state = BRIDGE_LINK_DOWN,
		.since_ms = clock_now_ms(),
		.round_trip_us = -1 };
	dial_init(&link->dial);
	wire_init(&link->wire);
	bridge_file_init(&link->file);
	link->poll_index = POLLS_NONE;
	if (bridge_queue_init(&link->queue, &env->chat, peer) != CHAT_OK)
		return CHAT_FAILED;
	if (link->protocol->init != NULL && link->protocol->init(link) != 0)
		return CHAT_FAILED;
	bridge_link_show(link);
	return CHAT_OK;
}

/* Ends the connection, or what has begun of it. */
static void
close_connection(struct bridge_link *link)
{
	if (link->state == BRIDGE_LINK_OPEN)
		(void)bridge_retire(&link->queue, INT64_MAX);
	link->protocol->close(link);
	bridge_queue_end(&link->queue);
	bridge_file_close(&link->file);
	dial_stop(&link->dial);
	wire_close(&link->wire);
	link->waiting_since = 0;
}

static void
forget_peer(struct bridge_link *link)
{
	close_connection(link);
	if (link->protocol->forget != NULL)
		link->protocol->forget(link);
}

void
bridge_link_free(struct bridge_link *link)
{
	forget_peer(link);
	if (link->protocol->free != NULL)
		link->protocol->free(link);
	link_status_hide(link->env->chat.links, link->peer.id);
}

/* A peer that is lost by many realms is not dialled by all of them in the same moment. */
static void
pause_dialling(struct bridge_link *link, int64_t pause)
{
	link->pause = pause;
	link->retry = clock_monotonic_ms() + backoff_jitter_ms(pause);
}

/* Replaces control characters, since part of the text is the other side's. */
static void
hide_controls(char *text)
{
	for (; *text != '\0'; text++)
		if ((unsigned char)*text < ' ' || *text == '\177')
			*text = '?';
}

/* Logs the end of a link, once for each state in which it ends, until the link is open again. */
static void
log_end(struct bridge_link *link)
{
	unsigned int bit = 1U << link->state;

	if (link->state == BRIDGE_LINK_OPEN)
		log_warnx("%s: link down: %s", link->peer.name, link->error);
	else if ((link->complained & bit) == 0)
		log_warnx("%s: no link: %s", link->peer.name, link->error);
	else
		log_debug("%s: still no link: %s", link->peer.name, link->error);
	link->complained |= bit;
}

void
bridge_link_drop(struct bridge_link *link, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	if (vsnprintf(link->error, sizeof(link->error), fmt, ap) < 0)
		link->error[0] = '\0';
	va_end(ap);
	hide_controls(link->error);
	log_end(link);
	if (link->proven ||
	    (link->state == BRIDGE_LINK_OPEN && clock_monotonic_ms() - link->opened >= LASTING_MS))
		link->call_pause = 0;
	close_connection(link);
	if (link->proven)
		link->pause = 0;
	pause_dialling(link, backoff_next_ms(link->pause, FIRST_PAUSE_MS, MOST_PAUSE_MS));
	link->proven = false;
	bridge_link_set(link, BRIDGE_LINK_DOWN);
}

void
bridge_link_pause(struct bridge_link *link)
{
	pause_dialling(link, MOST_PAUSE_MS);
	bridge_link_show(link);
}

void
bridge_link_change(struct bridge_link *link, const struct chat_peer *peer)
{
	bool same = strcmp(link->peer.name, peer->name) == 0 &&
	    strcmp(link->peer.address, peer->address) == 0 && link->peer.port == peer->port &&
	    strcmp(link->peer.fingerprint, peer->fingerprint) == 0 &&
	    link->peer.active == peer->active;

	link->peer = link->queue.peer = *peer;
	link->queue.due_ms = 0;
	if (same)
		return;
	log_info("%s: its settings have changed", peer->name);
	forget_peer(link);
	link->complained = 0;
	link->pause = link->call_pause = link->called = 0;
	link->retry = link->expire_at = 0;
	link->proven = false;
	bridge_link_set(link, BRIDGE_LINK_DOWN);
}

enum chat_result
bridge_link_clear(struct bridge_link *link, uint64_t *dropped)
{
	enum chat_result result;

	/* Messages under way would be retired twice. */
	close_connection(link);
	result = chat_outbox_drop(&link->env->chat, &link->peer, dropped);
	log_info("%s: %" PRIu64 " messages that waited were dropped", link->peer.name, *dropped);
	if (bridge_queue_reread(&link->queue) != CHAT_OK)
		result = CHAT_FAILED;
	if (link->state != BRIDGE_LINK_DOWN) {
		link->retry = link->pause = 0;
		bridge_link_set(link, BRIDGE_LINK_DOWN);
	}
	return result;
}

void
bridge_link_opened(struct bridge_link *link, const struct peering_window *window)
{
	link->opened = link->sent_at = clock_monotonic_ms();
	link->complained = 0;
	bridge_link_set(link, BRIDGE_LINK_OPEN);
	log_info("%s: link up", link->peer.name);
	bridge_queue_begin(&link->queue, window);
	bridge_link_news(link);
}

void
bridge_link_news(struct bridge_link *link)
{
	bool open = link->state == BRIDGE_LINK_OPEN;

	if (!open && bridge_expire_soon(&link->queue, clock_now_ms()))
		return;
	bool failed = bridge_queue_refresh(&link->queue) != CHAT_OK;

	link->look_at = failed ? clock_monotonic_ms() + LOOK_MS : 0;
	link->expire_at = 0;
	link->more_work |= !failed && open;
}

void
bridge_link_dial_now(struct bridge_link *link)
{
	if (link->state == BRIDGE_LINK_DOWN)
		link->retry = 0;
}

void
bridge_link_called(struct bridge_link *link)
{
	int64_t tick = clock_monotonic_ms();

	if (link->state != BRIDGE_LINK_DOWN)
		return;
	/* Else two realms that drop each other's links would dial without pauses. */
	if (tick < link->called) {
		if (link->called < link->retry)
			link->retry = link->called;
		return;
	}
	link->call_pause = backoff_next_ms(link->call_pause, FIRST_PAUSE_MS, MOST_CALL_MS);
	link->called = tick + link->call_pause;
	link->retry = 0;
}

bool
bridge_link_answered(const struct bridge_link *link)
{
	return link->state != BRIDGE_LINK_OPEN || link->queue.inflight.count == link->queue.acked;
}

bool
bridge_link_empty(const struct bridge_link *link)
{
	return link->queue.retired >= link->queue.last;
}
