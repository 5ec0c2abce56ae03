/*
 * bench_push: rows of followers: how soon one has a message, and how soon all members of a group
 * have it. What followers cost that get nothing is in bench_idle.c.
 */
#include <sys/epoll.h>
#include <sys/socket.h>

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "bench_fill.h"
#include "bench_run.h"

#define READ_SIZE     4096
#define EVENTS        256
#define WAIT_MS       10000 /* without an event for so long, something is broken */
#define QUIET_MS      200
#define QUIET_TRIES   100
#define QUIET_NS      1e6 /* less CPU time than that in QUIET_MS is quiet */
#define FANOUTS       7
#define FANOUTS_QUICK 3
#define AT_ONCE       128
#define END           "\r\n\r\n"
#define OK_HEAD       "{\"status\":\"OK\""
#define EVENT_HEAD    OK_HEAD ",\"event\":\"message\""

static size_t
follow_request(void *arg, size_t client, uint64_t turn, char *out)
{
	(void)arg;
	(void)client;
	(void)turn;
	return (size_t)snprintf(out, LOAD_REQUEST, "follow\r\n");
}

/* Reads away whatever has come. */
static void
discard_input(const struct load *load)
{
	char data[READ_SIZE];

	for (size_t i = 0; i < load->n_clients; i++)
		while (recv(load_fd(load, i), data, sizeof(data), MSG_DONTWAIT) > 0)
			;
}

/* Waits until the server has nothing to do: cursors move after the events were read. */
static void
await_idle_server(const struct server *server, const struct load *load)
{
	double last = idle_cpu_ns(server);

	for (int i = 0; i < QUIET_TRIES && !load_stopped(); i++) {
		stat_pause_ms(QUIET_MS);
		double now = idle_cpu_ns(server);

		if (now - last < QUIET_NS)
			break;
		last = now;
	}
	discard_input(load);
}

int
push_followers(struct load *load, const struct server *server, unsigned int followers,
    unsigned int others)
{
	struct load_result result;
	struct load_plan plan = { .request = follow_request, .requests_each = 1 };
	unsigned int all = followers + others;

	if (load_login(load, server->port, all, 0, all) != 0)
		return -1;
	for (plan.first = 0; plan.first < followers; plan.first += plan.count) {
		plan.count = followers - plan.first < AT_ONCE ? followers - plan.first : AT_ONCE;
		if (load_run(load, &plan, &result) != 0)
			return -1;
		if (result.failed > 0) {
			fprintf(stderr, "one cannot follow: %s\n", result.failure);
			return -1;
		}
	}
	await_idle_server(server, load);
	return load_stopped() ? -1 : 0;
}

/* Reads one whole reply that begins with head. 1; 0: nothing has come; -1: it is another. */
static int
take_reply(int fd, const char *head)
{
	char data[READ_SIZE + 1];
	ssize_t got = recv(fd, data, READ_SIZE, MSG_DONTWAIT);

	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (got <= 0) {
		fprintf(stderr, "a connection was lost\n");
		return -1;
	}
	data[got] = '\0';
	/* Replies are one packet each over the loopback, and far smaller than a buffer. */
	const char *end = strstr(data, END);
	if (strncmp(data, head, strlen(head)) == 0 && end != NULL && end[strlen(END)] == '\0')
		return 1;
	fprintf(stderr, "not one %s: %.200s\n", head, data);
	return -1;
}

static int
send_line(int fd, const char *line)
{
	size_t len = strlen(line);

	if (send(fd, line, len, MSG_NOSIGNAL) == (ssize_t)len)
		return 0;
	perror("the sender cannot send");
	return -1;
}

