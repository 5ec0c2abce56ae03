/*
 * peering_protocol_line: what another realm asks for, and what it is answered. Messages are
 * gathered, and taken together when there is nothing more to read; everything else comes after
 * those before it.
 */
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "base/log.h"
#include "chat/realm/bridge.h"
#include "chat/user.h"
#include "peering/in/int.h"

static void
end_with(struct peering_worker *peer, const char *why, bool retry)
{
	peering_reply_fatal(&peer->frame, why, retry);
	peer->said_why = true;
	peer->state = PEERING_OVER;
}

void
peering_fatal(struct peering_worker *peer, const char *why, bool retry)
{
	if (peer->state == PEERING_OVER)
		return;
	log_info("link ended: %s", why);
	peering_deliver(peer);
	if (peer->state != PEERING_OVER)
		end_with(peer, why, retry);
}

void
peering_fail(struct peering_worker *peer, enum chat_result result)
{
	const char *why = result == CHAT_FORBIDDEN ? "a newer link has taken over"
	    : result == CHAT_NO_SPACE              ? "the disk is full"
	    : result == CHAT_QUOTA                 ? "too many refusals are not settled"
	                                           : "something is broken here";

	if (peer->state == PEERING_OVER)
		return;
	if (result == CHAT_FORBIDDEN)
		log_debug("link ended: %s", why);
	else
		log_warnx("link ended: %s", why);
	end_with(peer, why, result != CHAT_FORBIDDEN);
}

/* In the course of a pause nothing is read, and so the other side cannot send for long. */
static void
pause_for(struct peering_worker *peer, size_t messages)
{
	int64_t now = clock_monotonic_us();

	if (peer->config->peer_rate == 0)
		return;
	if (peer->paused_us < now)
		peer->paused_us = now;
	peer->paused_us += (int64_t)messages * 1000000 / peer->config->peer_rate;
}

/* Whether the peer still is one: its key may have been taken out of the configuration. */
static bool
is_peer(struct peering_worker *peer)
{
	struct chat_peer now;
	enum chat_result result;

	store_refresh(peer->chat.store);
	result = chat_peer_find(&peer->chat, chat_text(peer->receive.peer.name), &now);
	if (result == CHAT_OK && now.active && !now.legacy &&
	    strcmp(now.fingerprint, peer->receive.peer.fingerprint) == 0)
		return true;
	if (result == CHAT_FAILED) {
		peering_fail(peer, result);
	} else {
		log_warnx("link ended: the peer's settings have changed");
		end_with(peer, "this realm has other settings for its peers now", false);
	}
	return false;
}

static void
take(struct peering_worker *peer, struct chat_inbound *inbounds, size_t n)
{
	uint64_t before = peer->receive.have;
	enum chat_result result;

	if (!is_peer(peer))
		return;
	result = chat_receive_deliver(&peer->receive, inbounds, n);
	for (size_t i = 0; i < n && before + i < peer->receive.have; i++)
		if (inbounds[i].refused != CHAT_REASON_NONE)
			peering_reply_refused(&peer->frame, before + i + 1, inbounds[i].refused);
	if (peer->receive.have > before)
		peering_reply_have(&peer->frame, peer->receive.have);
	pause_for(peer, n);
	if (result != CHAT_OK)
		peering_fail(peer, result);
}

void
peering_deliver(struct peering_worker *peer)
{
	size_t n = peer->n;

	if (n == 0)
		return;
	peer->n = 0; /* so that a failure does not come here again */
	take(peer, peer->inbounds, n);
	for (size_t i = 0; i < n; i++)
		peering_request_free(&peer->requests[i]);
}

void
peering_deliver_file(struct peering_worker *peer, struct chat_inbound *inbound)
{
	take(peer, inbound, 1);
}

static bool
same_name(struct chat_text text, const char *name)
{
	return text.len == strlen(name) && strncasecmp(text.data, name, text.len) == 0;
}

static void
on_hello(struct peering_worker *peer, const struct peering_request *request)
{
	const struct config *config = peer->config;
	struct chat_peer known = peer->receive.peer;
	enum chat_result result;

	if (request->number != PEERING_VERSION) {
		peering_fatal(peer, "this version is not spoken here", false);
		return;
	}
	if (!same_name(request->own, known.name)) {
		peering_fatal(peer, "this key belongs to another realm", false);
		return;
	}
	if (!same_name(request->peer, config->realm)) {
		peering_fatal(peer, "this is another realm", false);
		return;
	}
	result = chat_receive_begin(&peer->receive, &peer->chat, &known);
	if (result != CHAT_OK) {
		peering_fail(peer, result);
		return;
	}
	peer->state = PEERING_GREETED;
	peering_reply_hello(&peer->frame, config);
	/* It is there: what waits for it need not wait for the next try. */
	(void)chat_bridge_flush(&peer->chat, &known);
	chat_bridge_alive(&peer->chat, &known);
}

static int
tell_refusal(void *arg, uint64_t number, enum chat_reason reason)
{
	struct peering_worker *peer = arg;

	peering_reply_refused(&peer->frame, number, reason);
	return frame_failed(&peer->frame);
}

