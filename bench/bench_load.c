/*
 * bench_load: many clients in this one process: a closed loop over epoll. Connections that come
 * and go are in bench_churn.c, the framing of a WebSocket in bench_web.c.
 */
#include "bench_load.h"

#include <sys/epoll.h>
#include <sys/socket.h>

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench_fill.h"
#include "bench_web.h"

#define EVENTS        256
#define READ_SIZE     65536
#define LOGIN_AT_ONCE 128
#define SILENCE_NS    (20 * INT64_C(1000000000)) /* without any reply, something is broken */
#define REPLY_END     "\r\n\r\n"
#define LINE_END_LEN  2
#define OK_HEAD       "{\"status\":\"OK\""
#define SECONDS_TO_NS 1e9
#define LATE_NS       (2 * INT64_C(1000000000)) /* after its end a lossy plan waits no longer */

struct load_client {
	int fd;
	unsigned int matched; /* bytes of reply_end */
	bool web;
	struct web_reader reader;
	unsigned int head_len;
	unsigned int in_flight;
	unsigned int oldest; /* index in sent_ns */
	uint64_t turn;
	int64_t sent_ns[LOAD_WINDOW];
	char head[LOAD_HEAD];
};

struct run {
	struct load *load;
	const struct load_plan *plan;
	struct load_result *result;
	int epoll;
	unsigned int window;
	const char *ok_head;
	const char *reply_end;
	int64_t count_from_ns;
	int64_t count_to_ns; /* no request is sent after that */
	int64_t now_ns;
	uint64_t in_flight;
};

static volatile sig_atomic_t stopped;

static void
on_signal(int number)
{
	(void)number;
	stopped = 1;
}

bool
load_stopped(void)
{
	return stopped != 0;
}

void
load_stop_on_signals(void)
{
	struct sigaction action = { .sa_handler = on_signal };

	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	action.sa_handler = SIG_IGN;
	sigaction(SIGPIPE, &action, NULL);
}

int
load_connect_from(uint32_t from, int port)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
	struct sockaddr_in own = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(from) };
	int one = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -1;
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	if ((from == 0 || bind(fd, (const struct sockaddr *)&own, sizeof(own)) == 0) &&
	    connect(fd, (const struct sockaddr *)&address, sizeof(address)) == 0)
		return fd;
	int saved = errno;
	close(fd);
	errno = saved;
	return -1;
}

int
load_connect(int port)
{
	return load_connect_from(0, port);
}

int
load_open(struct load *load, int port, size_t n)
{
	if (load->n_clients + n > load->size) {
		size_t size = load->n_clients + n;
		struct load_client *bigger = realloc(load->clients, size * sizeof(*bigger));

		if (bigger == NULL)
			return -1;
		load->clients = bigger;
		load->size = size;
	}
	for (size_t i = 0; i < n && !stopped; i++) {
		struct load_client *client = &load->clients[load->n_clients];

		uint32_t from = load->from == 0 ? 0 : load->from + (uint32_t)load->n_clients;

		*client =
		    (struct load_client){ .fd = load_connect_from(from, port), .web = load->web };
		if (client->fd < 0) {
			fprintf(stderr, "cannot connect client %zu: %s\n", load->n_clients,
			    strerror(errno));
			return -1;
		}
		load->n_clients++;
		if (load->web && web_upgrade(client->fd, port) != 0)
			return -1;
	}
	return stopped ? -1 : 0;
}

void
load_close(struct load *load)
{
	for (size_t i = 0; i < load->n_clients; i++)
		if (load->clients[i].fd >= 0)
			close(load->clients[i].fd);
	free(load->clients);
	*load = (struct load){ 0 };
}

int
load_fd(const struct load *load, size_t client)
{
	return load->clients[client].fd;
}

static bool
may_send(const struct run *run, const struct load_client *client)
{
	if (run->plan->requests_each != 0)
		return client->turn < run->plan->requests_each;
	return run->now_ns < run->count_to_ns && !stopped;
}

/* Writes the client's next request as it goes over the wire; its length. */
static size_t
write_request(const struct run *run, const struct load_client *client, size_t number, char *out)
{
	char line[LOAD_REQUEST];

	if (!client->web)
		return run->plan->request(run->plan->arg, number, client->turn, out);
	size_t len = run->plan->request(run->plan->arg, number, client->turn, line);
	return web_message(out, line, len - LINE_END_LEN);
}

