/*
 * bridge_socket: a process that asks has one connection, and one question at a time. An answer that
 * it does not read is lost.
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
#include "chat/realm/bridge.h"

#define ASKERS    256
#define REPLY_MAX 4096
#define ANSWER_MS 10000 /* after that no answer of the peer is waited for */
#define BACKLOG   128

struct asker {
	int fd; /* -1: free */
	size_t poll_index;
	uint64_t asked; /* the id of the question under way, 0: none is */
	uint64_t peer;  /* that is to answer it */
	int64_t deadline;
};

struct bridge_socket {
	const struct bridge_socket_command *commands;
	void *arg; /* of the commands */
	int fd;
	int directory; /* that has the socket's name */
	size_t poll_index;
	uint64_t questions; /* the last one's id */
	size_t n;           /* askers[n...] were never used */
	struct asker askers[ASKERS];
	char request[CHAT_BRIDGE_PACKET];
};

static int
bind_socket(const char *state, int fd)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX, .sun_path = CHAT_BRIDGE_SOCKET };
	int way_back = chdir_guard_enter(state), result;

	if (way_back < 0)
		return -1;
	unlink(CHAT_BRIDGE_SOCKET); /* of a bridge that died */
	result = bind(fd, (const struct sockaddr *)&address, sizeof(address));
	chdir_guard_leave(way_back);
	return result;
}

