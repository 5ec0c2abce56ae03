/*
 * bridge_socket: a process that asks has one connection, and one question at a time. An answer that
 * it does not read is lost.
 */
#include "bridge/socket.h"

#include <sys/socket.h>

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/json_out.h"
#include "base/log.h"
#include "base/state_directory.h"
#include "chat/realm/bridge.h"
#include "net/local_socket.h"

#define ASKERS      256
#define ASKERS_EACH 8  /* of one process */
#define ACCEPTED    64 /* in one step, so that links have theirs */
#define REPLY_MAX   4096
#define ANSWER_MS   10000 /* after that no answer of the peer is waited for */
#define SILENT_MS   5000  /* after that an asker without a question has to go */
#define FULL_MS     1000  /* until askers are looked at again when there are no descriptors */
#define BACKLOG     128

struct asker {
	int fd; /* -1: free */
	pid_t pid;
	bool own; /* it has this process's user */
	size_t poll_index;
	uint64_t asked;   /* the id of the question under way, 0: none is */
	uint64_t peer;    /* that is to answer it */
	int64_t deadline; /* of the answer, or of the question */
};

struct bridge_socket {
	const struct bridge_socket_command *commands;
	void *arg; /* of the commands */
	int fd;
	int directory; /* that has the socket's name */
	size_t poll_index;
	int64_t full_until; /* there are no descriptors for askers; 0: there are */
	uint64_t questions; /* the last one's id */
	size_t n;           /* askers[n...] were never used */
	struct asker askers[ASKERS];
	char request[CHAT_BRIDGE_PACKET];
};

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
	if (s->directory >= 0 && s->fd >= 0 &&
	    local_socket_bind(s->fd, state, CHAT_BRIDGE_SOCKET, STATE_DIRECTORY_SHARED) == 0 &&
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
	asker->deadline = clock_monotonic_ms() + SILENT_MS;
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
	if (command == NULL || (command->needs_own && !question->own) ||
	    (command->needs_realm && question->realm == NULL) ||
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
	struct bridge_question question = { .own = asker->own, .count = -1 };
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

static size_t
count_askers(const struct bridge_socket *s, pid_t pid)
{
	size_t count = 0;

	for (size_t i = 0; i < s->n; i++)
		count += s->askers[i].fd >= 0 && s->askers[i].pid == pid;
	return count;
}

/* Takes an asker in, unless its process has too many already. */
static void
admit_asker(struct bridge_socket *s, size_t at, int fd)
{
	struct ucred who;
	socklen_t len = sizeof(who);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &len) != 0 ||
	    count_askers(s, who.pid) >= ASKERS_EACH) {
		close(fd);
		return;
	}
	s->askers[at] = (struct asker){ .fd = fd,
		.pid = who.pid,
		.own = who.uid == geteuid(),
		.poll_index = POLLS_NONE,
		.deadline = clock_monotonic_ms() + SILENT_MS };
	s->n += at == s->n;
}

/* Without descriptors askers wait in the socket's queue, and poll() is not asked about them. */
static void
note_failure(struct bridge_socket *s, int error)
{
	if (error != EMFILE && error != ENFILE && error != ENOBUFS && error != ENOMEM)
		return;
	if (s->full_until == 0)
		log_warnx("no descriptors for questions to the bridge: %s", strerror(error));
	s->full_until = clock_monotonic_ms() + FULL_MS;
}

static void
accept_askers(struct bridge_socket *s)
{
	size_t at;

	for (int i = 0; i < ACCEPTED && (at = find_free_asker(s)) < ASKERS; i++) {
		int fd = accept4(s->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (fd < 0) {
			note_failure(s, errno);
			return;
		}
		s->full_until = 0;
		admit_asker(s, at, fd);
	}
}

static bool
takes_askers(const struct bridge_socket *s)
{
	return find_free_asker(s) < ASKERS && clock_monotonic_ms() >= s->full_until;
}

void
bridge_socket_polls(struct bridge_socket *s, struct polls *polls)
{
	/* Without room, askers wait in the socket's queue. */
	s->poll_index = takes_askers(s) ? polls_add(polls, s->fd, POLLIN) : POLLS_NONE;
	for (size_t i = 0; i < s->n; i++)
		if (s->askers[i].fd >= 0)
			s->askers[i].poll_index = polls_add(polls, s->askers[i].fd, POLLIN);
}

int64_t
bridge_socket_due(const struct bridge_socket *s)
{
	int64_t due = s->full_until > clock_monotonic_ms() ? s->full_until : INT64_MAX;

	for (size_t i = 0; i < s->n; i++)
		if (s->askers[i].fd >= 0 && s->askers[i].deadline < due)
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
		if (asker->fd < 0 || tick < asker->deadline)
			continue;
		if (asker->asked != 0)
			send_reply(asker, BRIDGE_ANSWER_NO_ANSWER, NULL, -1);
		else
			drop_asker(asker);
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