/* Fills the client's window, in one packet. */
static int
send_some(struct run *run, struct load_client *client)
{
	char out[LOAD_WINDOW * (LOAD_REQUEST + WEB_HEAD)];
	size_t len = 0, number = (size_t)(client - run->load->clients);

	while (client->in_flight < run->window && may_send(run, client)) {
		len += write_request(run, client, number, out + len);
		client->sent_ns[(client->oldest + client->in_flight) % LOAD_WINDOW] = run->now_ns;
		client->turn++;
		client->in_flight++;
		run->in_flight++;
	}
	if (len == 0)
		return 0;
	/* What is in flight always fits into a socket's buffer. */
	if (send(client->fd, out, len, MSG_NOSIGNAL | MSG_DONTWAIT) == (ssize_t)len)
		return 0;
	fprintf(stderr, "client %zu cannot send: %s\n", number, strerror(errno));
	return -1;
}

static void
reply_ended(struct run *run, struct load_client *client)
{
	struct load_result *result = run->result;
	int64_t sent_ns = client->sent_ns[client->oldest];

	client->oldest = (client->oldest + 1) % LOAD_WINDOW;
	client->in_flight--;
	run->in_flight--;
	result->replies++;
	if (client->head_len < strlen(run->ok_head) ||
	    memcmp(client->head, run->ok_head, strlen(run->ok_head)) != 0) {
		if (result->failed++ == 0) {
			memcpy(result->failure, client->head, client->head_len);
			result->failure[strcspn(result->failure, "\r")] = '\0';
		}
	}
	client->head_len = 0;
	if (run->now_ns < run->count_from_ns || run->now_ns >= run->count_to_ns)
		return;
	result->done++;
	stat_hist_add(&result->hist, run->now_ns - sent_ns);
}

static void
take_bytes(struct run *run, struct load_client *client, const char *data, size_t len)
{
	for (size_t i = 0; i < len && client->in_flight > 0; i++) {
		if (client->head_len < LOAD_HEAD)
			client->head[client->head_len++] = data[i];
		if (data[i] == run->reply_end[client->matched])
			client->matched++;
		else
			client->matched = data[i] == run->reply_end[0];
		if (run->reply_end[client->matched] == '\0') {
			client->matched = 0;
			reply_ended(run, client);
		}
	}
}

static void
take_messages(struct run *run, struct load_client *client, const char *data, size_t len)
{
	struct web_piece piece;

	for (size_t used = 0; used < len;) {
		used += web_read(&client->reader, data + used, len - used, &piece);
		size_t room = LOAD_HEAD - client->head_len;
		size_t kept = piece.len < room ? piece.len : room;

		if (client->in_flight == 0)
			continue;
		memcpy(client->head + client->head_len, piece.text, kept);
		client->head_len += (unsigned int)kept;
		if (piece.last)
			reply_ended(run, client);
	}
}

/* The client takes no further part; its requests count with the time that they have waited. */
static void
lose_client(struct run *run, struct load_client *client)
{
	while (client->in_flight > 0) {
		stat_hist_add(&run->result->hist, run->now_ns - client->sent_ns[client->oldest]);
		client->oldest = (client->oldest + 1) % LOAD_WINDOW;
		client->in_flight--;
		run->in_flight--;
		run->result->lost++;
	}
	close(client->fd);
	client->fd = -1;
}

static int
serve_client(struct run *run, struct load_client *client)
{
	static char data[READ_SIZE];
	ssize_t got = recv(client->fd, data, sizeof(data), MSG_DONTWAIT);

	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (got <= 0) {
		fprintf(stderr, "client %zu lost its connection: %s\n",
		    (size_t)(client - run->load->clients), got == 0 ? "closed" : strerror(errno));
		return -1;
	}
	if (client->web)
		take_messages(run, client, data, (size_t)got);
	else
		take_bytes(run, client, data, (size_t)got);
	return send_some(run, client);
}

static int
serve_or_lose(struct run *run, struct load_client *client)
{
	if (client->fd < 0 || serve_client(run, client) == 0)
		return 0;
	if (!run->plan->lossy)
		return -1;
	lose_client(run, client);
	return 0;
}

