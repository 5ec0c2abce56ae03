/*
 * peer_talk: what another realm asks for, and what it is answered. Messages are gathered, and taken
 * together when there is nothing more to read; everything else comes after those before it.
 */
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "base/log.h"
#include "chat/realm/remote.h"
#include "chat/user.h"
#include "peering/in/int.h"

static void
end_with(struct peer *peer, const char *why, bool retry)
{
	peer_reply_fatal(&peer->line, why, retry);
	peer->said_why = true;
	peer->state = PEER_OVER;
}

void
peer_fatal(struct peer *peer, const char *why, bool retry)
{
	if (peer->state == PEER_OVER)
		return;
	log_info("link ended: %s", why);
	peer_take(peer);
	if (peer->state != PEER_OVER)
		end_with(peer, why, retry);
}

void
peer_fail(struct peer *peer, enum chat_result result)
{
	const char *why = result == CHAT_FORBIDDEN ? "a newer link has taken over"
	    : result == CHAT_NO_SPACE              ? "the disk is full"
	    : result == CHAT_QUOTA                 ? "too many refusals are not settled"
	                                           : "something is broken here";

	if (peer->state == PEER_OVER)
		return;
	if (result == CHAT_FORBIDDEN)
		log_debug("link ended: %s", why);
	else
		log_warnx("link ended: %s", why);
	end_with(peer, why, result != CHAT_FORBIDDEN);
}

/* In the course of a pause nothing is read, and so the other side cannot send for long. */
static void
pause_for(struct peer *peer, size_t messages)
{
	int64_t now = tick_us();

	if (peer->config->peer_rate == 0)
		return;
	if (peer->paused_us < now)
		peer->paused_us = now;
	peer->paused_us += (int64_t)messages * 1000000 / peer->config->peer_rate;
}

/* Whether the peer still is one: its key may have been taken out of the configuration. */
static bool
is_peer(struct peer *peer)
{
	struct chat_peer now;
	enum chat_result result;

	store_refresh(peer->chat.store);
	result = chat_peer_find(&peer->chat, chat_text(peer->receive.peer.name), &now);
	if (result == CHAT_OK && now.active && !now.legacy &&
	    strcmp(now.fingerprint, peer->receive.peer.fingerprint) == 0)
		return true;
	if (result == CHAT_FAILED) {
		peer_fail(peer, result);
	} else {
		log_warnx("link ended: the peer's settings have changed");
		end_with(peer, "this realm has other settings for its peers now", false);
	}
	return false;
}

static void
take(struct peer *peer, struct chat_arrival *arrivals, size_t n)
{
	uint64_t before = peer->receive.have;
	enum chat_result result;

	if (!is_peer(peer))
		return;
	result = chat_receive_take(&peer->receive, arrivals, n);
	for (size_t i = 0; i < n && before + i < peer->receive.have; i++)
		if (arrivals[i].refused != CHAT_REASON_NONE)
			peer_reply_refused(&peer->line, before + i + 1, arrivals[i].refused);
	if (peer->receive.have > before)
		peer_reply_have(&peer->line, peer->receive.have);
	pause_for(peer, n);
	if (result != CHAT_OK)
		peer_fail(peer, result);
}

void
peer_take(struct peer *peer)
{
	size_t n = peer->n;

	if (n == 0)
		return;
	peer->n = 0; /* so that a failure does not come here again */
	take(peer, peer->arrivals, n);
	for (size_t i = 0; i < n; i++)
		peer_parse_free(&peer->requests[i]);
}

void
peer_take_file(struct peer *peer, struct chat_arrival *arrival)
{
	take(peer, arrival, 1);
}

static bool
same_name(struct chat_text text, const char *name)
{
	return text.len == strlen(name) && strncasecmp(text.data, name, text.len) == 0;
}

static void
on_hello(struct peer *peer, const struct peer_request *request)
{
	const struct config *config = peer->config;
	struct chat_peer known = peer->receive.peer;
	enum chat_result result;

	if (request->number != PEER_VERSION) {
		peer_fatal(peer, "this version is not spoken here", false);
		return;
	}
	if (!same_name(request->own, known.name)) {
		peer_fatal(peer, "this key belongs to another realm", false);
		return;
	}
	if (!same_name(request->peer, config->realm)) {
		peer_fatal(peer, "this is another realm", false);
		return;
	}
	result = chat_receive_begin(&peer->receive, &peer->chat, &known);
	if (result != CHAT_OK) {
		peer_fail(peer, result);
		return;
	}
	peer->state = PEER_GREETED;
	peer_reply_hello(&peer->line, config);
	/* It is there: what waits for it need not wait for the next try. */
	(void)chat_remote_flush(&peer->chat, &known);
	chat_remote_alive(&peer->chat, &known);
}

static int
tell_refusal(void *arg, uint64_t number, enum chat_reason reason)
{
	struct peer *peer = arg;

	peer_reply_refused(&peer->line, number, reason);
	return peer->line.failed;
}

