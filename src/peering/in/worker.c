/*
 * peering_worker: TLS, the peer by its key, reading and waiting, time limits, the end. Requests are
 * left to peering_protocol.
 */
#include "peering/in/worker.h"

#include <bsd/unistd.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "auth/client.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/signals.h"
#include "chat/push.h"
#include "chat/realm/unknown_peer.h"
#include "config/dialects.h"
#include "net/linger.h"
#include "net/tls_key.h"
#include "peering/in/int.h"
#include "store/store_admin.h"

#define ERROR_SIZE 512
#define BEGIN_MS   10000  /* for TLS and the greeting */
#define IDLE_MS    150000 /* without a byte */
#define REST_MS    5000   /* a worker that is idle so long holds no connection to the committer */
#define WRITE_MS   30000  /* without the other side reading */
#define LINGER_MS  2000   /* the longest that the other side is waited for at the end */
#define TOGETHER   65536  /* bytes that are served together; only a longer line is more */

static volatile sig_atomic_t terminated;

static void
note_end(int number)
{
	(void)number;
	terminated = 1;
}

static bool
is_terminated(void)
{
	return terminated != 0;
}

/* A link and its process. */
struct worker {
	struct peering_link link;
	const struct client *client;
	int64_t started_ms; /* ticks */
	int64_t heard_ms;
};

static void
catch_signals(void)
{
	signals_catch((const int[]){ SIGTERM, SIGINT, 0 }, note_end);
	signals_ignore((const int[]){ SIGPIPE, SIGHUP, CHAT_PUSH_SIGNAL, 0 });
	signals_reset((const int[]){ SIGCHLD, 0 });
}

/*
 * Waits for bytes, if `reading`, and so long at most. 1 there may be some, 0 the time is over, -1
 * this process is to end.
 */
static int
wait_for_bytes(struct worker *worker, bool reading, int64_t us)
{
	const struct stream *stream = &worker->link.frame.stream;
	struct pollfd polls[] = { { .fd = reading ? stream_read_fd(stream) : -1,
		                      .events = stream_read_events(stream) },
		{ .fd = worker->client->master_fd, .events = POLLIN } };
	int ready;

	if (us <= 0)
		return 0;
	ready = signals_poll(polls, 2, us);
	if (terminated || polls[1].revents != 0)
		return -1;
	return ready != 0;
}

/*
 * The peer.
 */

static bool
shake_hands(struct worker *worker)
{
	struct stream *stream = frame_carrier(&worker->link.frame);

	tls_key_ask_until(is_terminated);
	while (stream_handshake(stream) != 0) {
		int64_t left_ms = worker->started_ms + BEGIN_MS - clock_monotonic_ms();
		const char *told = stream_error(stream);

		if (errno != EAGAIN) {
			const char *seems = stream_seems(stream);

			if (seems != NULL)
				log_info("looks like %s, not a realm; does it mean another port?",
				    seems);
			if (tls_key_is_unanswered())
				log_warnx("no TLS: the signer does not answer");
			else
				log_debug("no TLS: %s", told != NULL ? told : strerror(errno));
			return false;
		}
		if (wait_for_bytes(worker, true, left_ms * 1000) <= 0)
			return false;
	}
	tls_key_ask_no_more();
	return true;
}

static bool
begin_tls(struct worker *worker)
{
	char error[ERROR_SIZE];

	if (worker->client->tls == NULL)
		snprintf(error, sizeof(error), "there is no key");
	else if (stream_accept(&worker->link.frame.stream, worker->client->tls, error,
	             sizeof(error)) == 0)
		return shake_hands(worker);
	log_warnx("no TLS: %s", error);
	return false;
}

/* What it does not need the store for is settled by now. False: the other side is not served. */
static bool
open_chat(struct worker *worker)
{
	struct peering_link *link = &worker->link;
	struct auth_client *auth = worker->client->auth;
	char error[ERROR_SIZE];

	if (chat_open_through(&link->chat, link->config, auth == NULL ? NULL : auth_client_connect,
	        auth, error, sizeof(error)) != 0) {
		log_warnx("%s", error);
		return false;
	}
	link->chat_open = true;
	link->chat.limits = worker->client->limits;
	return true;
}

