/* liar: a child that forks no further: one client at a time is enough for a test. */
#include "liar.h"

#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <arpa/inet.h>
#include <check.h>
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

static void __attribute__((noreturn)) serve_all(int listener, liar_serve *serve, void *arg)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;) {
		struct liar_client client = { .fd = accept(listener, NULL, NULL), .arg = arg };

		if (client.fd < 0)
			_exit(1);
		serve(&client);
		close(client.fd);
	}
}

struct liar
liar_start(liar_serve *serve, void *arg)
{
	struct sockaddr_in name = { .sin_family = AF_INET };
	socklen_t len = sizeof(name);
	int listener = socket(AF_INET, SOCK_STREAM, 0);
	struct liar liar;

	name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	ck_assert_int_ge(listener, 0);
	ck_assert_int_eq(bind(listener, (struct sockaddr *)&name, len), 0);
	ck_assert_int_eq(listen(listener, 8), 0);
	ck_assert_int_eq(getsockname(listener, (struct sockaddr *)&name, &len), 0);
	liar.port = ntohs(name.sin_port);
	liar.pid = fork();
	ck_assert_int_ge(liar.pid, 0);
	if (liar.pid == 0)
		serve_all(listener, serve, arg);
	close(listener);
	return liar;
}

void
liar_stop(struct liar *liar)
{
	if (liar->pid <= 0)
		return;
	kill(liar->pid, SIGKILL);
	waitpid(liar->pid, NULL, 0);
	liar->pid = 0;
}

bool
liar_hear(struct liar_client *client, char *request, size_t size)
{
	size_t len = 0;
	char c = '\0', last;

	do {
		last = c;
		if (read(client->fd, &c, 1) != 1)
			return false;
		if (len < size - 1)
			request[len++] = c;
	} while (last != '\r' || c != '\n');
	request[len < 2 ? 0 : len - 2] = '\0';
	return true;
}

bool
liar_say(struct liar_client *client, const void *data, size_t len)
{
	const char *at = data;

	while (len > 0) {
		ssize_t n = send(client->fd, at, len, MSG_NOSIGNAL);

		if (n < 0)
			return false;
		at += n;
		len -= (size_t)n;
	}
	return true;
}

bool
liar_say_text(struct liar_client *client, const char *text)
{
	return liar_say(client, text, strlen(text));
}

bool
liar_reply(struct liar_client *client, const char *text)
{
	return liar_say_text(client, text) && liar_say_text(client, "\r\n\r\n");
}
