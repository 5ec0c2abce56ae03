/*
 * stand_in: a process that plays the bridge. See stand_in.h.
 */
#include "stand_in.h"
#include "live/delivery_wait.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <check.h>
#include <jansson.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/chdir_guard.h"
#include "base/log.h"
#include "chat/message.h"
#include "chat/realm/bridge.h"
#include "chat/realm/outbox.h"
#include "chat/realm/peer.h"
#include "chat/realm/remote_log.h"

#define PEERS     8
#define CLIENTS   16
#define LISTENERS 3

struct play {
	struct config config;
	struct chat chat;
	struct chat_peer peers[PEERS];
	size_t n_peers;
	bool released;
	int release;
	int listener;
	int clients[CLIENTS]; /* of which the silent ones stay open */
	size_t n_clients;
};

static void
require(bool good, const char *what)
{
	if (good)
		return;
	log_warn("stand-in: %s", what);
	_exit(1);
}

static int
listen_for_questions(const struct play *play)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX, .sun_path = CHAT_BRIDGE_SOCKET };
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	int way_back = chdir_guard_enter(play->config.state);

	require(fd >= 0 && way_back >= 0, "a socket");
	unlink(CHAT_BRIDGE_SOCKET);
	require(bind(fd, (const struct sockaddr *)&address, sizeof(address)) == 0, "its name");
	chdir_guard_leave(way_back);
	require(listen(fd, CLIENTS) == 0, "listening");
	return fd;
}

static void
show_links(struct play *play)
{
	struct link_status status = { .state = LINK_STATUS_UP, .round_trip_us = -1 };

	for (play->n_peers = 0; play->n_peers < PEERS &&
	     chat_peer_at(&play->chat, (uint32_t)play->n_peers, &play->peers[play->n_peers]) ==
	         CHAT_OK;
	     play->n_peers++) {
		status.peer = play->peers[play->n_peers].id;
		link_status_show(play->chat.links, &status);
	}
}

static bool
is_for(const struct chat_outbound *outbound, const char *name)
{
	return outbound->to.len == strlen(name) &&
	    memcmp(outbound->to.data, name, outbound->to.len) == 0;
}

/* Decides on the oldest message. Returns false when none waits, or when it is to wait longer. */
static bool
decide_oldest(struct play *play, const struct chat_peer *peer)
{
	struct store_reader reader;
	struct store_entry entry;
	struct chat_outbound outbound;
	struct chat_retired retired = { .number = 0 };
	uint64_t seq;

	require(store_reader_init(&reader, play->chat.store, peer->id, 0) == STORE_OK, "reading");
	if (store_reader_peek(&reader, &seq) != STORE_OK)
		return false;
	require(store_entry(play->chat.store, seq, &entry) == STORE_OK, "an entry");
	require(chat_outbound_read(&outbound, entry.data, entry.len) == 0, "a message");
	if (is_for(&outbound, "late") && !play->released)
		return false;
	retired.number = entry.number;
	retired.bytes = entry.len;
	retired.file_id = outbound.file ? outbound.file_id : 0;
	if (is_for(&outbound, "late") || is_for(&outbound, "nobody"))
		retired.bounce = CHAT_REASON_NO_USER;
	if (delivery_wait_tell(play->chat.waits, outbound.slot, outbound.wait_id, retired.bounce)) {
		wakeup_notify_slot(play->chat.wakeup, outbound.slot);
		retired.bounce = CHAT_REASON_NONE;
	}
	require(chat_outbox_retire(&play->chat, peer, &retired, 1) == CHAT_OK, "retiring");
	return true;
}

static void
pull_file(struct play *play, const char *realm, const char *name)
{
	unsigned char entry[CHAT_MESSAGE_RECORD];
	struct chat_message message = { .kind = CHAT_PRIVATE,
		.from = chat_text("gary"),
		.from_name = chat_text("Gary L"),
		.realm = chat_text(realm),
		.to = chat_text(name),
		.to_name = chat_text(name),
		.text = chat_text("titipan") };
	struct chat_peer peer;
	struct chat_user user;
	struct store_tx tx;
	uint64_t log;

	require(chat_peer_find(&play->chat, chat_text(realm), &peer) == CHAT_OK && peer.legacy &&
	        chat_user_find(&play->chat, chat_text(name), &user) == CHAT_OK &&
	        chat_remote_log_make(&play->chat, user.id, peer.id, &log) == CHAT_OK,
	    "what to pull");
	store_tx_init(&tx);
	store_tx_append(&tx, log, entry, chat_message_write(entry, sizeof(entry), &message), 0,
	    STORE_NO_LIMIT);
	require(store_commit(play->chat.store, &tx, NULL) == STORE_OK, "storing it");
}

