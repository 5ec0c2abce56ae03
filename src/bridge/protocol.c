/*
 * bridge_protocol: what is said over a connection to a peer: the greeting, what the queue has,
 * files, questions; and what the replies do. Nothing that the peer says is trusted.
 */
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "base/log.h"
#include "bridge/link.h"
#include "peering/peering.h"
#include "peering/request.h"

#define TURN_REQUESTS 256 /* said in one turn, so that other links have theirs */
#define TURN_READS    16

bool
bridge_protocol_waits(const struct bridge_link *link)
{
	return link->pinging || link->asked > 0 || bridge_queue_waits(&link->queue);
}

void
bridge_protocol_hello(struct bridge_link *link)
{
	peering_request_hello(&link->wire, link->env->chat.config->realm, link->peer.name);
	link->ping_us = clock_monotonic_us();
}

void
bridge_protocol_ping(struct bridge_link *link)
{
	link->pings++;
	link->pinging = true;
	link->ping_us = clock_monotonic_us();
	peering_request_ping(&link->wire, link->pings);
}

bool
bridge_protocol_ask(struct bridge_link *link, uint64_t id, const char *user)
{
	if (link->state != BRIDGE_LINK_OPEN)
		return false;
	peering_request_info(&link->wire, id, user);
	link->asked++;
	link->restless = true;
	return true;
}

void
bridge_protocol_close(struct bridge_link *link)
{
	link->pinging = false;
	if (link->asked > 0)
		link->env->answered(link->env->arg, link->peer.id, 0, false, NULL);
	link->asked = 0;
}

/* The peer has shown this key and greeted as who it should be: from now on it is the only one. */
static bool
pin(struct bridge_link *link)
{
	const char *fingerprint = stream_peer_fingerprint(&link->wire.stream);
	enum chat_result result;

	if (link->peer.fingerprint[0] != '\0')
		return true;
	result = chat_peer_pin(&link->env->chat, link->peer.id, fingerprint);
	if (result != CHAT_OK) {
		bridge_link_drop(link, "its key cannot be pinned: %s",
		    result == CHAT_FORBIDDEN ? "it is that of another peer"
		                             : chat_strerror(result));
		return false;
	}
	memcpy(link->peer.fingerprint, fingerprint, strlen(fingerprint) + 1);
	log_info("%s: trusting the key %s from now on", link->peer.name, fingerprint);
	return true;
}

static bool
take_hello(struct bridge_link *link, const struct peering_reply *reply)
{
	struct bridge_window window = { .outbounds = reply->window,
		.bytes = reply->bytes,
		.file_max = reply->file_max };

	if (reply->kind != PEERING_REPLY_HELLO) {
		bridge_link_drop(link, "it does not speak the protocol between realms");
		return false;
	}
	if (reply->number != PEERING_VERSION) {
		bridge_link_drop(link, "it speaks another version of the protocol");
		return false;
	}
	if (strcasecmp(reply->realm, link->peer.name) != 0) {
		bridge_link_drop(link, "it is the realm %s", reply->realm);
		return false;
	}
	if (!pin(link))
		return false;
	link->round_trip_us = clock_monotonic_us() - link->ping_us;
	bridge_link_opened(link, &window);
	return true;
}

static void
take_pong(struct bridge_link *link, const struct peering_reply *reply)
{
	if (!link->pinging || reply->number != link->pings)
		return; /* of one that is long over, perhaps */
	link->pinging = false;
	link->round_trip_us = clock_monotonic_us() - link->ping_us;
	bridge_link_show(link);
}

static const char *
take_info(struct bridge_link *link, const struct peering_reply *reply)
{
	struct bridge_env *env = link->env;

	if (link->asked == 0)
		return "it answered what it was not asked";
	link->asked--;
	env->answered(env->arg, link->peer.id, reply->number, true,
	    reply->found ? &reply->person : NULL);
	return NULL;
}