static void
on_resume(struct peering_worker *peer, const struct peering_request *request)
{
	chat_receive_resume(&peer->receive, request->epoch);
	chat_receive_retired(&peer->receive, request->number);
	if (chat_receive_refusals(&peer->receive, request->number, tell_refusal, peer) != CHAT_OK) {
		peering_fail(peer, CHAT_FAILED);
		return;
	}
	peer->state = PEERING_RESUMED;
	peering_reply_resume(&peer->frame, request->epoch, peer->receive.have);
}

/* How many are taken together: with a limit, not more than a second's. */
static size_t
most_together(const struct peering_worker *peer)
{
	size_t rate = (size_t)peer->config->peer_rate;

	return rate > 0 && rate < CHAT_RECEIVE_MAX ? rate : CHAT_RECEIVE_MAX;
}

/* The request's memory is the batch's then, or the file's. */
static void
on_message(struct peering_worker *peer, struct peering_request *request)
{
	if (request->number != peer->receive.have + peer->n + 1) {
		peering_request_free(request);
		peering_fatal(peer, "this number is not the next one", false);
		return;
	}
	if (request->inbound.outbound.file) {
		peering_deliver(peer);
		if (peer->state == PEERING_RESUMED)
			peering_file_offer(peer, request);
		else
			peering_request_free(request);
		return;
	}
	peer->inbounds[peer->n] = request->inbound;
	peer->requests[peer->n++] = *request;
	if (peer->n >= most_together(peer))
		peering_deliver(peer);
}

/* Numbers that hold no message: a file that was offered may be among them. */
static void
on_void(struct peering_worker *peer, const struct peering_request *request)
{
	enum chat_result result;

	if (request->number != peer->receive.have + 1) {
		peering_fatal(peer, "this number is not the next one", false);
		return;
	}
	peering_file_end(peer);
	pause_for(peer, 1);
	result = chat_receive_void(&peer->receive, request->last);
	if (result == CHAT_OK)
		peering_reply_have(&peer->frame, peer->receive.have);
	else
		peering_fail(peer, result);
}

struct presence {
	uint64_t user;
	int64_t since_ms; /* 0: not here */
};

static int
look_at_slot(void *arg, unsigned int slot, const struct scoreboard_entry *entry)
{
	struct presence *presence = arg;

	(void)slot;
	if (entry->user == presence->user &&
	    (presence->since_ms == 0 || entry->since_ms < presence->since_ms))
		presence->since_ms = entry->since_ms;
	return 0;
}

static int64_t
since_when(struct peering_worker *peer, uint64_t user)
{
	struct presence presence = { .user = user };

	scoreboard_list_fast(peer->chat.scoreboard, look_at_slot, &presence);
	return presence.since_ms;
}

static void
on_ask(struct peering_worker *peer, const struct peering_request *request)
{
	struct chat_user user;
	enum chat_result result;

	pause_for(peer, 1);
	store_refresh(peer->chat.store);
	result = chat_user_find(&peer->chat, request->user, &user);
	if (result == CHAT_OK)
		peering_reply_info(&peer->frame, request->number, &user, since_when(peer, user.id));
	else if (result == CHAT_NO_USER)
		peering_reply_info(&peer->frame, request->number, NULL, 0);
	else
		peering_fail(peer, result);
}

/* What may be asked for in a state; NULL, or why not. */
static const char *
check_state(const struct peering_worker *peer, enum peering_command command)
{
	if ((command == PEERING_HELLO) != (peer->state == PEERING_PROVEN))
		return peer->state == PEERING_PROVEN ? "a greeting comes first"
		                                     : "one greeting is enough";
	if (peer->state == PEERING_GREETED && command != PEERING_HELLO &&
	    command != PEERING_RESUME && command != PEERING_ASK && command != PEERING_PING)
		return "it must be known first from where on";
	if (peer->file_number != 0 && (command == PEERING_MESSAGE || command == PEERING_RESUME))
		return "a file is not complete yet";
	return NULL;
}

static void
answer(struct peering_worker *peer, struct peering_request *request)
{
	switch (request->command) {
	case PEERING_HELLO:
		on_hello(peer, request);
		break;
	case PEERING_RESUME:
		on_resume(peer, request);
		break;
	case PEERING_MESSAGE:
		on_message(peer, request);
		break;
	case PEERING_VOID:
		on_void(peer, request);
		break;
	case PEERING_CHUNK:
		peering_file_chunk(peer, request);
		break;
	case PEERING_SETTLED:
		chat_receive_retired(&peer->receive, request->number);
		break;
	case PEERING_ASK:
		on_ask(peer, request);
		break;
	case PEERING_PING:
		peering_reply_pong(&peer->frame, request->number);
		break;
	}
}

void
peering_protocol_line(struct peering_worker *peer, const char *line, size_t len)
{
	struct peering_request request;
	const char *error;

	if (peering_request_read(&request, line, len, peer->receive.peer.name, &error) != 0) {
		peering_fatal(peer, error, false);
		return;
	}
	error = check_state(peer, request.command);
	if (error != NULL) {
		peering_request_free(&request);
		peering_fatal(peer, error, false);
		return;
	}
	/* Messages are looked at when they are taken, together. */
	if (request.command != PEERING_MESSAGE) {
		peering_deliver(peer);
		if (peer->state == PEERING_OVER || !is_peer(peer)) {
			peering_request_free(&request);
			return;
		}
	}
	answer(peer, &request);
}
