/*
 * bench_churn: connections that come, ask one thing and go, some of them at once.
 */
#include <sys/epoll.h>
#include <sys/socket.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "bench_load.h"

#define AT_ONCE_MAX 64
#define REPLY_END   "\r\n\r\n"
#define WAIT_MS     5000

struct visit {
	int fd; /* -1: none */
	int64_t begun_ns;
	unsigned int matched;
};

struct churn {
	int epoll;
	int port;
	const char *request;
	int64_t count_from_ns;
	int64_t count_to_ns;
	struct load_result *result;
	struct visit visits[AT_ONCE_MAX];
	unsigned int n_open;
};

static int
visit_begin(struct churn *churn, struct visit *visit)
{
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = visit };
	size_t len = strlen(churn->request);

	visit->begun_ns = stat_now_ns();
	visit->matched = 0;
	visit->fd = load_connect(churn->port);
	if (visit->fd < 0 ||
	    send(visit->fd, churn->request, len, MSG_NOSIGNAL | MSG_DONTWAIT) != (ssize_t)len ||
	    epoll_ctl(churn->epoll, EPOLL_CTL_ADD, visit->fd, &event) != 0) {
		fprintf(stderr, "cannot connect: %s\n", strerror(errno));
		return -1;
	}
	churn->n_open++;
	return 0;
}

static void
visit_end(struct churn *churn, struct visit *visit)
{
	int64_t now_ns;

	close(visit->fd);
	visit->fd = -1;
	churn->n_open--;
	now_ns = stat_now_ns();
	if (now_ns < churn->count_from_ns || now_ns >= churn->count_to_ns)
		return;
	churn->result->done++;
	stat_hist_add(&churn->result->hist, now_ns - visit->begun_ns);
}

/* 1 when the reply is complete, 0 when not yet, -1 when the connection is lost. */
static int
visit_read(struct visit *visit)
{
	char data[4096];
	ssize_t got = recv(visit->fd, data, sizeof(data), MSG_DONTWAIT);

	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (got <= 0) {
		fprintf(stderr, "a connection was lost\n");
		return -1;
	}
	for (ssize_t i = 0; i < got; i++) {
		if (data[i] == REPLY_END[visit->matched])
			visit->matched++;
		else
			visit->matched = data[i] == REPLY_END[0];
		if (visit->matched == sizeof(REPLY_END) - 1)
			return 1;
	}
	return 0;
}

static int
loop(struct churn *churn, unsigned int at_once)
{
	struct epoll_event events[AT_ONCE_MAX];

	for (unsigned int i = 0; i < at_once; i++)
		if (visit_begin(churn, &churn->visits[i]) != 0)
			return -1;
	while (churn->n_open > 0) {
		int n = epoll_wait(churn->epoll, events, AT_ONCE_MAX, WAIT_MS);

		if (n == 0 || load_stopped()) {
			fprintf(stderr, "%u replies stay out\n", churn->n_open);
			return -1;
		}
		for (int i = 0; i < n; i++) {
			struct visit *visit = events[i].data.ptr;
			int state = visit_read(visit);

			if (state > 0)
				visit_end(churn, visit);
			if (state < 0 ||
			    (state > 0 && stat_now_ns() < churn->count_to_ns &&
			        visit_begin(churn, visit) != 0))
				return -1;
		}
	}
	return 0;
}

int
load_churn(int port, const char *request, unsigned int at_once, double warm_s, double run_s,
    struct load_result *result)
{
	struct churn churn = { .port = port, .request = request, .result = result };
	int status;

	*result = (struct load_result){ .seconds = run_s };
	churn.epoll = epoll_create1(EPOLL_CLOEXEC);
	if (churn.epoll < 0 || at_once > AT_ONCE_MAX)
		return -1;
	for (unsigned int i = 0; i < AT_ONCE_MAX; i++)
		churn.visits[i].fd = -1;
	churn.count_from_ns = stat_now_ns() + (int64_t)(warm_s * 1e9);
	churn.count_to_ns = churn.count_from_ns + (int64_t)(run_s * 1e9);
	status = loop(&churn, at_once);
	for (unsigned int i = 0; i < AT_ONCE_MAX; i++)
		if (churn.visits[i].fd >= 0)
			close(churn.visits[i].fd);
	close(churn.epoll);
	return status;
}
