/*
 * bench_irc: clients of IRC, all of them in this one process: a closed loop in which the
 * message's arrival stands for the reply. The rows are in bench_irc_rows.c.
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

#define EVENTS      256
#define AT_ONCE     50 /* logins */
#define TARGET_SIZE 32
#define LINE_SIZE   1024 /* more than a line of IRC may have */
#define SILENCE_MS  20000
#define WELCOME     " 001 "
#define PRIVMSG     " PRIVMSG "
#define PING        "PING"
#define PONG        " PONG "
#define CHANNEL     "#c%u"

struct irc_client {
	int fd;
	bool welcome;
	size_t len; /* of the line that has begun */
	uint64_t turn;
	size_t awaited; /* arrivals of the message that is on its way */
	int64_t sent_ns;
	char line[LINE_SIZE];
};

struct irc_run {
	struct irc *irc;
	size_t senders;
	int epoll;
	size_t n_welcome;
	size_t n_pong;
	size_t in_flight; /* messages that have not reached all their receivers */
	int64_t now_ns;
	int64_t count_from_ns;
	int64_t count_to_ns;
	struct load_result *result; /* NULL: messages are old ones, and count for nothing */
};

static int
send_text(const struct irc_client *client, const char *text, size_t len)
{
	if (send(client->fd, text, len, MSG_NOSIGNAL | MSG_DONTWAIT) == (ssize_t)len)
		return 0;
	fprintf(stderr, "an IRC client cannot send: %s\n", strerror(errno));
	return -1;
}

/* Writes to whom a client sends next; how many get it. */
static size_t
choose_target(const struct irc_run *run, size_t sender, char target[TARGET_SIZE])
{
	const struct irc *irc = run->irc;
	size_t n = run->senders > 1 ? run->senders : 2;
	size_t receiver = (sender + 1 + irc->clients[sender].turn % (n - 1)) % n;

	if (irc->channels == 0) {
		snprintf(target, TARGET_SIZE, FILL_NAME, irc->first + (unsigned int)receiver);
		return 1;
	}
	snprintf(target, TARGET_SIZE, CHANNEL, (unsigned int)sender % irc->channels);
	return irc->n_clients / irc->channels - 1;
}

static int
send_message(struct irc_run *run, size_t sender)
{
	struct irc_client *client = &run->irc->clients[sender];
	char text[LOAD_REQUEST], target[TARGET_SIZE];

	client->awaited = choose_target(run, sender, target);
	int len = snprintf(text, sizeof(text), "PRIVMSG %s :%s\r\n", target, fill_text());
	client->turn++;
	client->sent_ns = run->now_ns;
	run->in_flight++;
	return send_text(client, text, (size_t)len);
}

/* A message has arrived: the line says from whom, and it is for that one to go on. */
static int
message_arrived(struct irc_run *run, const char *line)
{
	size_t sender = line[0] == ':' ? strtoul(line + 2, NULL, 10) - run->irc->first : SIZE_MAX;

	if (sender >= run->senders || run->irc->clients[sender].awaited == 0) {
		fprintf(stderr, "a message from nobody: %.80s\n", line);
		return -1;
	}
	run->result->replies++;
	if (--run->irc->clients[sender].awaited > 0)
		return 0;
	run->in_flight--;
	if (run->now_ns >= run->count_from_ns && run->now_ns < run->count_to_ns) {
		run->result->done++;
		stat_hist_add(&run->result->hist, run->now_ns - run->irc->clients[sender].sent_ns);
	}
	return run->now_ns < run->count_to_ns ? send_message(run, sender) : 0;
}

/* Whether the client is still there. */
static int
answer_ping(const struct irc_client *client)
{
	char text[LINE_SIZE + 2];
	int len = snprintf(text, sizeof(text), "PONG%s\n", client->line + strlen(PING));

	return send_text(client, text, (size_t)len);
}

