/*
 * peering_protocol: requests of another realm, and their answers. Messages are gathered, and
 * delivered together when nothing more is to be read; all other requests wait for those before
 * them.
 */
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "base/log.h"
#include "chat/realm/bridge.h"
#include "chat/user.h"
#include "peering/in/int.h"

#define RESUME_US 100000 /* between two requests to resume */

static void
end_link(struct peering_link *link, const char *why, bool retry)
{
	peering_reply_fatal(&link->frame, why, retry);
	link->said_why = true;
	link->state = PEERING_OVER;
}

void
peering_fatal(struct peering_link *link, const char *why, bool retry)
{
	if (link->state == PEERING_OVER)
		return;
	log_info("link ended: %s", why);
	peering_deliver(link);
	if (link->state != PEERING_OVER)
		end_link(link, why, retry);
}

void
peering_fail(struct peering_link *link, enum chat_result result)
{
	const char *why = result == CHAT_FORBIDDEN ? "a newer link has taken over"
	    : result == CHAT_NO_SPACE              ? "the disk is full"
	    : result == CHAT_BUDGET                ? "more has come than a day allows (peer_bytes)"
	    : result == CHAT_QUOTA                 ? "too many refusals are not settled"
	    : result == CHAT_UNSURE                ? "it is not known whether all is stored"
	                                           : "something is broken here";

	if (link->state == PEERING_OVER)
		return;
	if (result == CHAT_FORBIDDEN)
		log_debug("link ended: %s", why);
	else
		log_warnx("link ended: %s", why);
	if (result != CHAT_QUOTA)
		chat_count(&link->chat, result, true);
	end_link(link, why, result != CHAT_FORBIDDEN);
}

/* During a pause nothing is read, so that the other side soon cannot send. */
static void
pause_for(struct peering_link *link, size_t messages)
{
	int64_t now = clock_monotonic_us();

	if (link->config->peer_rate == 0)
		return;
	if (link->paused_us < now)
		link->paused_us = now;
	link->paused_us += (int64_t)messages * 1000000 / link->config->peer_rate;
}

/* Whether the peer is still one: the configuration may have changed. If not, the link ends. */
static bool
is_peer(struct peering_link *link)
{
	struct chat_peer now;
	enum chat_result result;

	store_refresh(link->chat.store);
	result = chat_peer_find(&link->chat, chat_text(link->receive.peer.name), &now);
	if (result == CHAT_OK && now.active && !now.legacy &&
	    strcmp(now.fingerprint, link->receive.peer.fingerprint) == 0)
		return true;
	if (result == CHAT_FAILED) {
		peering_fail(link, result);
	} else {
		log_warnx("link ended: the peer's settings have changed");
		end_link(link, "this realm has other settings for its peers now", false);
	}
	return false;
}

static void
take_messages(struct peering_link *link, struct chat_inbound *inbounds, size_t n)
{
	uint64_t before = link->receive.have;
	enum chat_result result;

	if (!is_peer(link))
		return;
	result = chat_receive_deliver(&link->receive, inbounds, n);
	for (size_t i = 0; i < n && before + i < link->receive.have; i++)
		if (inbounds[i].refused != CHAT_REASON_NONE)
			peering_reply_refused(&link->frame, before + i + 1, inbounds[i].refused);
	if (link->receive.have > before)
		peering_reply_have(&link->frame, link->receive.have);
	pause_for(link, n);
	if (result != CHAT_OK)
		peering_fail(link, result);
}

void
peering_deliver(struct peering_link *link)
{
	size_t n = link->n;

	if (n == 0)
		return;
	link->n = 0; /* so that a failure does not come here again */
	take_messages(link, link->inbounds, n);
	for (size_t i = 0; i < n; i++)
		peering_request_free(&link->requests[i]);
}

void
peering_deliver_file(struct peering_link *link, struct chat_inbound *inbound)
{
	take_messages(link, inbound, 1);
}

static void
handle_hello(struct peering_link *link, struct peering_request *request)
{
	const struct config *config = link->config;
	struct chat_peer known = link->receive.peer;
	enum chat_result result;

	if (request->number != PEERING_VERSION) {
		peering_fatal(link, "this version is not spoken here", false);
		return;
	}
	if (!chat_text_is(request->own, known.name)) {
		peering_fatal(link, "this key belongs to another realm", false);
		return;
	}
	if (!chat_text_is(request->peer, config->realm)) {
		peering_fatal(link, "this is another realm", false);
		return;
	}
	result = chat_receive_begin(&link->receive, &link->chat, &known);
	if (result != CHAT_OK) {
		peering_fail(link, result);
		return;
	}
	link->state = PEERING_GREETED;
	peering_reply_hello(&link->frame, config);
	/* The peer can be reached: messages for it need not wait for the next dial. */
	chat_bridge_alive(&link->chat, &known);
}

static int
tell_refusal(void *arg, uint64_t number, enum chat_reason reason)
{
	struct peering_link *link = arg;

	peering_reply_refused(&link->frame, number, reason);
	return frame_failed(&link->frame);
}

static void
handle_resume(struct peering_link *link, struct peering_request *request)
{
	int64_t now = clock_monotonic_us();

	/* Each one may be answered with all refusals that are kept. */
	if (link->resumed_before && link->paused_us < now + RESUME_US)
		link->paused_us = now + RESUME_US;
	link->resumed_before = true;
	chat_receive_resume(&link->receive, request->epoch);
	chat_receive_retired(&link->receive, request->number);
	if (chat_receive_refusals(&link->receive, request->number, tell_refusal, link) != CHAT_OK) {
		peering_fail(link, CHAT_FAILED);
		return;
	}
	link->state = PEERING_RESUMED;
	peering_reply_resume(&link->frame, request->epoch, link->receive.have);
}