static void
refuse_unknown_peer(struct worker *worker)
{
	peering_reply_unknown(&worker->link.frame, worker->link.config);
	worker->link.said_why = true;
}

/* Asks the gate first, if there is one: without its yes there is no way to the store. */
static enum chat_result
find_peer(struct worker *worker, const char *fingerprint)
{
	struct peering_link *link = &worker->link;
	struct auth_client *auth = worker->client->auth;
	enum chat_result result = CHAT_OK;
	uint64_t id;

	if (auth != NULL)
		result = auth_client_peer(auth, fingerprint, &id);
	if (result != CHAT_OK)
		return result;
	if (!open_chat(worker))
		return CHAT_FAILED;
	result = chat_peer_by_fingerprint(&link->chat, fingerprint, &link->receive.peer);
	if (result == CHAT_NO_REALM)
		chat_unknown_peer_refuse(link->config->state, fingerprint, worker->client->address);
	return result;
}

/* False: the other side is not served. */
static bool
identify_peer(struct worker *worker)
{
	struct peering_link *link = &worker->link;
	const char *fingerprint = stream_peer_fingerprint(&link->frame.stream);
	enum chat_result result;

	if (fingerprint == NULL)
		return false;
	result = find_peer(worker, fingerprint);
	if (result == CHAT_NO_REALM)
		refuse_unknown_peer(worker);
	else if (result != CHAT_OK && (link->chat_open || worker->client->auth != NULL))
		peering_fail(link, result);
	link->state = PEERING_PROVEN;
	return result == CHAT_OK;
}

/* Enters the link into the scoreboard, as a realm and not as a user who is online. */
static void
show_link(struct worker *worker)
{
	struct scoreboard *scoreboard = worker->link.chat.scoreboard;
	const char *name = worker->link.receive.peer.name, *address = worker->client->address;
	struct scoreboard_entry entry = { .connection = worker->client->connection,
		.since_ms = clock_now_ms() };

	snprintf(entry.dialect, sizeof(entry.dialect), "%s", CONFIG_DIALECT_PEER);
	snprintf(entry.address, sizeof(entry.address), "%s", address);
	snprintf(entry.name, sizeof(entry.name), "@%s", name);
	if (scoreboard_enter(scoreboard) < 0)
		log_warnx("no room on the scoreboard: this connection is not shown");
	scoreboard_show(scoreboard, &entry);
	if (worker->link.config->titles)
		setproctitle("@%s %s", name, address);
	else
		setproctitle("worker");
	log_set_tag("#%llu @%s", (unsigned long long)worker->client->connection, name);
	log_debug("connected from %s", address);
	if (worker->client->known != NULL)
		atomic_store(worker->client->known, 1);
}

/*
 * Requests and waiting.
 */

static bool
is_paused(const struct peering_link *link)
{
	return link->paused_us > clock_monotonic_us();
}

/* As frame_next(); FRAME_HEAD: there is no memory for the line. */
static enum frame_result
next_line(struct frame *frame, struct frame_line *line)
{
	enum frame_result result;

	do
		result = frame_next(frame, line);
	while (result == FRAME_HEAD && frame_grow(frame) == 0);
	return result;
}

/* Serves the lines that were read, and sends the answers. */
static void
serve_lines(struct worker *worker)
{
	struct peering_link *link = &worker->link;
	struct frame_line line;
	enum frame_result result = FRAME_LINE;

	while (link->state != PEERING_OVER && !is_paused(link) && !terminated &&
	    (result = next_line(&link->frame, &line)) == FRAME_LINE) {
		peering_protocol_line(link, line.data, line.len);
		signals_let_in();
	}
	if (result == FRAME_TOO_LONG)
		peering_fatal(link, "this line is too long", false);
	peering_deliver(link);
	if (result == FRAME_HEAD)
		peering_fail(link, CHAT_FAILED);
	if (frame_flush(&link->frame) == 0)
		return;
	log_debug("the other side does not read");
	link->state = PEERING_OVER;
}

