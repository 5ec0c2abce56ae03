/*
 * attack_hostile: a thousand hostile clients of four kinds, in one process: garbage, slow ones,
 * floods, and guesses at a password. README says what each does.
 */
#include <sys/epoll.h>
#include <sys/socket.h>

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "attack.h"

#define TICK_MS      5
#define MS           INT64_C(1000000) /* nanoseconds */
#define RECONNECT_MS 100              /* a client connects ten times a second at most */
#define REFUSED_MS   1000             /* a connection that ends sooner was refused */
#define EVENTS       256
#define BACKLOG      4096
#define SCRATCH      65536
#define DATA_MAX     16384

#ifndef IP_BIND_ADDRESS_NO_PORT
#define IP_BIND_ADDRESS_NO_PORT 24
#endif

/* What a client of one kind does again and again. */
struct habit {
	unsigned int count;    /* clients, of ATTACK_HOSTILE */
	unsigned int pause_ms; /* between two writes; 0: each tick */
	const char *text;      /* repeated; NULL: random bytes */
	size_t size;           /* bytes of a write, at most DATA_MAX */
	size_t take;           /* bytes read after each write; 0: all that comes, as it comes */
	bool hangs_up;         /* resets the connection after each write */
};

static const struct habit habits[] = {
	{ .count = 250, .pause_ms = 20, .size = 4096 },
	{ .count = 84, .pause_ms = 1000, .text = "a", .size = 1 },
	{ .count = 83, .pause_ms = 100, .text = "\n", .size = 200, .take = 200 },
	{ .count = 83, .pause_ms = 100, .text = "info\r\n", .size = 240, .take = 200 },
	{ .count = 125,
	    .text = "info\r\ninbox a\r\nsend a messi halo\r\nfoo\r\n",
	    .size = DATA_MAX },
	{ .count = 125,
	    .pause_ms = 100,
	    .text = "info\r\n",
	    .size = sizeof("info\r\n") - 1,
	    .hangs_up = true },
	{ .count = 250, .pause_ms = 100, .text = "auth messi x\r\n", .size = 3598 },
};

#define HABITS (sizeof(habits) / sizeof(habits[0]))

struct client {
	const struct habit *habit;
	int fd; /* -1: not connected */
	uint32_t from;
	size_t offset; /* in the habit's data: the next write goes on there */
	bool was_here;
	int64_t connected_ns;
	int64_t next_ns;
};

struct crowd {
	struct attack_hostile *counts;
	struct sockaddr_in to;
	int epoll;
	int64_t now_ns;
	size_t n; /* clients */
	char data[HABITS][DATA_MAX];
	struct client clients[ATTACK_HOSTILE];
};

static void
make_data(struct crowd *crowd)
{
	for (size_t i = 0; i < HABITS; i++) {
		size_t len = habits[i].text == NULL ? 0 : strlen(habits[i].text);

		for (size_t at = 0; at < habits[i].size; at++)
			crowd->data[i][at] = len == 0 ? (char)random() : habits[i].text[at % len];
	}
}

static void
make_clients(struct crowd *crowd, uint32_t from, unsigned int addresses)
{
	size_t habit = 0, end = habits[0].count;

	for (size_t i = 0; i < crowd->n; i++) {
		while (i * ATTACK_HOSTILE / crowd->n >= end)
			end += habits[++habit].count;
		crowd->clients[i] = (struct client){ .habit = &habits[habit],
			.fd = -1,
			.from = from + (uint32_t)(i % addresses) };
	}
}

static void
hang_up(struct crowd *crowd, struct client *client)
{
	struct linger at_once = { .l_onoff = 1 };

	setsockopt(client->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
	close(client->fd);
	client->fd = -1;
	client->offset = 0;
	client->next_ns = client->connected_ns + RECONNECT_MS * MS;
	if (client->next_ns < crowd->now_ns)
		client->next_ns = crowd->now_ns;
}

/* The server has ended the connection. */
static void
lose(struct crowd *crowd, struct client *client)
{
	if (crowd->now_ns - client->connected_ns < REFUSED_MS * MS)
		atomic_fetch_add(&crowd->counts->refused, 1);
	else
		atomic_fetch_add(&crowd->counts->closed, 1);
	hang_up(crowd, client);
}

static int
open_socket(const struct crowd *crowd, const struct client *client)
{
	struct sockaddr_in from = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(client->from) };
	int one = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -1;
	setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof(one));
	if (bind(fd, (const struct sockaddr *)&from, sizeof(from)) == 0 &&
	    (connect(fd, (const struct sockaddr *)&crowd->to, sizeof(crowd->to)) == 0 ||
	        errno == EINPROGRESS))
		return fd;
	close(fd);
	return -1;
}