static void
on_resume(struct peer *peer, const struct peer_request *request)
{
	chat_receive_resume(&peer->receive, request->epoch);
	chat_receive_settled(&peer->receive, request->number);
	if (chat_receive_refusals(&peer->receive, request->number, tell_refusal, peer) != CHAT_OK) {
		peer_fail(peer, CHAT_FAILED);
		return;
	}
	peer->state = PEER_RESUMED;
	peer_reply_resume(&peer->line, request->epoch, peer->receive.have);
}

/* How many are taken together: with a limit, not more than a second's. */
static size_t
most_together(const struct peer *peer)
{
	size_t rate = (size_t)peer->config->peer_rate;

	return rate > 0 && rate < CHAT_RECEIVE_MAX ? rate : CHAT_RECEIVE_MAX;
}

/* The request's memory is the batch's then, or the file's. */
static void
on_message(struct peer *peer, struct peer_request *request)
{
	if (request->number != peer->receive.have + peer->n + 1) {
		peer_parse_free(request);
		peer_fatal(peer, "this number is not the next one", false);
		return;
	}
	if (request->arrival.letter.file) {
		peer_take(peer);
		if (peer->state == PEER_RESUMED)
			peer_file_offer(peer, request);
		else
			peer_parse_free(request);
		return;
	}
	peer->arrivals[peer->n] = request->arrival;
	peer->requests[peer->n++] = *request;
	if (peer->n >= most_together(peer))
		peer_take(peer);
}

/* Numbers that hold no message: a file that was offered may be among them. */
static void
on_void(struct peer *peer, const struct peer_request *request)
{
	enum chat_result result;

	if (request->number != peer->receive.have + 1) {
		peer_fatal(peer, "this number is not the next one", false);
		return;
	}
	peer_file_end(peer);
	pause_for(peer, 1);
	result = chat_receive_void(&peer->receive, request->last);
	if (result == CHAT_OK)
		peer_reply_have(&peer->line, peer->receive.have);
	else
		peer_fail(peer, result);
}

struct presence {
	uint64_t user;
	int64_t since_ms; /* 0: not here */
};

static int
look_at_slot(void *arg, unsigned int slot, const struct board_entry *entry)
{
	struct presence *presence = arg;

	(void)slot;
	if (entry->user == presence->user &&
	    (presence->since_ms == 0 || entry->since_ms < presence->since_ms))
		presence->since_ms = entry->since_ms;
	return 0;
}

static int64_t
since_when(struct peer *peer, uint64_t user)
{
	struct presence presence = { .user = user };

	board_glance(peer->chat.board, look_at_slot, &presence);
	return presence.since_ms;
}

static void
on_ask(struct peer *peer, const struct peer_request *request)
{
	struct chat_user user;
	enum chat_result result;

	pause_for(peer, 1);
	store_refresh(peer->chat.store);
	result = chat_user_find(&peer->chat, request->user, &user);
	if (result == CHAT_OK)
		peer_reply_info(&peer->line, request->number, &user, since_when(peer, user.id));
	else if (result == CHAT_NO_USER)
		peer_reply_info(&peer->line, request->number, NULL, 0);
	else
		peer_fail(peer, result);
}

/* What may be asked for in a state; NULL, or why not. */
static const char *
check_state(const struct peer *peer, enum peer_command command)
{
	if ((command == PEER_HELLO) != (peer->state == PEER_PROVEN))
		return peer->state == PEER_PROVEN ? "a greeting comes first"
		                                  : "one greeting is enough";
	if (peer->state == PEER_GREETED && command != PEER_HELLO && command != PEER_RESUME &&
	    command != PEER_ASK && command != PEER_PING)
		return "it must be known first from where on";
	if (peer->file_number != 0 && (command == PEER_MESSAGE || command == PEER_RESUME))
		return "a file is not complete yet";
	return NULL;
}

static void
answer(struct peer *peer, struct peer_request *request)
{
	switch (request->command) {
	case PEER_HELLO:
		on_hello(peer, request);
		break;
	case PEER_RESUME:
		on_resume(peer, request);
		break;
	case PEER_MESSAGE:
		on_message(peer, request);
		break;
	case PEER_VOID:
		on_void(peer, request);
		break;
	case PEER_CHUNK:
		peer_file_chunk(peer, request);
		break;
	case PEER_SETTLED:
		chat_receive_settled(&peer->receive, request->number);
		break;
	case PEER_ASK:
		on_ask(peer, request);
		break;
	case PEER_PING:
		peer_reply_pong(&peer->line, request->number);
		break;
	}
}

void
peer_talk(struct peer *peer, const char *line, size_t len)
{
	struct peer_request request;
	const char *error;

	if (peer_parse(&request, line, len, peer->receive.peer.name, &error) != 0) {
		peer_fatal(peer, error, false);
		return;
	}
	error = check_state(peer, request.command);
	if (error != NULL) {
		peer_parse_free(&request);
		peer_fatal(peer, error, false);
		return;
	}
	/* Messages are looked at when they are taken, together. */
	if (request.command != PEER_MESSAGE) {
		peer_take(peer);
		if (peer->state == PEER_OVER || !is_peer(peer)) {
			peer_parse_free(&request);
			return;
		}
	}
	answer(peer, &request);
}
