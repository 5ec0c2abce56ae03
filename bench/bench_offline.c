/*
 * bench_offline: messages to users who are offline: what all servers share, and kabar's clients.
 */
#include "bench_offline.h"

#include <sys/socket.h>
#include <sys/time.h>

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "bench_fill.h"

#define SILENCE_S 20
#define MESSAGE   "\"msg\":"

void
offline_look(struct needle *needle, const char *data, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (data[i] == needle->text[needle->matched])
			needle->matched++;
		else
			needle->matched = data[i] == needle->text[0];
		if (needle->text[needle->matched] == '\0') {
			needle->matched = 0;
			needle->found++;
		}
	}
}

int
offline_ask(int fd, const char *request, const char *end, struct needle *other)
{
	struct timeval patience = { .tv_sec = SILENCE_S };
	struct needle last = { .text = end };
	char data[65536];

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	if (send(fd, request, strlen(request), MSG_NOSIGNAL) != (ssize_t)strlen(request)) {
		perror("a client cannot send");
		return -1;
	}
	while (last.found == 0) {
		ssize_t got = recv(fd, data, sizeof(data) - 1, 0);

		if (got < 0 && errno == EINTR && !load_stopped())
			continue;
		if (got <= 0) {
			fprintf(stderr, "no answer with %s to %.60s\n", end, request);
			return -1;
		}
		offline_look(&last, data, (size_t)got);
		if (other != NULL)
			offline_look(other, data, (size_t)got);
	}
	return 0;
}

/* Client i begins elsewhere than the others, and goes through all who are offline in turn. */
static size_t
kabar_request(void *arg, size_t client, uint64_t turn, char *out)
{
	(void)arg;
	return (size_t)snprintf(out, LOAD_REQUEST, "send " FILL_NAME " %s\r\n",
	    OFFLINE_FIRST + (unsigned int)((client + turn) % OFFLINE_COUNT), fill_text());
}

static int
open_kabar(struct offline *offline)
{
	return load_login(&offline->load, offline->port, offline->row->n, 0, offline->row->n);
}

/* Reads an inbox until it is empty. */
static int
count_inbox(int port, unsigned int account, uint64_t *stored)
{
	struct needle messages = { .text = MESSAGE };
	char request[LOAD_REQUEST];
	uint64_t before;
	int fd = load_connect(port), status;

	if (fd < 0)
		return -1;
	snprintf(request, sizeof(request), "auth " FILL_NAME " " FILL_PASSWORD "\r\n", account);
	status = offline_ask(fd, request, "\r\n\r\n", NULL);
	do {
		before = messages.found;
		if (status == 0)
			status = offline_ask(fd, "inbox \r\n", "\r\n\r\n", &messages);
	} while (status == 0 && messages.found > before);
	close(fd);
	*stored += messages.found;
	return status;
}

static int
count_kabar(struct offline *offline, uint64_t expected, uint64_t *stored)
{
	int status = 0;

	(void)expected;
	for (unsigned int i = 0; i < OFFLINE_COUNT && status == 0; i++)
		status = count_inbox(offline->port, OFFLINE_FIRST + i, stored);
	return status;
}

int
offline_kabar(struct bench *bench, const struct bench_row *row, struct offline *offline)
{
	struct server *server = bench_server(bench, row->fixture);

	if (server == NULL)
		return -1;
	*offline = (struct offline){ .row = row,
		.server = server,
		.port = server->port,
		.plan = { .request = kabar_request, .count = row->n },
		.open = open_kabar,
		.count = count_kabar };
	return 0;
}

int
offline_verify(struct offline *offline, uint64_t acknowledged)
{
	uint64_t stored = 0;
	int status;

	load_close(&offline->load);
	status = offline->count(offline, acknowledged, &stored);
	if (status == 0 && stored == acknowledged)
		return 0;
	fprintf(stderr, "%s: %" PRIu64 " messages were acknowledged, %" PRIu64 " are stored\n",
	    offline->row->name, acknowledged, stored);
	return -1;
}

static int
send_all(struct bench *bench, struct offline *offline, struct stat_sample *sample)
{
	struct load_result result;
	int status = -1;

	offline->plan.warm_s = bench->warm_s;
	offline->plan.run_s = bench->run_s;
	if (offline->open(offline) == 0 && load_run(&offline->load, &offline->plan, &result) == 0 &&
	    bench_sample(offline->row, &result, sample) == 0)
		status = offline_verify(offline, result.replies);
	load_close(&offline->load);
	return status;
}

int
offline_send_kabar(struct bench *bench, const struct bench_row *row, struct stat_sample *sample)
{
	struct offline offline;
	int status = offline_kabar(bench, row, &offline);

	return status == 0 ? send_all(bench, &offline, sample) : status;
}

int
offline_send_xmpp(struct bench *bench, const struct bench_row *row, struct stat_sample *sample)
{
	struct offline offline;
	int status = offline_xmpp(bench, row, &offline);

	return status == 0 ? send_all(bench, &offline, sample) : status;
}
