/*
 * peer: serves another realm that delivers its messages here: TLS, whose key it is, reading and
 * waiting, time limits, the end. What is said is left to peering_protocol_line.
 */
#include "peering/in/worker.h"

#include <bsd/unistd.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/signals.h"
#include "chat/push.h"
#include "config/dialects.h"
#include "net/linger.h"
#include "peering/in/int.h"
#include "peering/in/unknown.h"
#include "store/store_admin.h"

#define ERROR_SIZE 512
#define BEGIN_MS   10000  /* for TLS and the greeting */
#define IDLE_MS    150000 /* without a byte */
#define REST_MS    5000   /* idle this long, a worker holds no connection to the committer */
#define WRITE_MS   30000  /* without the other side reading */
#define LINGER_MS  2000   /* the longest that the other side is waited for at the end */
#define TOGETHER   65536  /* bytes that are served in one go; more is read only of a longer line */

static volatile sig_atomic_t terminated;

static void
on_signal(int number)
{
	(void)number;
	terminated = 1;
}

/* What the link's process needs besides what is said. */
struct link {
	struct peering_worker peer;
	const struct client *client;
	int64_t started_ms; /* ticks */
	int64_t heard_ms;
};

static void
catch_signals(void)
{
	signals_catch((const int[]){ SIGTERM, SIGINT, 0 }, on_signal);
	signals_ignore((const int[]){ SIGPIPE, SIGHUP, CHAT_PUSH_SIGNAL, 0 });
	signals_reset((const int[]){ SIGCHLD, 0 });
}

/*
 * Waits so long at most for something to read, if there is anything to be read now. 1 there may be,
 * 0 time is over, -1 this process is to end.
 */
static int
wait_for(struct link *link, bool reading, int64_t us)
{
	const struct stream *stream = &link->peer.frame.stream;
	struct pollfd polls[] = { { .fd = reading ? stream_read_fd(stream) : -1,
		                      .events = stream_read_events(stream) },
		{ .fd = link->client->master_fd, .events = POLLIN } };
	int ready;

	if (us <= 0)
		return 0;
	ready = signals_poll(polls, 2, us);
	if (terminated || polls[1].revents != 0)
		return -1;
	return ready != 0;
}

/*
 * Who it is.
 */

static bool
shake_hands(struct link *link)
{
	struct stream *stream = frame_carrier(&link->peer.frame);

	while (stream_handshake(stream) != 0) {
		int64_t left_ms = link->started_ms + BEGIN_MS - clock_monotonic_ms();
		const char *told = stream_error(stream);

		if (errno != EAGAIN) {
			const char *seems = stream_seems(stream);

			if (seems != NULL)
				log_info("looks like %s, not a realm; does it mean another port?",
				    seems);
			log_debug("no TLS: %s", told != NULL ? told : strerror(errno));
			return false;
		}
		if (wait_for(link, true, left_ms * 1000) <= 0)
			return false;
	}
	return true;
}

static bool
begin_tls(struct link *link)
{
	char error[ERROR_SIZE];

	if (link->client->tls == NULL)
		snprintf(error, sizeof(error), "there is no key");
	else if (stream_accept(&link->peer.frame.stream, link->client->tls, error, sizeof(error)) ==
	    0)
		return shake_hands(link);
	log_warnx("no TLS: %s", error);
	return false;
}

static void
refuse_unknown_peer(struct link *link, const char *fingerprint)
{
	const char *address = link->client->address;

	switch (peering_unknown_seen(link->peer.config->state, fingerprint, address)) {
	case PEERING_UNKNOWN_KNOWN:
		log_debug("an unknown realm: %s", fingerprint);
		break;
	case PEERING_UNKNOWN_NEW:
		log_warnx("refused an unknown realm from %s: its key is %s", address, fingerprint);
		break;
	case PEERING_UNKNOWN_LAST:
		log_warnx("refused an unknown realm from %s: its key is %s; there are many, and "
		          "the next ones are not logged",
		    address, fingerprint);
		break;
	}
	peering_reply_stranger(&link->peer.frame, link->peer.config);
	link->peer.said_why = true;
}

/* False: it is not served. */
static bool
find_peer(struct link *link)
{
	struct peering_worker *peer = &link->peer;
	const char *fingerprint = stream_peer_fingerprint(&peer->frame.stream);
	char error[ERROR_SIZE];
	enum chat_result result;

	if (fingerprint == NULL)
		return false;
	if (chat_open(&peer->chat, peer->config, error, sizeof(error)) != 0) {
		log_warnx("%s", error);
		return false;
	}
	peer->chat_open = true;
	result = chat_peer_by_fingerprint(&peer->chat, fingerprint, &peer->receive.peer);
	if (result == CHAT_NO_REALM)
		refuse_unknown_peer(link, fingerprint);
	else if (result != CHAT_OK)
		peering_fail(peer, result);
	peer->state = PEERING_PROVEN;
	return result == CHAT_OK;
}

/* On the board, as a realm and not as a user who is online. */
static void
show(struct link *link)
{
	struct scoreboard *scoreboard = link->peer.chat.scoreboard;
	const char *name = link->peer.receive.peer.name, *address = link->client->address;
	struct scoreboard_entry entry = { .connection = link->client->connection,
		.since_ms = clock_now_ms() };

	snprintf(entry.dialect, sizeof(entry.dialect), "%s", CONFIG_DIALECT_PEER);
	snprintf(entry.address, sizeof(entry.address), "%s", address);
	snprintf(entry.name, sizeof(entry.name), "@%s", name);
	if (scoreboard_enter(scoreboard) < 0)
		log_warnx("no room on the board: this connection is not shown");
	scoreboard_show(scoreboard, &entry);
	setproctitle("@%s %s", name, address);
	log_set_tag("#%llu @%s", (unsigned long long)link->client->connection, name);
	log_debug("connected from %s", address);
}

