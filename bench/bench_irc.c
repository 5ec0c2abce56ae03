/*
 * bench_irc: clients of IRC, all of them in this one process: a closed loop in which the
 * message's arrival stands for the reply.
 */
#include "bench_irc.h"

#include <sys/epoll.h>
#include <sys/socket.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench_fill.h"

#define EVENTS     256
#define LINE_SIZE  1024 /* more than a line of IRC may have */
#define SILENCE_MS 20000
#define WELCOME    " 001 "
#define PRIVMSG    " PRIVMSG "

struct irc_client {
	int fd;
	bool welcome;
	size_t len; /* of the line that has begun */
	uint64_t turn;
	int64_t sent_ns;
	char line[LINE_SIZE];
};

struct irc_run {
	struct irc *irc;
	size_t senders;
	int epoll;
	size_t n_welcome;
	size_t in_flight;
	int64_t now_ns;
	int64_t count_from_ns;
	int64_t count_to_ns;
	struct load_result *result;
};

static int
send_text(const struct irc_client *client, const char *text, size_t len)
{
	if (send(client->fd, text, len, MSG_NOSIGNAL | MSG_DONTWAIT) == (ssize_t)len)
		return 0;
	fprintf(stderr, "an IRC client cannot send: %s\n", strerror(errno));
	return -1;
}

static int
send_message(struct irc_run *run, size_t sender)
{
	struct irc_client *client = &run->irc->clients[sender];
	size_t n = run->senders > 1 ? run->senders : 2;
	size_t receiver = (sender + 1 + client->turn++ % (n - 1)) % n;
	char text[LOAD_REQUEST];
	int len = snprintf(text, sizeof(text), "PRIVMSG " FILL_NAME " :%s\r\n",
	    (unsigned int)receiver, fill_text());

	client->sent_ns = run->now_ns;
	run->in_flight++;
	return send_text(client, text, (size_t)len);
}

/* A message has arrived: the line says from whom, and it is for that one to go on. */
static int
message_arrived(struct irc_run *run, const char *line)
{
	size_t sender = line[0] == ':' ? strtoul(line + 2, NULL, 10) : SIZE_MAX;

	if (sender >= run->senders) {
		fprintf(stderr, "a message from nobody: %.80s\n", line);
		return -1;
	}
	run->in_flight--;
	if (run->now_ns >= run->count_from_ns && run->now_ns < run->count_to_ns) {
		run->result->done++;
		stat_hist_add(&run->result->hist, run->now_ns - run->irc->clients[sender].sent_ns);
	}
	return run->now_ns < run->count_to_ns ? send_message(run, sender) : 0;
}

static int
take_line(struct irc_run *run, struct irc_client *client)
{
	client->line[client->len] = '\0';
	client->len = 0;
	if (strncmp(client->line, "ERROR", 5) == 0) {
		fprintf(stderr, "ngircd: %s\n", client->line);
		return -1;
	}
	if (!client->welcome && strstr(client->line, WELCOME) != NULL) {
		client->welcome = true;
		run->n_welcome++;
	}
	return strstr(client->line, PRIVMSG) != NULL ? message_arrived(run, client->line) : 0;
}

static int
serve_client(struct irc_run *run, struct irc_client *client)
{
	char data[4096];
	ssize_t got = recv(client->fd, data, sizeof(data), MSG_DONTWAIT);

	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (got <= 0) {
		fprintf(stderr, "an IRC client lost its connection\n");
		return -1;
	}
	for (ssize_t i = 0; i < got; i++) {
		if (data[i] == '\n') {
			if (take_line(run, client) != 0)
				return -1;
		} else if (client->len < LINE_SIZE - 1) {
			client->line[client->len++] = data[i];
		}
	}
	return 0;
}

/* One look at all that came. 0, or -1 when nothing came for long or something broke. */
static int
serve_some(struct irc_run *run)
{
	struct epoll_event events[EVENTS];
	int n = epoll_wait(run->epoll, events, EVENTS, SILENCE_MS);

	run->now_ns = stat_now_ns();
	if (n <= 0 || load_stopped()) {
		fprintf(stderr, "nothing comes from ngircd\n");
		return -1;
	}
	for (int i = 0; i < n; i++)
		if (serve_client(run, events[i].data.ptr) != 0)
			return -1;
	return 0;
}

static int
watch(struct irc_run *run, struct irc_client *client)
{
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = client };

	return epoll_ctl(run->epoll, EPOLL_CTL_ADD, client->fd, &event);
}

static int
login(struct irc_run *run, int port)
{
	struct irc_client *client = &run->irc->clients[run->irc->n_clients];
	char text[LOAD_REQUEST];
	int len = snprintf(text, sizeof(text), "NICK " FILL_NAME "\r\nUSER bench 0 * :bench\r\n",
	    (unsigned int)run->irc->n_clients);

	*client = (struct irc_client){ .fd = load_connect(port) };
	if (client->fd < 0)
		return -1;
	run->irc->n_clients++;
	if (send_text(client, text, (size_t)len) != 0 || watch(run, client) != 0)
		return -1;
	while (run->n_welcome < run->irc->n_clients)
		if (serve_some(run) != 0)
			return -1;
	return 0;
}

int
irc_open(struct irc *irc, int port, size_t n)
{
	struct irc_run run = { .irc = irc, .epoll = epoll_create1(EPOLL_CLOEXEC) };
	int status = 0;

	irc->n_clients = 0;
	irc->clients = calloc(n, sizeof(*irc->clients));
	if (irc->clients == NULL || run.epoll < 0)
		return -1;
	for (size_t i = 0; i < n && status == 0; i++)
		status = login(&run, port);
	close(run.epoll);
	return status;
}

void
irc_close(struct irc *irc)
{
	for (size_t i = 0; i < irc->n_clients; i++)
		close(irc->clients[i].fd);
	free(irc->clients);
	*irc = (struct irc){ 0 };
}

int
irc_run(struct irc *irc, size_t senders, double warm_s, double run_s, struct load_result *result)
{
	struct irc_run run = { .irc = irc, .senders = senders, .result = result };
	int status = 0;

	*result = (struct load_result){ .seconds = run_s };
	run.epoll = epoll_create1(EPOLL_CLOEXEC);
	if (run.epoll < 0)
		return -1;
	for (size_t i = 0; i < irc->n_clients && status == 0; i++)
		status = watch(&run, &irc->clients[i]);
	run.now_ns = stat_now_ns();
	run.count_from_ns = run.now_ns + (int64_t)(warm_s * 1e9);
	run.count_to_ns = run.count_from_ns + (int64_t)(run_s * 1e9);
	for (size_t i = 0; i < senders && status == 0; i++)
		status = send_message(&run, i);
	while (status == 0 && run.in_flight > 0)
		status = serve_some(&run);
	close(run.epoll);
	return status;
}
