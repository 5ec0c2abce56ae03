/* chat_bridge: each question is one packet on a connection of its own to the bridge's socket. */
#include "chat/realm/bridge.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <errno.h>
#include <jansson.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/chdir_guard.h"
#include "base/clock.h"
#include "base/log.h"
#include "chat/reason.h"

#define ADMIN_PATIENCE_MS 60000 /* dropping a long queue takes long */

struct link_status_file *
chat_bridge_links(struct chat *chat)
{
	if (chat->links == NULL)
		chat->links = link_status_open(chat->config->state);
	if (chat->links == NULL)
		log_warn("cannot open the state of the links");
	return chat->links;
}

bool
chat_bridge_wait(struct chat *chat, int fd, int64_t due_ms)
{
	struct pollfd poll_fd = { .fd = fd, .events = POLLIN };
	int64_t left = due_ms - clock_monotonic_ms();

	if (left < 0)
		left = 0;
	if (chat->wait != NULL)
		return chat->wait(chat->wait_arg, fd, left);
	return poll(&poll_fd, 1, (int)left) > 0;
}

static int
connect_bridge(struct chat *chat)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX, .sun_path = CHAT_BRIDGE_SOCKET };
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int way_back = fd < 0 ? -1 : chdir_guard_enter(chat->config->state);

	if (way_back < 0 || connect(fd, (const struct sockaddr *)&address, sizeof(address)) != 0) {
		if (errno != ENOENT && errno != ECONNREFUSED)
			log_warn("cannot talk to the bridge");
		if (way_back >= 0)
			chdir_guard_leave(way_back);
		if (fd >= 0)
			close(fd);
		return -1;
	}
	chdir_guard_leave(way_back);
	return fd;
}

/* The answer, or NULL. */
static json_t *
receive_answer(struct chat *chat, int fd, int64_t patience_ms)
{
	json_t *answer = NULL;
	char *packet;

	if (!chat_bridge_wait(chat, fd, clock_monotonic_ms() + patience_ms))
		return NULL;
	packet = malloc(CHAT_BRIDGE_PACKET);
	if (packet == NULL)
		return NULL;
	ssize_t len = recv(fd, packet, CHAT_BRIDGE_PACKET, 0);
	if (len > 0)
		answer = json_loadb(packet, (size_t)len, 0, NULL);
	free(packet);
	return answer;
}

/* Asks the bridge, and frees the question. NULL: no answer in time. */
static json_t *
ask_bridge(struct chat *chat, json_t *question, int64_t patience_ms)
{
	char *text = question == NULL ? NULL : json_dumps(question, JSON_COMPACT);
	int fd = text == NULL ? -1 : connect_bridge(chat);
	json_t *answer = NULL;

	if (fd >= 0) {
		if (send(fd, text, strlen(text), MSG_NOSIGNAL) >= 0)
			answer = receive_answer(chat, fd, patience_ms);
		close(fd);
	}
	free(text);
	json_decref(question);
	return answer;
}

static int64_t
user_patience(const struct chat *chat)
{
	return chat->config->delivery_wait * 1000;
}

static enum chat_result
read_result(struct chat *chat, const json_t *answer)
{
	const char *status = json_string_value(json_object_get(answer, "status"));
	const char *reason = json_string_value(json_object_get(answer, "reason"));

	if (status != NULL && strcmp(status, "OK") == 0)
		return CHAT_OK;
	if (status == NULL || reason == NULL)
		return CHAT_NO_ANSWER;
	chat->abroad = chat_reason_result(chat_reason_find(chat_text(reason)));
	return chat->abroad;
}

static json_t *
make_question(const char *command, const struct chat_peer *peer, struct chat_text user)
{
	return json_pack("{s:s, s:s, s:s%}", "command", command, "realm", peer->name, "user",
	    user.data, user.len);
}

enum chat_result
chat_bridge_info(struct chat *chat, const struct chat_peer *peer, struct chat_text user,
    struct chat_person *person)
{
	json_t *answer = ask_bridge(chat, make_question("info", peer, user), user_patience(chat));
	enum chat_result result = read_result(chat, answer);

	if (result == CHAT_OK && !chat_person_read(person, json_object_get(answer, "info")))
		result = CHAT_NO_ANSWER;
	json_decref(answer);
	return result;
}

enum chat_result
chat_bridge_pull(struct chat *chat, const struct chat_peer *peer, struct chat_text user)
{
	json_t *answer = ask_bridge(chat, make_question("pull", peer, user), user_patience(chat));
	enum chat_result result = read_result(chat, answer);

	json_decref(answer);
	return result;
}

void
chat_bridge_alive(struct chat *chat, const struct chat_peer *peer)
{
	json_t *news = json_pack("{s:s, s:s}", "command", "alive", "realm", peer->name);
	char *text = news == NULL ? NULL : json_dumps(news, JSON_COMPACT);
	int fd = text == NULL ? -1 : connect_bridge(chat);

	if (fd >= 0) {
		(void)send(fd, text, strlen(text), MSG_NOSIGNAL | MSG_DONTWAIT);
		close(fd);
	}
	free(text);
	json_decref(news);
}

enum chat_result
chat_bridge_reload(struct chat *chat)
{
	json_t *answer =
	    ask_bridge(chat, json_pack("{s:s}", "command", "reload"), user_patience(chat));
	enum chat_result result = read_result(chat, answer);

	json_decref(answer);
	return result;
}

enum chat_result
chat_bridge_flush(struct chat *chat, const struct chat_peer *peer)
{
	json_t *answer = ask_bridge(chat,
	    peer == NULL ? json_pack("{s:s}", "command", "flush")
	                 : json_pack("{s:s, s:s}", "command", "flush", "realm", peer->name),
	    ADMIN_PATIENCE_MS);
	enum chat_result result = read_result(chat, answer);

	json_decref(answer);
	return result;
}

enum chat_result
chat_bridge_drop(struct chat *chat, const struct chat_peer *peer, uint64_t *dropped)
{
	json_t *answer = ask_bridge(chat,
	    json_pack("{s:s, s:s}", "command", "drop", "realm", peer->name), ADMIN_PATIENCE_MS);
	enum chat_result result = read_result(chat, answer);

	*dropped = (uint64_t)json_integer_value(json_object_get(answer, "count"));
	json_decref(answer);
	return result;
}
