/*
 * bridge_socket: questions and commands for the bridge: whoever asks has one connection, and one
 * question at a time. Those who do not read their answer lose it.
 */
#include "bridge/socket.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/chdir_guard.h"
#include "base/clock.h"
#include "base/json_out.h"
#include "chat/realm/remote.h"

#define CLIENTS   256
#define REPLY_MAX 4096
#define ANSWER_MS 10000 /* then the peer's answer is given up */
#define BACKLOG   128

struct asker {
	int fd; /* -1: free */
	size_t place;
	uint64_t asked; /* the id of the question under way, 0: none is */
	uint64_t peer;  /* to whom it was put */
	int64_t deadline;
	bool counts; /* the answer says how many: */
	uint64_t count;
};

struct bridge_socket {
	const struct bridge_commands *commands;
	int fd;
	int directory; /* where the socket has its name */
	size_t place;
	uint64_t questions; /* the last one's id */
	size_t n;           /* clients[n...] were never used */
	struct asker clients[CLIENTS];
	char request[CHAT_REMOTE_PACKET];
};

static int
bind_in(const char *state, int fd)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX, .sun_path = CHAT_REMOTE_SOCKET };
	int way_back = chdir_guard_enter(state), result;

	if (way_back < 0)
		return -1;
	unlink(CHAT_REMOTE_SOCKET); /* of a bridge that died */
	result = bind(fd, (const struct sockaddr *)&address, sizeof(address));
	chdir_guard_leave(way_back);
	return result;
}

struct bridge_socket *
bridge_socket_open(const char *state, const struct bridge_commands *commands)
{
	struct bridge_socket *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return NULL;
	s->commands = commands;
	s->directory = open(state, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	s->fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (s->directory >= 0 && s->fd >= 0 && bind_in(state, s->fd) == 0 &&
	    listen(s->fd, BACKLOG) == 0)
		return s;
	int saved = errno;
	bridge_socket_close(s);
	errno = saved;
	return NULL;
}

void
bridge_socket_close(struct bridge_socket *s)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->clients[i].fd >= 0)
			close(s->clients[i].fd);
	if (s->directory >= 0) {
		unlinkat(s->directory, CHAT_REMOTE_SOCKET, 0);
		close(s->directory);
	}
	if (s->fd >= 0)
		close(s->fd);
	free(s);
}

static void
drop(struct asker *client)
{
	close(client->fd);
	*client = (struct asker){ .fd = -1 };
}

struct text {
	char data[REPLY_MAX];
	size_t len;
};

static int
collect(void *arg, const char *data, size_t len)
{
	struct text *text = arg;

	if (len > sizeof(text->data) - text->len)
		return -1;
	memcpy(text->data + text->len, data, len);
	text->len += len;
	return 0;
}

static void
put(struct json_out *j, const char *key, const char *value)
{
	json_out_key(j, key);
	json_out_cstring(j, value);
}

static void
put_person(struct json_out *j, const struct peering_person *person)
{
	json_out_key(j, "info");
	json_out_object_begin(j);
	put(j, "username", person->username);
	put(j, "name", person->name);
	put(j, "country", person->country);
	json_out_key(j, "online");
	json_out_bool(j, person->online);
	if (person->since[0] != '\0')
		put(j, "since", person->since);
	json_out_object_end(j);
}

static const char *
reason_of(enum bridge_answer answer)
{
	switch (answer) {
	case BRIDGE_ANSWER_NO_REALM:
		return "no_realm";
	case BRIDGE_ANSWER_NO_USER:
		return "no_user";
	case BRIDGE_ANSWER_BAD:
		return "bad_request";
	case BRIDGE_ANSWER_FAILED:
		return "failed";
	case BRIDGE_ANSWER_NO_ANSWER:
	case BRIDGE_ANSWER_LATER:
	case BRIDGE_ANSWER_OK:
		break;
	}
	return "no_answer";
}