/* A file that the peer has, or refuses, is not under way any more. */
static void
end_file(struct bridge_link *link, uint64_t number)
{
	if (bridge_file_busy(&link->file) && link->file.number <= number)
		bridge_file_close(&link->file);
}

/* NULL, or why the link has to be dropped. */
static const char *
take_reply(struct bridge_link *link, const struct peering_reply *reply)
{
	struct bridge_queue *queue = &link->queue;
	const char *error;

	switch (reply->kind) {
	case PEERING_REPLY_RESUMED:
		return bridge_ack_resumed(queue, reply->epoch, reply->number);
	case PEERING_REPLY_HAVE:
		error = bridge_ack_have(queue, reply->number);
		if (error == NULL) {
			link->proven = true;
			end_file(link, reply->number);
		}
		return error;
	case PEERING_REPLY_REFUSED:
		error = bridge_ack_refused(queue, reply->number, reply->reason);
		if (error == NULL && link->file.number == reply->number)
			end_file(link, reply->number);
		return error;
	case PEERING_REPLY_WANT:
		return bridge_file_want(&link->file, reply->number, reply->offset);
	case PEERING_REPLY_INFO:
		return take_info(link, reply);
	case PEERING_REPLY_PONG:
		take_pong(link, reply);
		return NULL;
	case PEERING_REPLY_HELLO:
		return "it greeted twice";
	case PEERING_REPLY_UNKNOWN:
		return reply->ok ? NULL : "it answered with an error that means nothing here";
	case PEERING_REPLY_FATAL:
		break;
	}
	return NULL;
}

/*
 * It will say nothing more. Who does not know us may be the one whom we are to trust on first use
 * all the same: two realms that have added each other would else wait for each other for ever.
 */
static void
take_fatal(struct bridge_link *link, const struct peering_reply *reply)
{
	if (link->state == BRIDGE_LINK_GREETING && strcasecmp(reply->realm, link->peer.name) == 0 &&
	    !pin(link))
		return;
	bridge_link_drop(link, "it said: %s", reply->fatal);
	if (!reply->retry)
		bridge_link_pause(link);
}

static bool
take(struct bridge_link *link, const char *data, size_t len)
{
	struct peering_reply reply;
	const char *error;

	if (peering_reply_read(&reply, data, len) != 0) {
		bridge_link_drop(link, "it answered something that is no reply");
		return false;
	}
	link->waiting = 0; /* begins anew, if there is more to wait for */
	if (reply.kind == PEERING_REPLY_FATAL) {
		take_fatal(link, &reply);
		return false;
	}
	if (link->state == BRIDGE_LINK_GREETING)
		return take_hello(link, &reply);
	error = take_reply(link, &reply);
	if (error != NULL)
		bridge_link_drop(link, "%s", error);
	return error == NULL;
}

/* Why nothing more can be read or written. */
static void
drop_broken(struct bridge_link *link)
{
	const char *tls = errno == EPROTO ? stream_error(&link->wire.stream) : NULL;

	if (errno == 0)
		bridge_link_drop(link, "it closed the connection");
	else
		bridge_link_drop(link, "%s", tls != NULL ? tls : strerror(errno));
}

bool
bridge_protocol_listen(struct bridge_link *link)
{
	int got = 1, found;

	for (int i = 0; i < TURN_READS && got > 0; i++) {
		const char *data;
		size_t len;

		got = wire_fill(&link->wire);
		int error = errno;
		while ((found = wire_reply(&link->wire, &data, &len)) > 0)
			if (!take(link, data, len))
				return false;
		if (found < 0) {
			bridge_link_drop(link, "a reply is longer than replies may be");
			return false;
		}
		if (got < 0) {
			errno = error;
			drop_broken(link);
			return false;
		}
	}
	link->restless |= got > 0;
	return true;
}