static void
lose_late(struct run *run)
{
	for (size_t i = run->plan->first; i < run->plan->first + run->plan->count; i++)
		if (run->load->clients[i].in_flight > 0)
			lose_client(run, &run->load->clients[i]);
}

static int
watch_all(struct run *run)
{
	for (size_t i = run->plan->first; i < run->plan->first + run->plan->count; i++) {
		struct epoll_event event = { .events = EPOLLIN,
			.data.ptr = &run->load->clients[i] };

		if (epoll_ctl(run->epoll, EPOLL_CTL_ADD, run->load->clients[i].fd, &event) != 0)
			return -1;
		run->load->clients[i].turn = 0;
	}
	return 0;
}

static int
loop(struct run *run)
{
	struct epoll_event events[EVENTS];
	int64_t heard_ns = run->now_ns;

	for (size_t i = run->plan->first; i < run->plan->first + run->plan->count; i++)
		if (send_some(run, &run->load->clients[i]) != 0) {
			if (!run->plan->lossy)
				return -1;
			lose_client(run, &run->load->clients[i]);
		}
	while (run->in_flight > 0 && !stopped) {
		int n = epoll_wait(run->epoll, events, EVENTS, 100);

		run->now_ns = stat_now_ns();
		if (n > 0)
			heard_ns = run->now_ns;
		if (run->plan->lossy && run->now_ns > run->count_to_ns + LATE_NS)
			lose_late(run);
		else if (!run->plan->lossy && run->now_ns - heard_ns > SILENCE_NS) {
			fprintf(stderr, "%llu replies stay out\n",
			    (unsigned long long)run->in_flight);
			return -1;
		}
		for (int i = 0; i < n; i++)
			if (serve_or_lose(run, events[i].data.ptr) != 0)
				return -1;
	}
	return stopped ? -1 : 0;
}

int
load_run(struct load *load, const struct load_plan *plan, struct load_result *result)
{
	struct run run = { .load = load, .plan = plan, .result = result };
	int status;

	*result = (struct load_result){ 0 };
	run.window = plan->window == 0 ? 1 : plan->window;
	run.ok_head = plan->ok_head != NULL ? plan->ok_head : OK_HEAD;
	run.reply_end = plan->reply_end != NULL ? plan->reply_end : REPLY_END;
	run.epoll = epoll_create1(EPOLL_CLOEXEC);
	if (run.epoll < 0)
		return -1;
	status = watch_all(&run);
	run.now_ns = stat_now_ns();
	run.count_from_ns = run.now_ns + (int64_t)(plan->warm_s * SECONDS_TO_NS);
	run.count_to_ns = run.count_from_ns + (int64_t)(plan->run_s * SECONDS_TO_NS);
	if (plan->requests_each != 0)
		run.count_to_ns = INT64_MAX;
	if (status == 0)
		status = loop(&run);
	result->seconds = plan->requests_each != 0
	    ? (double)(run.now_ns - run.count_from_ns) / SECONDS_TO_NS
	    : plan->run_s;
	close(run.epoll);
	return status;
}

struct login {
	unsigned int first_user;
	unsigned int users;
};

static size_t
login_request(void *arg, size_t client, uint64_t turn, char *out)
{
	const struct login *login = arg;
	unsigned int user = login->first_user + (unsigned int)(client % login->users);

	(void)turn;
	return (
	    size_t)snprintf(out, LOAD_REQUEST, "auth " FILL_NAME " " FILL_PASSWORD "\r\n", user);
}

int
load_login(struct load *load, int port, size_t n, unsigned int first_user, unsigned int users)
{
	struct login login = { .first_user = first_user, .users = users };
	struct load_result result;

	while (load->n_clients < n) {
		struct load_plan plan = { .request = login_request,
			.arg = &login,
			.first = load->n_clients,
			.requests_each = 1 };

		plan.count = n - load->n_clients;
		if (plan.count > LOGIN_AT_ONCE)
			plan.count = LOGIN_AT_ONCE;
		if (load_open(load, port, plan.count) != 0 || load_run(load, &plan, &result) != 0)
			return -1;
		if (result.failed > 0) {
			fprintf(stderr, "a login failed: %s\n", result.failure);
			return -1;
		}
	}
	return 0;
}