/* One message: when it was sent, answered, and read by its follower. 0 or -1. */
static int
send_one(const struct load *load, size_t sender, size_t follower, int64_t times_ns[3])
{
	char line[LOAD_REQUEST];
	struct pollfd polls[2] = { { .fd = load_fd(load, sender), .events = POLLIN },
		{ .fd = load_fd(load, follower), .events = POLLIN } };
	static const char *const heads[2] = { OK_HEAD, EVENT_HEAD };

	snprintf(line, sizeof(line), "send " FILL_NAME " %s\r\n", (unsigned int)follower,
	    fill_text());
	times_ns[0] = stat_now_ns();
	if (send_line(polls[0].fd, line) != 0)
		return -1;
	while (polls[0].fd >= 0 || polls[1].fd >= 0) {
		if (poll(polls, 2, WAIT_MS) <= 0) {
			fprintf(stderr, "no %s\n", polls[1].fd >= 0 ? "event" : "reply");
			return -1;
		}
		int64_t now_ns = stat_now_ns();
		for (int i = 0; i < 2; i++) {
			int took = polls[i].fd >= 0 && polls[i].revents != 0
			    ? take_reply(polls[i].fd, heads[i])
			    : 0;

			if (took < 0)
				return -1;
			if (took == 0)
				continue;
			times_ns[i + 1] = now_ns;
			polls[i].fd = -1; /* which poll() passes over */
		}
	}
	return 0;
}

static int
send_to_all(struct bench *bench, const struct load *load, size_t followers,
    struct stat_hist hists[2])
{
	int64_t start_ns = stat_now_ns(), times_ns[3];
	int64_t from_ns = start_ns + (int64_t)(bench->warm_s * 1e9);
	int64_t to_ns = from_ns + (int64_t)(bench->run_s * 1e9);

	for (size_t turn = 0; stat_now_ns() < to_ns; turn++) {
		if (load_stopped() || send_one(load, followers, turn % followers, times_ns) != 0)
			return -1;
		if (times_ns[0] < from_ns)
			continue;
		stat_hist_add(&hists[0], times_ns[2] - times_ns[1]);
		stat_hist_add(&hists[1], times_ns[2] - times_ns[0]);
	}
	return hists[0].count > 0 ? 0 : -1;
}

static struct stat_sample
sample_of(const struct stat_hist *hist)
{
	return (struct stat_sample){ .value = stat_hist_us(hist, 0.99) / 1000,
		.p50_us = stat_hist_us(hist, 0.5),
		.p99_us = stat_hist_us(hist, 0.99) };
}

/* One sender, n followers of whom it writes to one after another. From the reply on. */
int
push_latency(struct bench *bench, const struct bench_row *row, struct stat_sample *sample)
{
	static struct stat_hist hists[2];
	struct server *server = bench_server(bench, row->fixture);
	struct load load = { 0 };
	int status = -1;

	stat_hist_clear(&hists[0]);
	stat_hist_clear(&hists[1]);
	if (server != NULL && push_followers(&load, server, row->n, 1) == 0)
		status = send_to_all(bench, &load, row->n, hists);
	if (status == 0) {
		*sample = sample_of(&hists[0]);
		bench->push_sent = sample_of(&hists[1]);
	}
	load_close(&load);
	return status;
}

/* The same from sending on; measured by the row that it is read beside, which comes before it. */
int
push_latency_sent(struct bench *bench, const struct bench_row *row, struct stat_sample *sample)
{
	(void)row;
	*sample = bench->push_sent;
	return sample->value > 0 ? 0 : -1;
}

struct fanout {
	const struct load *load;
	size_t followers; /* the client after them sends */
	int epoll;
	size_t missing; /* the reply or events */
	int64_t sent_ns;
	int64_t reply_ns;
	int64_t *event_ns; /* of each follower */
};

static int
watch_all(struct fanout *fanout)
{
	fanout->epoll = epoll_create1(EPOLL_CLOEXEC);
	for (size_t i = 0; fanout->epoll >= 0 && i <= fanout->followers; i++) {
		struct epoll_event event = { .events = EPOLLIN, .data.u64 = i };

		if (epoll_ctl(fanout->epoll, EPOLL_CTL_ADD, load_fd(fanout->load, i), &event) != 0)
			return -1;
	}
	return fanout->epoll < 0 ? -1 : 0;
}