/* Says that the letter's number is void: it cannot be sent, and goes back. */
static int
spoil(struct bridge_link *link, const struct bridge_todo *todo, enum chat_reason reason)
{
	size_t mark = wire_mark(&link->wire);

	peering_request_void(&link->wire, todo->number, todo->number);
	return bridge_queue_spoiled(&link->queue, todo, reason, wire_mark(&link->wire) - mark);
}

static int
say_outbound(struct bridge_link *link, const struct bridge_todo *todo)
{
	const struct config *config = link->env->chat.config;
	size_t mark = wire_mark(&link->wire), bytes;

	if (todo->outbound.file && todo->outbound.size > link->queue.window.file_max)
		return spoil(link, todo, CHAT_REASON_TOO_BIG);
	peering_request_message(&link->wire, todo->number, &todo->outbound, todo->time_ms,
	    config->realm);
	bytes = wire_mark(&link->wire) - mark;
	if (!bridge_queue_fits(&link->queue, bytes)) {
		wire_take_back(&link->wire, mark);
		return 0;
	}
	if (todo->outbound.file &&
	    bridge_file_open(&link->file, config, todo->number, &todo->outbound) != 0) {
		if (errno != ENOENT)
			return -1;
		wire_take_back(&link->wire, mark);
		return spoil(link, todo, CHAT_REASON_BAD_FILE);
	}
	return bridge_queue_sent(&link->queue, todo, bytes);
}

/* Says what the queue has next. 1 there may be more, 0 there is nothing, -1 it failed. */
static int
say_next(struct bridge_link *link)
{
	struct bridge_todo todo;
	size_t mark = wire_mark(&link->wire);

	bridge_queue_next(&link->queue, &todo);
	switch (todo.step) {
	case BRIDGE_NEXT_NONE:
		return 0;
	case BRIDGE_NEXT_PASSED:
		return 1;
	case BRIDGE_NEXT_RESUME:
		peering_request_resume(&link->wire, todo.epoch, todo.number);
		return 1;
	case BRIDGE_NEXT_SETTLED:
		peering_request_settled(&link->wire, todo.number);
		return 1;
	case BRIDGE_NEXT_VOID:
		peering_request_void(&link->wire, todo.from, todo.number);
		return bridge_queue_sent(&link->queue, &todo, wire_mark(&link->wire) - mark) == 0
		    ? 1
		    : -1;
	case BRIDGE_NEXT_MESSAGE:
		return say_outbound(link, &todo) == 0 ? 1 : -1;
	case BRIDGE_NEXT_FAILED:
		break;
	}
	return -1;
}

/* One request, or one piece of a file. As above. */
static int
say_something(struct bridge_link *link)
{
	if (bridge_file_sending(&link->file)) {
		if (bridge_file_piece(&link->file, &link->wire) == 0)
			return 1;
		bridge_link_drop(link, "the content of a file cannot be read");
		return -1;
	}
	if (bridge_file_busy(&link->file) || link->env->stopping)
		return 0;
	int said = say_next(link);
	if (said < 0)
		bridge_link_drop(link, "the outbox cannot be read");
	return said;
}

static bool
flush(struct bridge_link *link)
{
	uint64_t before = link->wire.sent;

	if (wire_flush(&link->wire) != 0) {
		int error = errno;

		/* Who closed may have said why. */
		if (!bridge_protocol_listen(link))
			return false;
		errno = error;
		drop_broken(link);
		return false;
	}
	if (link->wire.sent > before)
		link->said = clock_monotonic_ms();
	return true;
}

bool
bridge_protocol_speak(struct bridge_link *link)
{
	int more = 1;

	for (int i = 0; i < TURN_REQUESTS && more > 0; i++) {
		if (wire_full(&link->wire)) {
			if (!flush(link))
				return false;
			if (wire_full(&link->wire))
				return true;
		}
		more = link->state == BRIDGE_LINK_OPEN ? say_something(link) : 0;
	}
	if (more < 0)
		return false;
	link->restless |= more > 0;
	return flush(link);
}