static void
reply(struct asker *client, enum bridge_answer answer, const struct peering_person *person)
{
	struct text text = { .len = 0 };
	struct json_out j;

	client->asked = 0;
	json_out_init(&j, collect, &text);
	json_out_object_begin(&j);
	put(&j, "status", answer == BRIDGE_ANSWER_OK ? "OK" : "ERROR");
	if (answer != BRIDGE_ANSWER_OK)
		put(&j, "reason", reason_of(answer));
	else if (person != NULL)
		put_person(&j, person);
	if (client->counts) {
		json_out_key(&j, "count");
		json_out_int(&j, (int64_t)client->count);
	}
	client->counts = false;
	json_out_object_end(&j);
	if (json_out_error(&j) != 0 ||
	    send(client->fd, text.data, text.len, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
		drop(client);
}

/* A command about a user elsewhere. */
static enum bridge_answer
ask(struct bridge_socket *s, struct asker *client, const char *realm, const char *user,
    enum bridge_answer (*command)(void *, const char *, const char *, uint64_t, uint64_t *))
{
	enum bridge_answer answer;

	if (realm == NULL || user == NULL)
		return BRIDGE_ANSWER_BAD;
	if (!name_valid(user, strlen(user)))
		return BRIDGE_ANSWER_NO_USER;
	answer = command(s->commands->arg, realm, user, ++s->questions, &client->peer);
	if (answer == BRIDGE_ANSWER_LATER) {
		client->asked = s->questions;
		client->deadline = clock_monotonic_ms() + ANSWER_MS;
	}
	return answer;
}

static enum bridge_answer
drop_queue(struct bridge_socket *s, struct asker *client, const char *realm)
{
	if (realm == NULL)
		return BRIDGE_ANSWER_BAD;
	client->counts = true;
	client->count = 0;
	return s->commands->drop(s->commands->arg, realm, &client->count);
}

static enum bridge_answer
obey(struct bridge_socket *s, struct asker *client, const json_t *request)
{
	const char *command = json_string_value(json_object_get(request, "command"));
	const char *realm = json_string_value(json_object_get(request, "realm"));
	const char *user = json_string_value(json_object_get(request, "user"));

	if (command == NULL)
		return BRIDGE_ANSWER_BAD;
	if (strcmp(command, "info") == 0)
		return ask(s, client, realm, user, s->commands->info);
	if (strcmp(command, "fetch") == 0)
		return ask(s, client, realm, user, s->commands->fetch);
	if (strcmp(command, "drop") == 0)
		return drop_queue(s, client, realm);
	if (strcmp(command, "flush") == 0)
		return s->commands->flush(s->commands->arg, realm);
	if (strcmp(command, "alive") == 0 && realm != NULL)
		return s->commands->alive(s->commands->arg, realm);
	if (strcmp(command, "reload") == 0)
		return s->commands->reload(s->commands->arg);
	return BRIDGE_ANSWER_BAD;
}

static void
serve(struct bridge_socket *s, struct asker *client)
{
	ssize_t n = recv(client->fd, s->request, sizeof(s->request), MSG_DONTWAIT | MSG_TRUNC);
	json_t *request;
	enum bridge_answer answer = BRIDGE_ANSWER_BAD;

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	/* Asking again before the answer is a confusion that is not worth serving. */
	if (n <= 0 || client->asked != 0) {
		drop(client);
		return;
	}
	request = (size_t)n > sizeof(s->request)
	    ? NULL
	    : json_loadb(s->request, (size_t)n, JSON_REJECT_DUPLICATES, NULL);
	if (request != NULL)
		answer = obey(s, client, request);
	json_decref(request);
	if (answer != BRIDGE_ANSWER_LATER)
		reply(client, answer, NULL);
}

static struct asker *
free_client(struct bridge_socket *s)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->clients[i].fd < 0)
			return &s->clients[i];
	return s->n < CLIENTS ? &s->clients[s->n++] : NULL;
}

static void
take_clients(struct bridge_socket *s)
{
	struct asker *client;

	while ((client = free_client(s)) != NULL) {
		int fd = accept4(s->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

		*client = (struct asker){ .fd = fd, .place = POLLS_NONE };
		if (fd < 0)
			return;
	}
}

static bool
has_room(const struct bridge_socket *s)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->clients[i].fd < 0)
			return true;
	return s->n < CLIENTS;
}

void
bridge_socket_polls(struct bridge_socket *s, struct polls *polls)
{
	/* Who finds no room waits in the socket's queue. */
	s->place = has_room(s) ? polls_add(polls, s->fd, POLLIN) : POLLS_NONE;
	for (size_t i = 0; i < s->n; i++)
		if (s->clients[i].fd >= 0)
			s->clients[i].place = polls_add(polls, s->clients[i].fd, POLLIN);
}

int64_t
bridge_socket_due(const struct bridge_socket *s)
{
	int64_t due = INT64_MAX;

	for (size_t i = 0; i < s->n; i++)
		if (s->clients[i].asked != 0 && s->clients[i].deadline < due)
			due = s->clients[i].deadline;
	return due;
}

void
bridge_socket_step(struct bridge_socket *s, const struct polls *polls)
{
	int64_t tick = clock_monotonic_ms();

	for (size_t i = 0; i < s->n; i++) {
		struct asker *client = &s->clients[i];

		if (client->fd >= 0 && polls_got(polls, client->place) != 0)
			serve(s, client);
		if (client->asked != 0 && tick >= client->deadline)
			reply(client, BRIDGE_ANSWER_NO_ANSWER, NULL);
	}
	if (polls_got(polls, s->place) != 0)
		take_clients(s);
}

void
bridge_socket_answer(struct bridge_socket *s, uint64_t peer, uint64_t id, enum bridge_answer answer,
    const struct peering_person *person)
{
	for (size_t i = 0; i < s->n; i++) {
		struct asker *client = &s->clients[i];

		if (client->asked != 0 && client->peer == peer && (id == 0 || client->asked == id))
			reply(client, answer, person);
	}
}

void
bridge_socket_count(struct bridge_socket *s, uint64_t peer, uint64_t id, uint64_t count)
{
	for (size_t i = 0; i < s->n; i++) {
		struct asker *client = &s->clients[i];

		if (client->asked != id || client->peer != peer)
			continue;
		client->counts = true;
		client->count = count;
		reply(client, BRIDGE_ANSWER_OK, NULL);
	}
}