static void
come(struct crowd *crowd, struct client *client)
{
	struct epoll_event event = { .events = EPOLLRDHUP, .data.ptr = client };

	if (client->habit->take == 0)
		event.events |= EPOLLIN;
	client->connected_ns = crowd->now_ns;
	client->fd = open_socket(crowd, client);
	if (client->fd < 0 || epoll_ctl(crowd->epoll, EPOLL_CTL_ADD, client->fd, &event) != 0) {
		if (client->fd >= 0)
			close(client->fd);
		client->fd = -1;
		client->next_ns = crowd->now_ns + RECONNECT_MS * MS;
		atomic_fetch_add(&crowd->counts->refused, 1);
		return;
	}
	atomic_fetch_add(&crowd->counts->connects, 1);
	client->next_ns = crowd->now_ns;
}

/* Sends the rest of the last write first: lines stay whole. */
static void
write_some(struct crowd *crowd, struct client *client)
{
	const struct habit *habit = client->habit;
	const char *data = crowd->data[habit - habits] + client->offset;
	ssize_t sent =
	    send(client->fd, data, habit->size - client->offset, MSG_DONTWAIT | MSG_NOSIGNAL);

	client->next_ns = crowd->now_ns + habit->pause_ms * MS;
	if (sent < 0) {
		if (errno != EAGAIN && errno != EINTR && errno != ENOTCONN)
			lose(crowd, client);
		return;
	}
	if (!client->was_here) {
		client->was_here = true;
		atomic_fetch_add(&crowd->counts->present, 1);
	}
	atomic_fetch_add(&crowd->counts->bytes, (uint64_t)sent);
	client->offset = (client->offset + (size_t)sent) % habit->size;
	if (habit->hangs_up)
		hang_up(crowd, client);
}

/* Up to `most` bytes that the server has sent are read and forgotten. */
static void
read_some(struct crowd *crowd, struct client *client, size_t most)
{
	static char scratch[SCRATCH];
	ssize_t got = recv(client->fd, scratch, most, MSG_DONTWAIT);

	if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR && errno != ENOTCONN))
		lose(crowd, client);
}

static void
act_all(struct crowd *crowd)
{
	for (size_t i = 0; i < crowd->n; i++) {
		struct client *client = &crowd->clients[i];

		if (client->next_ns > crowd->now_ns)
			continue;
		if (client->fd < 0)
			come(crowd, client);
		if (client->fd >= 0)
			write_some(crowd, client);
		if (client->fd >= 0 && client->habit->take > 0)
			read_some(crowd, client, client->habit->take);
	}
}

static void
hear(struct crowd *crowd, const struct epoll_event *event)
{
	struct client *client = event->data.ptr;

	if (client->fd < 0)
		return;
	if ((event->events & (EPOLLERR | EPOLLHUP)) != 0 ||
	    (client->habit->take > 0 && (event->events & EPOLLRDHUP) != 0))
		lose(crowd, client);
	else
		read_some(crowd, client, SCRATCH);
}

void
attack_hostile(struct attack_hostile *counts, size_t clients, int port, uint32_t from,
    unsigned int addresses)
{
	static struct crowd crowd;
	struct epoll_event events[EVENTS];
	int64_t tick_ns = 0;

	crowd.counts = counts;
	crowd.n = clients;
	crowd.to = (struct sockaddr_in){ .sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	crowd.epoll = epoll_create1(EPOLL_CLOEXEC);
	if (crowd.epoll < 0)
		_exit(1);
	make_data(&crowd);
	make_clients(&crowd, from, addresses);
	while (!load_stopped()) {
		int n = epoll_wait(crowd.epoll, events, EVENTS, TICK_MS);

		crowd.now_ns = stat_now_ns();
		for (int i = 0; i < n; i++)
			hear(&crowd, &events[i]);
		if (crowd.now_ns >= tick_ns) {
			act_all(&crowd);
			tick_ns = crowd.now_ns + TICK_MS * MS;
		}
	}
	_exit(0);
}

int
attack_sink_listen(int *port)
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	socklen_t len = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd < 0 || bind(fd, (const struct sockaddr *)&address, len) != 0 ||
	    listen(fd, BACKLOG) != 0 || getsockname(fd, (struct sockaddr *)&address, &len) != 0)
		return -1;
	*port = ntohs(address.sin_port);
	return fd;
}

static void
accept_all(int epoll, int listener)
{
	for (;;) {
		struct epoll_event event = { .events = EPOLLIN };

		event.data.fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (event.data.fd < 0)
			return;
		epoll_ctl(epoll, EPOLL_CTL_ADD, event.data.fd, &event);
	}
}

void
attack_sink(int listener)
{
	static char scratch[SCRATCH];
	struct epoll_event events[EVENTS], first = { .events = EPOLLIN, .data.fd = listener };
	int epoll = epoll_create1(EPOLL_CLOEXEC);

	if (epoll < 0 || epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &first) != 0)
		_exit(1);
	while (!load_stopped()) {
		int n = epoll_wait(epoll, events, EVENTS, 100);

		for (int i = 0; i < n; i++) {
			if (events[i].data.fd == listener)
				accept_all(epoll, listener);
			else if (recv(events[i].data.fd, scratch, SCRATCH, MSG_DONTWAIT) <= 0 &&
			    errno != EAGAIN)
				close(events[i].data.fd);
		}
	}
	_exit(0);
}