static int
read_fanout(struct fanout *fanout, size_t client)
{
	bool reply = client == fanout->followers;
	int took = take_reply(load_fd(fanout->load, client), reply ? OK_HEAD : EVENT_HEAD);

	if (took <= 0)
		return took;
	if (reply)
		fanout->reply_ns = stat_now_ns();
	else
		fanout->event_ns[client] = stat_now_ns();
	fanout->missing--;
	return 0;
}

/* One message to the group, until all have it. 0 or -1. */
static int
fan_out(struct fanout *fanout)
{
	struct epoll_event events[EVENTS];
	char line[LOAD_REQUEST];

	snprintf(line, sizeof(line), "sendgroup " FILL_GROUP " %s\r\n", PUSH_GROUP, fill_text());
	fanout->missing = fanout->followers + 1;
	fanout->sent_ns = stat_now_ns();
	if (send_line(load_fd(fanout->load, fanout->followers), line) != 0)
		return -1;
	while (fanout->missing > 0) {
		int n = epoll_wait(fanout->epoll, events, EVENTS, WAIT_MS);

		if (n <= 0) {
			fprintf(stderr, "%zu have no event\n", fanout->missing);
			return -1;
		}
		for (int i = 0; i < n; i++)
			if (read_fanout(fanout, events[i].data.u64) != 0)
				return -1;
	}
	return 0;
}

/* When the last had it, in ms after the reply or the sending. */
static double
last_ms(const struct fanout *fanout, int64_t from_ns, struct stat_hist *hist)
{
	int64_t last_ns = 0;

	for (size_t i = 0; i < fanout->followers; i++) {
		int64_t ns = fanout->event_ns[i] - from_ns;

		stat_hist_add(hist, ns);
		last_ns = ns > last_ns ? ns : last_ns;
	}
	return (double)last_ns / 1e6;
}

static struct stat_sample
fanout_sample(const struct stat_sample *samples, size_t n, const struct stat_hist *hist)
{
	return (struct stat_sample){ .value = stat_median(samples, n).value,
		.p50_us = stat_hist_us(hist, 0.5),
		.p99_us = stat_hist_us(hist, 0.99) };
}

static int
fan_outs(struct bench *bench, const struct server *server, struct fanout *fanout,
    struct stat_sample *sample)
{
	static struct stat_hist hists[2];
	struct stat_sample samples[2][FANOUTS] = { 0 };
	size_t n = bench->quick ? FANOUTS_QUICK : FANOUTS;

	stat_hist_clear(&hists[0]);
	stat_hist_clear(&hists[1]);
	if (watch_all(fanout) != 0)
		return -1;
	for (size_t i = 0; i < n; i++) {
		if (load_stopped() || fan_out(fanout) != 0)
			return -1;
		samples[0][i].value = last_ms(fanout, fanout->reply_ns, &hists[0]);
		samples[1][i].value = last_ms(fanout, fanout->sent_ns, &hists[1]);
		await_idle_server(server, fanout->load);
	}
	*sample = fanout_sample(samples[0], n, &hists[0]);
	bench->push_fanout_sent = fanout_sample(samples[1], n, &hists[1]);
	return 0;
}

/* A group of n followers and a sender. */
int
push_fanout(struct bench *bench, const struct bench_row *row, struct stat_sample *sample)
{
	static int64_t event_ns[PUSH_GROUP];
	struct server *server = bench_server(bench, row->fixture);
	struct load load = { 0 };
	struct fanout fanout = { .load = &load,
		.followers = PUSH_GROUP - 1,
		.epoll = -1,
		.event_ns = event_ns };
	int status = -1;

	if (server != NULL && push_followers(&load, server, PUSH_GROUP - 1, 1) == 0)
		status = fan_outs(bench, server, &fanout, sample);
	if (fanout.epoll >= 0)
		close(fanout.epoll);
	load_close(&load);
	return status;
}

/* The same from sending on; as push_latency_sent. */
int
push_fanout_sent(struct bench *bench, const struct bench_row *row, struct stat_sample *sample)
{
	(void)row;
	*sample = bench->push_fanout_sent;
	return sample->value > 0 ? 0 : -1;
}
