/*
 * bridge_protocol: requests of all kinds, and what the replies do. Nothing that the peer says is
 * trusted.
 */
#include <errno.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/name.h"
#include "bridge/link.h"
#include "peering/peering.h"
#include "peering/request.h"

#define STEP_REQUESTS 256 /* sent in one step, so that other links have theirs */
#define STEP_READS    16

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
	link->pongs_due++;
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
	link->more_work = true;
	return true;
}

void
bridge_protocol_close(struct bridge_link *link)
{
	link->pinging = false;
	link->pongs_due = 0;
	if (link->asked > 0)
		link->env->answered(link->env->arg, link->peer.id, 0, false, NULL);
	link->asked = 0;
}

/* The peer has greeted by its name: the key that it has shown is its only one from now on. */
static bool
pin_key(struct bridge_link *link)
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
handle_hello(struct bridge_link *link, const struct peering_reply *reply)
{
	if (reply->kind != PEERING_REPLY_HELLO) {
		bridge_link_drop(link, "it does not speak the protocol between realms");
		return false;
	}
	if (reply->number != PEERING_VERSION) {
		bridge_link_drop(link, "it speaks another version of the protocol");
		return false;
	}
	if (!name_same(reply->realm, link->peer.name)) {
		bridge_link_drop(link, "it is the realm %s", reply->realm);
		return false;
	}
	if (!pin_key(link))
		return false;
	link->round_trip_us = clock_monotonic_us() - link->ping_us;
	bridge_link_opened(link, &reply->window);
	return true;
}

static const char *
handle_pong(struct bridge_link *link, const struct peering_reply *reply)
{
	if (link->pongs_due == 0)
		return "it answered what it was not asked";
	link->pongs_due--;
	if (!link->pinging || reply->number != link->pings)
		return NULL; /* of an earlier ping */
	link->pinging = false;
	link->round_trip_us = clock_monotonic_us() - link->ping_us;
	bridge_link_show(link);
	return NULL;
}

static const char *
handle_info(struct bridge_link *link, const struct peering_reply *reply)
{
	struct bridge_env *env = link->env;

	if (link->asked == 0)
		return "it answered what it was not asked";
	link->asked--;
	env->answered(env->arg, link->peer.id, reply->number, true,
	    reply->found ? &reply->person : NULL);
	return NULL;
}

/* The peer has, or refuses, everything up to this number. */
static void
close_file(struct bridge_link *link, uint64_t number)
{
	if (bridge_file_busy(&link->file) && link->file.number <= number)
		bridge_file_close(&link->file);
}

/* Returns NULL, or why the link has to be dropped. */
static const char *
handle_reply(struct bridge_link *link, const struct peering_reply *reply)
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
			close_file(link, reply->number);
		}
		return error;
	case PEERING_REPLY_REFUSED:
		error = bridge_ack_refused(queue, reply->number, reply->reason);
		if (error == NULL && link->file.number == reply->number)
			close_file(link, reply->number);
		return error;
	case PEERING_REPLY_WANT:
		return bridge_file_want(&link->file, reply->number, reply->offset);
	case PEERING_REPLY_INFO:
		return handle_info(link, reply);
	case PEERING_REPLY_PONG:
		return handle_pong(link, reply);
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
 * The peer ends the link. A peer that does not know our key is trusted on first use all the same if
 * it is to be: two realms that have added each other would else wait for each other for ever.
 */
static void
handle_fatal(struct bridge_link *link, const struct peering_reply *reply)
{
	if (link->state == BRIDGE_LINK_GREETING && name_same(reply->realm, link->peer.name) &&
	    !pin_key(link))
		return;
	bridge_link_drop(link, "it said: %s", reply->fatal);
	if (!reply->retry)
		bridge_link_pause(link);
}

static bool
read_reply(struct bridge_link *link, const char *data, size_t len)
{
	struct peering_reply reply;
	const char *error;

	if (peering_reply_read(&reply, data, len) != 0) {
		bridge_link_drop(link, "it answered something that is no reply");
		return false;
	}
	link->waiting_since = 0; /* keep_time() begins anew if more answers are due */
	if (reply.kind == PEERING_REPLY_FATAL) {
		handle_fatal(link, &reply);
		return false;
	}
	if (link->state == BRIDGE_LINK_GREETING)
		return handle_hello(link, &reply);
	error = handle_reply(link, &reply);
	if (error != NULL)
		bridge_link_drop(link, "%s", error);
	return error == NULL;
}

/* Drops a link that cannot be read or written any more, by errno; 0: the peer has closed. */
static void
drop_broken(struct bridge_link *link)
{
	const char *tls = errno == EPROTO ? stream_error(&link->wire.stream) : NULL;

	if (errno == 0)
		bridge_link_drop(link, "it closed the connection");
	else
		bridge_link_drop(link, "%s", tls != NULL ? tls : strerror(errno));
}