static const char *
answer_to(struct play *play, const json_t *question)
{
	const char *realm = json_string_value(json_object_get(question, "realm"));
	const char *command = json_string_value(json_object_get(question, "command"));
	const char *user = json_string_value(json_object_get(question, "user"));

	require(command != NULL, "a question");
	if (strcmp(command, "pull") == 0)
		pull_file(play, realm, user);
	if (strcmp(command, "info") != 0)
		return "{\"status\":\"OK\",\"count\":0}";
	require(user != NULL, "a user in a question");
	if (strcmp(user, "silent") == 0)
		return NULL;
	if (strcmp(user, "nobody") == 0)
		return "{\"status\":\"ERROR\",\"reason\":\"no_user\"}";
	if (strcmp(user, "broken") == 0)
		return "{\"status\":\"OK\",\"info\":{\"username\":\"LINEKER\"}}";
	return "{\"status\":\"OK\",\"info\":{\"username\":\"LINEKER\",\"name\":\"Gary \\\"L\\\"\","
	       "\"country\":\"Inggris\",\"online\":true,\"since\":\"2026-01-02T03:04:05Z\"}}";
}

static void
answer_request(struct play *play)
{
	char packet[CHAT_BRIDGE_PACKET];
	int fd = accept(play->listener, NULL, NULL);
	ssize_t len = recv(fd, packet, sizeof(packet), 0);
	json_t *question = json_loadb(packet, len < 0 ? 0 : (size_t)len, 0, NULL);
	const char *text = answer_to(play, question);

	json_decref(question);
	show_links(play); /* if it was a reload */
	if (text == NULL && play->n_clients < CLIENTS) {
		play->clients[play->n_clients++] = fd;
		return;
	}
	require(send(fd, text, strlen(text), MSG_NOSIGNAL) >= 0, "answering");
	close(fd);
}

static void
run_stand_in(struct play *play, int wakeup)
{
	struct pollfd fds[LISTENERS] = { { .fd = wakeup, .events = POLLIN },
		{ .fd = play->listener, .events = POLLIN },
		{ .fd = play->release, .events = POLLIN } };

	for (;;) {
		store_refresh(play->chat.store);
		for (size_t i = 0; i < play->n_peers; i++)
			while (decide_oldest(play, &play->peers[i]))
				;
		require(poll(fds, LISTENERS, -1) > 0, "waiting");
		if (fds[0].revents != 0)
			wakeup_drain(play->chat.wakeup);
		if (fds[1].revents != 0)
			answer_request(play);
		if (fds[2].revents != 0) {
			play->released = true;
			fds[2].fd = -1;
		}
	}
}

static void
begin(struct play *play, const char *config, int ready)
{
	char error[512] = "";
	int wakeup;

	require(config_load(&play->config, config, error, sizeof(error)) == 0 &&
	        chat_open(&play->chat, &play->config, error, sizeof(error)) == 0,
	    error);
	require(chat_peer_sync(&play->chat) == CHAT_OK, "its peers");
	play->chat.wakeup = wakeup_open(play->config.state);
	require(play->chat.wakeup != NULL, "wakeups");
	wakeup = wakeup_subscribe_bridge(play->chat.wakeup);
	require(wakeup >= 0 && chat_bridge_links(&play->chat) != NULL, "its socket");
	require(link_status_lead(play->chat.links) == 0, "being the only one");
	play->chat.waits = delivery_wait_open(play->chat.config->state);
	require(play->chat.waits != NULL, "the waits for deliveries");
	play->listener = listen_for_questions(play);
	show_links(play);
	require(write(ready, "+", 1) == 1, "saying that it is ready");
	close(ready);
	run_stand_in(play, wakeup);
}

void
stand_in_begin(struct stand_in *stand_in, const char *config)
{
	static struct play play;
	int ready[2], release[2];
	char byte;

	ck_assert_int_eq(pipe(ready), 0);
	ck_assert_int_eq(pipe(release), 0);
	stand_in->pid = fork();
	ck_assert_int_ge(stand_in->pid, 0);
	if (stand_in->pid == 0) {
		close(ready[0]);
		close(release[1]);
		play.release = release[0];
		begin(&play, config, ready[1]);
	}
	close(ready[1]);
	close(release[0]);
	stand_in->release = release[1];
	ck_assert_int_eq(read(ready[0], &byte, 1), 1);
	close(ready[0]);
}

void
stand_in_release(struct stand_in *stand_in)
{
	ck_assert_int_eq(write(stand_in->release, "+", 1), 1);
}

void
stand_in_end(struct stand_in *stand_in)
{
	close(stand_in->release);
	ck_assert_int_eq(kill(stand_in->pid, SIGKILL), 0);
	ck_assert_int_eq(waitpid(stand_in->pid, NULL, 0), stand_in->pid);
}