/*
 * The conversation.
 */

static bool
is_paused(const struct peering_worker *peer)
{
	return peer->paused_us > clock_monotonic_us();
}

/* The next whole line: 1; 0 when there is none; -1 when there is no memory for it, or no room. */
static int
next_line(struct frame *frame, struct frame_line *line)
{
	for (;;) {
		switch (frame_next(frame, line)) {
		case FRAME_LINE:
			return 1;
		case FRAME_WAIT:
			return 0;
		case FRAME_HEAD:
			if (frame_grow(frame) == 0)
				break;
			return -1;
		case FRAME_TOO_LONG:
			return -1;
		}
	}
}

/* Serves what was read, and answers. */
static void
serve_lines(struct link *link)
{
	struct peering_worker *peer = &link->peer;
	struct frame_line line;
	int more = 1;

	while (peer->state != PEERING_OVER && !is_paused(peer) && !terminated &&
	    (more = next_line(&peer->frame, &line)) > 0) {
		peering_protocol_line(peer, line.data, line.len);
		signals_let_in();
	}
	if (more < 0)
		peering_fatal(peer, "this line is too long", false);
	peering_deliver(peer);
	if (frame_flush(&peer->frame) == 0)
		return;
	log_debug("the other side does not read");
	peer->state = PEERING_OVER;
}

/* How long to wait for the other side before something is due, in microseconds. */
static int64_t
patience(const struct link *link)
{
	bool greeted = link->peer.state >= PEERING_GREETED;
	int64_t now = clock_monotonic_ms();
	int64_t due = greeted ? link->heard_ms + IDLE_MS : link->started_ms + BEGIN_MS;

	if (greeted && now - link->heard_ms < REST_MS)
		due = link->heard_ms + REST_MS;
	return due > now ? (due - now) * 1000 : 0;
}

/* Gives back what an idle link does not need. */
static bool
rest(struct link *link)
{
	struct store *store = link->peer.chat.store;

	store_rest(store);
	if (store_map(store, false) == 0)
		return true;
	peering_fail(&link->peer, CHAT_FAILED);
	return false;
}

/* Nothing came: false when that has lasted too long. */
static bool
still_welcome(struct link *link)
{
	int64_t now = clock_monotonic_ms();

	if (link->peer.state < PEERING_GREETED && now - link->started_ms >= BEGIN_MS) {
		log_debug("did not greet");
		return false;
	}
	if (now - link->heard_ms >= IDLE_MS) {
		log_info("link ended: nothing came for too long");
		return false;
	}
	return now - link->heard_ms < REST_MS || rest(link);
}

/* Reads what is here, but not much more than is served in one go. */
static enum frame_filled
read_lines(struct frame *frame)
{
	enum frame_filled filled;
	bool got = false;
	size_t unread;

	(void)frame_grow(frame); /* without memory less is read at once */
	do {
		filled = frame_fill(frame);
		got |= filled == FRAME_GOT;
		(void)frame_here(frame, &unread);
	} while (filled == FRAME_GOT && unread < TOGETHER);
	return got ? FRAME_GOT : filled;
}

/* Waits and reads. False when there is nothing more to be served. */
static bool
read_more(struct link *link)
{
	switch (read_lines(&link->peer.frame)) {
	case FRAME_GOT:
		link->heard_ms = clock_monotonic_ms();
		return true;
	case FRAME_BLOCKED:
	case FRAME_FULL:
		break;
	case FRAME_EOF:
		log_debug("disconnected");
		return false;
	case FRAME_ERROR:
		log_debug("connection lost: %s", strerror(errno));
		return false;
	}
	switch (wait_for(link, true, patience(link))) {
	case 0:
		return still_welcome(link);
	case 1:
		return true;
	default:
		peering_fatal(&link->peer, "this realm's server is going down", true);
		return false;
	}
}

static void
serve(struct link *link)
{
	struct peering_worker *peer = &link->peer;

	while (peer->state != PEERING_OVER) {
		if (is_paused(peer)) {
			if (wait_for(link, false, peer->paused_us - clock_monotonic_us()) < 0)
				peering_fatal(peer, "this realm's server is going down", true);
			link->heard_ms = clock_monotonic_ms();
			continue;
		}
		serve_lines(link);
		if (peer->state != PEERING_OVER && !is_paused(peer) && !read_more(link))
			peer->state = PEERING_OVER;
	}
}

static void
close_link(struct link *link)
{
	struct peering_worker *peer = &link->peer;

	peering_file_end(peer);
	frame_flush(&peer->frame);
	frame_free(&peer->frame);
	if (peer->said_why)
		linger(link->client->out_fd, LINGER_MS);
	if (!peer->chat_open)
		return;
	scoreboard_leave(peer->chat.scoreboard);
	chat_close(&peer->chat);
}

int
peering_worker_main(const struct config *config, const struct client *client)
{
	static struct link link; /* fixed: most of it is room that is seldom used */

	link.client = client;
	link.peer.config = config;
	catch_signals();
	frame_init(&link.peer.frame, client->in_fd, client->out_fd, WRITE_MS);
	frame_set_lines(&link.peer.frame, PEERING_LINE_MAX);
	link.started_ms = link.heard_ms = clock_monotonic_ms();
	if (begin_tls(&link) && find_peer(&link)) {
		show(&link);
		serve(&link);
	}
	close_link(&link);
	return 0;
}
