/*
 * impostor: for integration tests: a process that listens in a realm's stead. See impostor.h.
 */
#include "impostor.h"

#include <netinet/in.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "net/stream.h"
#include "peering/tls.h"
#include "realms.h"

#define LINE_SIZE  (512 * 1024 + 3)
#define REPLY_SIZE 4096
#define BACKLOG    16

struct impostor_talk {
	int realm;
	struct tls *server;
	struct stream stream;
	size_t len;
	size_t taken;
	char line[LINE_SIZE];
};

static void
await(struct impostor_talk *talk, short events)
{
	struct pollfd pfd = { .fd = talk->stream.in_fd, .events = events };

	poll(&pfd, 1, -1);
}

bool
impostor_shake_hands(struct impostor_talk *talk)
{
	char error[512];

	if (stream_accept(&talk->stream, talk->server, error, sizeof(error)) != 0)
		return false;
	while (stream_handshake(&talk->stream) != 0) {
		if (errno != EAGAIN)
			return false;
		await(talk, stream_read_events(&talk->stream));
	}
	return true;
}

/* Reads on. False at the end. */
static bool
read_more(struct impostor_talk *talk)
{
	for (;;) {
		ssize_t n =
		    stream_read(&talk->stream, talk->line + talk->len, LINE_SIZE - 1 - talk->len);

		if (n > 0) {
			talk->len += (size_t)n;
			return true;
		}
		if (n == 0 || errno != EAGAIN)
			return false;
		await(talk, stream_read_events(&talk->stream));
	}
}

const char *
impostor_hear(struct impostor_talk *talk)
{
	const char *end;

	talk->len -= talk->taken;
	memmove(talk->line, talk->line + talk->taken, talk->len);
	talk->taken = 0;
	while ((end = memchr(talk->line, '\n', talk->len)) == NULL)
		if (!read_more(talk))
			return NULL;
	talk->taken = (size_t)(end - talk->line) + 1;
	talk->line[talk->taken - 1] = '\0';
	if (talk->taken > 1 && talk->line[talk->taken - 2] == '\r')
		talk->line[talk->taken - 2] = '\0';
	return talk->line;
}

bool
impostor_say(struct impostor_talk *talk, const void *data, size_t len)
{
	const char *at = data;

	while (len > 0) {
		ssize_t n = stream_write(&talk->stream, at, len);

		if (n < 0 && errno != EAGAIN)
			return false;
		if (n < 0) {
			await(talk, stream_write_events(&talk->stream));
			continue;
		}
		at += n;
		len -= (size_t)n;
	}
	return true;
}

bool
impostor_reply(struct impostor_talk *talk, const char *reply)
{
	char text[REPLY_SIZE];
	int len = snprintf(text, sizeof(text), "%s\r\n\r\n", reply);

	for (int i = 0; i < len; i++)
		if (text[i] == '\'')
			text[i] = '"';
	return impostor_say(talk, text, (size_t)len);
}

bool
impostor_greet(struct impostor_talk *talk, const char *have)
{
	char reply[256];
	const char *line;

	if (!impostor_shake_hands(talk) || impostor_hear(talk) == NULL)
		return false;
	snprintf(reply, sizeof(reply),
	    "{'status':'OK','hello':1,'realm':'%s','window':4096,'bytes':4194304,"
	    "'file_max':1048576}",
	    realms_names[talk->realm]);
	if (!impostor_reply(talk, reply))
		return false;
	line = impostor_hear(talk);
	if (line == NULL || strncmp(line, "resume ", 7) != 0)
		return false;
	snprintf(reply, sizeof(reply), "{'status':'OK','resume':'%.16s','have':%s}", line + 7,
	    have);
	return impostor_reply(talk, reply);
}

static void __attribute__((noreturn))
run_impostor(int realm, int listener, impostor_behaviour *behave, const void *arg)
{
	static struct impostor_talk talk;
	char error[512];

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	signal(SIGPIPE, SIG_IGN);
	talk.realm = realm;
	talk.server = peering_tls_server(realms.realm[realm].state, error, sizeof(error));
	if (talk.server == NULL) {
		fprintf(stderr, "impostor: %s\n", error);
		_exit(1);
	}
	for (;;) {
		int fd = accept(listener, NULL, NULL);

		if (fd < 0)
			continue;
		talk.len = talk.taken = 0;
		stream_init(&talk.stream, fd, fd);
		behave(&talk, arg);
		stream_free(&talk.stream);
		close(fd);
	}
}

/* The fixture's own socket, which keeps the port, does not listen. */
static int
listen_for(int realm)
{
	struct sockaddr_in name;
	socklen_t len = sizeof(name);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;

	ck_assert_int_ge(fd, 0);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	ck_assert_int_eq(getsockname(realms.port_fd[realm], (struct sockaddr *)&name, &len), 0);
	ck_assert_int_eq(bind(fd, (const struct sockaddr *)&name, len), 0);
	ck_assert_int_eq(listen(fd, BACKLOG), 0);
	return fd;
}

pid_t
impostor_begin(int realm, impostor_behaviour *behave, const void *arg)
{
	int listener = listen_for(realm);
	pid_t pid = fork();

	ck_assert_int_ge(pid, 0);
	if (pid == 0)
		run_impostor(realm, listener, behave, arg);
	close(listener);
	return pid;
}

void
impostor_end(pid_t pid)
{
	ck_assert_int_eq(kill(pid, SIGKILL), 0);
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
}