/* Handles the replies that are here, until this tick. False: the link was dropped. */
static bool
read_replies(struct bridge_link *link, int64_t until_us)
{
	const char *data;
	size_t len;
	int found = 0;

	while (
	    clock_monotonic_us() < until_us && (found = wire_reply(&link->wire, &data, &len)) > 0)
		if (!read_reply(link, data, len))
			return false;
	if (found < 0) {
		bridge_link_drop(link, "a reply is longer than replies may be");
		return false;
	}
	link->more_work |= found > 0;
	return true;
}

bool
bridge_protocol_receive(struct bridge_link *link)
{
	int64_t until_us = clock_monotonic_us() + BRIDGE_LINK_SLICE_US;
	int got = 1;

	for (int i = 0; i < STEP_READS && got > 0 && clock_monotonic_us() < until_us; i++) {
		got = wire_fill(&link->wire);
		int error = errno;
		if (!read_replies(link, until_us))
			return false;
		/* What is here still counts when the connection has ended. */
		if (got < 0 && link->more_work)
			return true;
		if (got < 0) {
			errno = error;
			drop_broken(link);
			return false;
		}
	}
	link->more_work |= got > 0;
	return true;
}

/* Sends a void instead of a message that cannot be sent. It bounces. */
static int
send_void(struct bridge_link *link, const struct bridge_next *next, enum chat_reason reason)
{
	size_t mark = wire_mark(&link->wire);

	peering_request_void(&link->wire, next->number, next->number);
	return bridge_queue_voided(&link->queue, next, reason, wire_mark(&link->wire) - mark);
}

static int
send_message(struct bridge_link *link, const struct bridge_next *next)
{
	const struct config *config = link->env->chat.config;
	size_t mark = wire_mark(&link->wire), bytes;

	if (next->outbound.file && next->outbound.size > link->queue.window.file_max)
		return send_void(link, next, CHAT_REASON_TOO_BIG);
	peering_request_message(&link->wire, next->number, &next->outbound, next->time_ms,
	    config->realm);
	bytes = wire_mark(&link->wire) - mark;
	if (!bridge_queue_fits(&link->queue, bytes)) {
		wire_take_back(&link->wire, mark);
		return 0;
	}
	if (next->outbound.file &&
	    bridge_file_open(&link->file, config, next->number, &next->outbound) != 0) {
		if (errno != ENOENT)
			return -1;
		wire_take_back(&link->wire, mark);
		return send_void(link, next, CHAT_REASON_BAD_FILE);
	}
	return bridge_queue_sent(&link->queue, next, bytes);
}

/* Sends the next request of the queue. 1 there may be more, 0 there is none, -1 it failed. */
static int
send_next(struct bridge_link *link)
{
	struct bridge_next next;
	size_t mark = wire_mark(&link->wire);

	bridge_queue_next(&link->queue, &next);
	switch (next.kind) {
	case BRIDGE_NEXT_NONE:
		return 0;
	case BRIDGE_NEXT_PASSED:
		return 1;
	case BRIDGE_NEXT_RESUME:
		peering_request_resume(&link->wire, next.epoch, next.number);
		return 1;
	case BRIDGE_NEXT_SETTLED:
		peering_request_settled(&link->wire, next.number);
		return 1;
	case BRIDGE_NEXT_VOID:
		peering_request_void(&link->wire, next.from, next.number);
		return bridge_queue_sent(&link->queue, &next, wire_mark(&link->wire) - mark) == 0
		    ? 1
		    : -1;
	case BRIDGE_NEXT_MESSAGE:
		return send_message(link, &next) == 0 ? 1 : -1;
	case BRIDGE_NEXT_FAILED:
		break;
	}
	return -1;
}

/* Sends one request or one chunk of a file. As above. */
static int
send_request(struct bridge_link *link)
{
	if (bridge_file_sending(&link->file)) {
		if (bridge_file_send(&link->file, &link->wire) == 0)
			return 1;
		bridge_link_drop(link, "the content of a file cannot be read");
		return -1;
	}
	if (bridge_file_busy(&link->file) || link->env->stopping)
		return 0;
	int sent = send_next(link);
	if (sent < 0)
		bridge_link_drop(link, "the outbox cannot be read");
	return sent;
}

static bool
flush_wire(struct bridge_link *link)
{
	uint64_t before = link->wire.sent;

	if (wire_flush(&link->wire) != 0) {
		int error = errno;

		/* The peer may have said why it closed. */
		if (!bridge_protocol_receive(link))
			return false;
		errno = error;
		drop_broken(link);
		return false;
	}
	if (link->wire.sent > before)
		link->sent_at = clock_monotonic_ms();
	return true;
}

bool
bridge_protocol_send(struct bridge_link *link)
{
	int more = 1;

	for (int i = 0; i < STEP_REQUESTS && more > 0; i++) {
		if (wire_full(&link->wire)) {
			if (!flush_wire(link))
				return false;
			if (wire_full(&link->wire))
				return true;
		}
		more = link->state == BRIDGE_LINK_OPEN ? send_request(link) : 0;
	}
	if (more < 0)
		return false;
	link->more_work |= more > 0;
	return flush_wire(link);
}