static int
take_line(struct irc_run *run, struct irc_client *client)
{
	client->line[client->len] = '\0';
	client->len = 0;
	if (strncmp(client->line, "ERROR", 5) == 0) {
		fprintf(stderr, "the IRC server says: %s\n", client->line);
		return -1;
	}
	if (strncmp(client->line, PING, strlen(PING)) == 0)
		return answer_ping(client);
	if (strstr(client->line, PONG) != NULL)
		run->n_pong++;
	if (!client->welcome && strstr(client->line, WELCOME) != NULL) {
		client->welcome = true;
		run->n_welcome++;
	}
	if (run->result == NULL || strstr(client->line, PRIVMSG) == NULL)
		return 0;
	return message_arrived(run, client->line);
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
		fprintf(stderr,
		    "nothing comes from the IRC server: %zu of %zu clients are welcome, "
		    "%zu messages are on their way\n",
		    run->n_welcome, run->irc->n_clients, run->in_flight);
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
	int len = snprintf(text, sizeof(text),
	    "PASS " FILL_PASSWORD "\r\nNICK " FILL_NAME "\r\nUSER bench 0 * :bench\r\n",
	    run->irc->first + (unsigned int)run->irc->n_clients);

	*client = (struct irc_client){ .fd = load_connect(port) };
	if (client->fd < 0)
		return -1;
	run->irc->n_clients++;
	return send_text(client, text, (size_t)len) == 0 ? watch(run, client) : -1;
}

/* Some at once, for InspIRCd welcomes clients only once a second. */
static int
login_all(struct irc_run *run, int port, size_t n)
{
	while (run->irc->n_clients < n) {
		if (login(run, port) != 0)
			return -1;
		if (run->irc->n_clients % AT_ONCE != 0 && run->irc->n_clients < n)
			continue;
		while (run->n_welcome < run->irc->n_clients)
			if (serve_some(run) != 0)
				return -1;
	}
	return 0;
}

/* Waits until the server has done what it was asked for: it answers in order. */
static int
settle(struct irc_run *run)
{
	static const char ping[] = "PING :bench\r\n";

	run->n_pong = 0;
	for (size_t i = 0; i < run->irc->n_clients; i++)
		if (send_text(&run->irc->clients[i], ping, sizeof(ping) - 1) != 0)
			return -1;
	while (run->n_pong < run->irc->n_clients)
		if (serve_some(run) != 0)
			return -1;
	return 0;
}

int
irc_open(struct irc *irc, int port, unsigned int first, size_t n)
{
	struct irc_run run = { .irc = irc, .epoll = epoll_create1(EPOLL_CLOEXEC) };
	int status;

	*irc = (struct irc){ .first = first };
	irc->clients = calloc(n, sizeof(*irc->clients));
	if (irc->clients == NULL || run.epoll < 0)
		return -1;
	status = login_all(&run, port, n);
	if (status == 0)
		status = settle(&run);
	close(run.epoll);
	return status;
}

static int
watch_all(struct irc_run *run)
{
	int status = 0;

	for (size_t i = 0; i < run->irc->n_clients && status == 0; i++)
		status = watch(run, &run->irc->clients[i]);
	return status;
}

int
irc_join(struct irc *irc, unsigned int channels)
{
	struct irc_run run = { .irc = irc, .epoll = epoll_create1(EPOLL_CLOEXEC) };
	char text[LOAD_REQUEST];
	int status;

	if (run.epoll < 0)
		return -1;
	irc->channels = channels;
	status = watch_all(&run);
	for (size_t i = 0; i < irc->n_clients && status == 0; i++) {
		int len = snprintf(text, sizeof(text), "JOIN " CHANNEL "\r\n",
		    (unsigned int)i % channels);
		status = send_text(&irc->clients[i], text, (size_t)len);
	}
	if (status == 0)
		status = settle(&run);
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
	int status;

	*result = (struct load_result){ .seconds = run_s };
	run.epoll = epoll_create1(EPOLL_CLOEXEC);
	if (run.epoll < 0)
		return -1;
	status = watch_all(&run);
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