struct bridge_socket *
bridge_socket_open(const char *state, const struct bridge_socket_command *commands, void *arg)
{
	struct bridge_socket *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return NULL;
	s->commands = commands;
	s->arg = arg;
	s->directory = open(state, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	s->fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (s->directory >= 0 && s->fd >= 0 && bind_socket(state, s->fd) == 0 &&
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
		if (s->askers[i].fd >= 0)
			close(s->askers[i].fd);
	if (s->directory >= 0) {
		unlinkat(s->directory, CHAT_BRIDGE_SOCKET, 0);
		close(s->directory);
	}
	if (s->fd >= 0)
		close(s->fd);
	free(s);
}

static void
drop_asker(struct asker *asker)
{
	close(asker->fd);
	*asker = (struct asker){ .fd = -1 };
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
send_reply(struct asker *asker, enum bridge_answer answer, const struct chat_person *person,
    int64_t count)
{
	char text[REPLY_MAX];
	struct json_out_buffer buffer = { .text = text, .size = sizeof(text) };
	struct json_out j;

	asker->asked = 0;
	json_out_init(&j, json_out_fill, &buffer);
	json_out_object_begin(&j);
	json_out_pair(&j, "status", answer == BRIDGE_ANSWER_OK ? "OK" : "ERROR");
	if (answer != BRIDGE_ANSWER_OK)
		json_out_pair(&j, "reason", reason_of(answer));
	else if (person != NULL) {
		json_out_key(&j, "info");
		chat_person_write(&j, person);
	}
	if (count >= 0)
		json_out_pair_int(&j, "count", count);
	json_out_object_end(&j);
	if (json_out_error(&j) != 0 ||
	    send(asker->fd, text, buffer.len, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
		drop_asker(asker);
}

static const struct bridge_socket_command *
look_up_command(const struct bridge_socket *s, const char *name)
{
	for (const struct bridge_socket_command *at = s->commands; at->name != NULL; at++)
		if (name != NULL && strcmp(at->name, name) == 0)
			return at;
	return NULL;
}

/* Runs the command that the request names. The texts of the question are the request's. */
static enum bridge_answer
run_command(struct bridge_socket *s, const json_t *request, struct bridge_question *question)
{
	const struct bridge_socket_command *command =
	    look_up_command(s, json_string_value(json_object_get(request, "command")));

	question->realm = json_string_value(json_object_get(request, "realm"));
	question->user = json_string_value(json_object_get(request, "user"));
	question->id = ++s->questions;
	if (command == NULL || (command->needs_realm && question->realm == NULL) ||
	    (command->needs_user && question->user == NULL))
		return BRIDGE_ANSWER_BAD;
	if (command->needs_user && !name_valid(question->user, strlen(question->user)))
		return BRIDGE_ANSWER_NO_USER;
	return command->run(s->arg, question);
}

static void
serve_asker(struct bridge_socket *s, struct asker *asker)
{
	ssize_t n = recv(asker->fd, s->request, sizeof(s->request), MSG_DONTWAIT | MSG_TRUNC);
	struct bridge_question question = { .count = -1 };
	enum bridge_answer answer = BRIDGE_ANSWER_BAD;
	json_t *request;

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	/* A second question before the answer is a fault of the asker. */
	if (n <= 0 || asker->asked != 0) {
		drop_asker(asker);
		return;
	}
	request = (size_t)n > sizeof(s->request)
	    ? NULL
	    : json_loadb(s->request, (size_t)n, JSON_REJECT_DUPLICATES, NULL);
	if (request != NULL)
		answer = run_command(s, request, &question);
	json_decref(request);
	if (answer != BRIDGE_ANSWER_LATER) {
		send_reply(asker, answer, NULL, question.count);
		return;
	}
	asker->asked = question.id;
	asker->peer = question.peer;
	asker->deadline = clock_monotonic_ms() + ANSWER_MS;
}

/* The index of an asker that is free, or ASKERS. */
static size_t
find_free_asker(const struct bridge_socket *s)
{
	size_t i = 0;

	while (i < s->n && s->askers[i].fd >= 0)
		i++;
	return i;
}

static void
accept_askers(struct bridge_socket *s)
{
	size_t at;

	while ((at = find_free_asker(s)) < ASKERS) {
		int fd = accept4(s->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (fd < 0)
			return;
		s->askers[at] = (struct asker){ .fd = fd, .poll_index = POLLS_NONE };
		s->n += at == s->n;
	}
}

void
bridge_socket_polls(struct bridge_socket *s, struct polls *polls)
{
	/* Without room, askers wait in the socket's queue. */
	s->poll_index = find_free_asker(s) < ASKERS ? polls_add(polls, s->fd, POLLIN) : POLLS_NONE;
	for (size_t i = 0; i < s->n; i++)
		if (s->askers[i].fd >= 0)
			s->askers[i].poll_index = polls_add(polls, s->askers[i].fd, POLLIN);
}

int64_t
bridge_socket_due(const struct bridge_socket *s)
{
	int64_t due = INT64_MAX;

	for (size_t i = 0; i < s->n; i++)
		if (s->askers[i].asked != 0 && s->askers[i].deadline < due)
			due = s->askers[i].deadline;
	return due;
}

void
bridge_socket_step(struct bridge_socket *s, const struct polls *polls)
{
	int64_t tick = clock_monotonic_ms();

	for (size_t i = 0; i < s->n; i++) {
		struct asker *asker = &s->askers[i];

		if (asker->fd >= 0 && polls_got(polls, asker->poll_index) != 0)
			serve_asker(s, asker);
		if (asker->asked != 0 && tick >= asker->deadline)
			send_reply(asker, BRIDGE_ANSWER_NO_ANSWER, NULL, -1);
	}
	if (polls_got(polls, s->poll_index) != 0)
		accept_askers(s);
}

void
bridge_socket_answer(struct bridge_socket *s, uint64_t peer, uint64_t id, enum bridge_answer answer,
    const struct chat_person *person)
{
	for (size_t i = 0; i < s->n; i++) {
		struct asker *asker = &s->askers[i];

		if (asker->asked != 0 && asker->peer == peer && (id == 0 || asker->asked == id))
			send_reply(asker, answer, person, -1);
	}
}

void
bridge_socket_count(struct bridge_socket *s, uint64_t peer, uint64_t id, uint64_t count)
{
	for (size_t i = 0; i < s->n; i++) {
		struct asker *asker = &s->askers[i];

		if (asker->asked == id && asker->peer == peer)
			send_reply(asker, BRIDGE_ANSWER_OK, NULL, (int64_t)count);
	}
}