/* The longest wait for the other side, in microseconds. */
static int64_t
longest_wait_us(const struct worker *worker)
{
	bool greeted = worker->link.state >= PEERING_GREETED;
	int64_t now = clock_monotonic_ms();
	int64_t due = greeted ? worker->heard_ms + IDLE_MS : worker->started_ms + BEGIN_MS;

	if (greeted && now - worker->heard_ms < REST_MS)
		due = worker->heard_ms + REST_MS;
	return due > now ? (due - now) * 1000 : 0;
}

/* Gives back what an idle link does not need. False: that failed, and the link ends. */
static bool
rest_store(struct worker *worker)
{
	struct store *store = worker->link.chat.store;

	store_rest(store);
	if (worker->client->auth != NULL)
		auth_client_rest(worker->client->auth);
	if (store_map(store, false) == 0)
		return true;
	peering_fail(&worker->link, CHAT_FAILED);
	return false;
}

/* No byte has come. False: for too long. */
static bool
check_silence(struct worker *worker)
{
	int64_t now = clock_monotonic_ms();

	if (worker->link.state < PEERING_GREETED && now - worker->started_ms >= BEGIN_MS) {
		log_debug("did not greet");
		return false;
	}
	if (now - worker->heard_ms >= IDLE_MS) {
		log_info("link ended: nothing came for too long");
		return false;
	}
	return now - worker->heard_ms < REST_MS || rest_store(worker);
}

/* Reads what is here, but not much more than is served together. */
static enum frame_filled
read_lines(struct frame *frame)
{
	enum frame_filled filled;
	bool got = false;
	size_t unread;

	(void)frame_grow(frame); /* without memory it reads less at once */
	do {
		filled = frame_fill(frame);
		got |= filled == FRAME_GOT;
		(void)frame_here(frame, &unread);
	} while (filled == FRAME_GOT && unread < TOGETHER);
	return got ? FRAME_GOT : filled;
}

/* Waits and reads. False: no more requests are to be served. */
static bool
read_more(struct worker *worker)
{
	switch (read_lines(&worker->link.frame)) {
	case FRAME_GOT:
		worker->heard_ms = clock_monotonic_ms();
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
	/* A line that was left while the link was paused. */
	if (frame_pending(&worker->link.frame))
		return true;
	switch (wait_for_bytes(worker, true, longest_wait_us(worker))) {
	case 0:
		return check_silence(worker);
	case 1:
		return true;
	default:
		peering_fatal(&worker->link, "this realm's server is going down", true);
		return false;
	}
}

static void
serve_link(struct worker *worker)
{
	struct peering_link *link = &worker->link;

	while (link->state != PEERING_OVER) {
		if (is_paused(link)) {
			if (wait_for_bytes(worker, false, link->paused_us - clock_monotonic_us()) <
			    0)
				peering_fatal(link, "this realm's server is going down", true);
			worker->heard_ms = clock_monotonic_ms();
			continue;
		}
		serve_lines(worker);
		if (link->state != PEERING_OVER && !is_paused(link) && !read_more(worker))
			link->state = PEERING_OVER;
	}
}

static void
close_link(struct worker *worker)
{
	struct peering_link *link = &worker->link;

	peering_file_end(link);
	frame_flush(&link->frame);
	frame_free(&link->frame);
	if (link->said_why)
		linger(worker->client->out_fd, LINGER_MS);
	if (!link->chat_open)
		return;
	scoreboard_leave(link->chat.scoreboard);
	chat_close(&link->chat);
}

int
peering_worker_main(const struct config *config, const struct client *client)
{
	static struct worker worker; /* static: most of it is room that is seldom used */

	worker.client = client;
	worker.link.config = config;
	catch_signals();
	frame_init(&worker.link.frame, client->in_fd, client->out_fd, WRITE_MS);
	frame_set_lines(&worker.link.frame, PEERING_LINE_MAX);
	worker.started_ms = worker.heard_ms = clock_monotonic_ms();
	if (begin_tls(&worker) && identify_peer(&worker)) {
		show_link(&worker);
		serve_link(&worker);
	}
	close_link(&worker);
	return 0;
}