/* How many messages are delivered together: with a limit of the rate, those of a second. */
static size_t
batch_limit(const struct peering_link *link)
{
	size_t rate = (size_t)link->config->peer_rate;

	return rate > 0 && rate < CHAT_RECEIVE_MAX ? rate : CHAT_RECEIVE_MAX;
}

/* Gives the request's memory to the batch, or to the file. */
static void
handle_message(struct peering_link *link, struct peering_request *request)
{
	if (request->number != link->receive.have + link->n + 1) {
		peering_request_free(request);
		peering_fatal(link, "this number is not the next one", false);
		return;
	}
	if (request->inbound.outbound.file) {
		peering_deliver(link);
		if (link->state == PEERING_RESUMED)
			peering_file_offer(link, request);
		else
			peering_request_free(request);
		return;
	}
	link->inbounds[link->n] = request->inbound;
	link->requests[link->n++] = *request;
	if (link->n >= batch_limit(link))
		peering_deliver(link);
}

/* Takes numbers without messages. A file that was offered may be one of them. */
static void
handle_void(struct peering_link *link, struct peering_request *request)
{
	enum chat_result result;

	if (request->number != link->receive.have + 1) {
		peering_fatal(link, "this number is not the next one", false);
		return;
	}
	peering_file_end(link);
	pause_for(link, 1);
	result = chat_receive_void(&link->receive, request->last);
	if (result == CHAT_OK)
		peering_reply_have(&link->frame, link->receive.have);
	else
		peering_fail(link, result);
}

struct presence {
	uint64_t user;
	int64_t since_ms; /* 0: not here */
};

static int
note_presence(void *arg, unsigned int slot, const struct scoreboard_entry *entry)
{
	struct presence *presence = arg;

	(void)slot;
	if (entry->user == presence->user &&
	    (presence->since_ms == 0 || entry->since_ms < presence->since_ms))
		presence->since_ms = entry->since_ms;
	return 0;
}

static int64_t
find_presence(struct peering_link *link, uint64_t user)
{
	struct presence presence = { .user = user };

	scoreboard_list_fast(link->chat.scoreboard, note_presence, &presence);
	return presence.since_ms;
}

static void
handle_ask(struct peering_link *link, struct peering_request *request)
{
	struct chat_person person;
	struct chat_user user;
	enum chat_result result;

	pause_for(link, 1);
	store_refresh(link->chat.store);
	result = chat_user_find(&link->chat, request->user, &user);
	if (result == CHAT_OK) {
		chat_person_init(&person, &user);
		chat_person_set_online(&person, find_presence(link, user.id));
	}
	if (result == CHAT_OK || result == CHAT_NO_USER)
		peering_reply_info(&link->frame, request->number,
		    result == CHAT_OK ? &person : NULL);
	else
		peering_fail(link, result);
}

static void
handle_settled(struct peering_link *link, struct peering_request *request)
{
	chat_receive_retired(&link->receive, request->number);
}

static void
handle_ping(struct peering_link *link, struct peering_request *request)
{
	peering_reply_pong(&link->frame, request->number);
}

static const struct {
	void (*handle)(struct peering_link *, struct peering_request *);
	bool before_resume; /* may come before it is known which numbers follow */
	bool amid_file;     /* may come before a file is complete */
} commands[] = {
	[PEERING_HELLO] = { .handle = handle_hello, .before_resume = true, .amid_file = true },
	[PEERING_RESUME] = { .handle = handle_resume, .before_resume = true },
	[PEERING_MESSAGE] = { .handle = handle_message },
	[PEERING_VOID] = { .handle = handle_void, .amid_file = true },
	[PEERING_CHUNK] = { .handle = peering_file_chunk, .amid_file = true },
	[PEERING_SETTLED] = { .handle = handle_settled, .amid_file = true },
	[PEERING_ASK] = { .handle = handle_ask, .before_resume = true, .amid_file = true },
	[PEERING_PING] = { .handle = handle_ping, .before_resume = true, .amid_file = true },
};

/* Returns NULL, or why the command may not come in this state. */
static const char *
check_state(const struct peering_link *link, enum peering_command command)
{
	if ((command == PEERING_HELLO) != (link->state == PEERING_PROVEN))
		return link->state == PEERING_PROVEN ? "a greeting comes first"
		                                     : "one greeting is enough";
	if (link->state == PEERING_GREETED && !commands[command].before_resume)
		return "it must be known first from where on";
	if (link->file_number != 0 && !commands[command].amid_file)
		return "a file is not complete yet";
	return NULL;
}

void
peering_protocol_line(struct peering_link *link, const char *line, size_t len)
{
	struct peering_request request;
	const char *error;

	if (peering_request_read(&request, line, len, link->receive.peer.name, &error) != 0) {
		peering_fatal(link, error, request.no_memory);
		return;
	}
	error = check_state(link, request.command);
	if (error != NULL) {
		peering_request_free(&request);
		peering_fatal(link, error, false);
		return;
	}
	/* For messages that is done when they are delivered, together. */
	if (request.command != PEERING_MESSAGE) {
		peering_deliver(link);
		if (link->state == PEERING_OVER || !is_peer(link)) {
			peering_request_free(&request);
			return;
		}
	}
	commands[request.command].handle(link, &request);
}
