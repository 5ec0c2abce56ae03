/*
 * bench_tls: connections in TLS that come, ask one thing and go, one after the other. Each shakes
 * hands anew: no session is resumed.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "bench_run.h"
#include "net/stream.h"
#include "net/tls_lib.h"

#define REQUEST    "nonsense\r\n"
#define REPLY_END  "\r\n\r\n"
#define WAIT_MS    5000
#define ERROR_SIZE 512

/* False: the other side takes too long. */
static bool
wait_for(const struct stream *stream)
{
	struct pollfd ready = { .fd = stream_read_fd(stream),
		.events = stream_read_events(stream) };

	return errno == EAGAIN && poll(&ready, 1, WAIT_MS) > 0;
}

static bool
ask(struct stream *stream)
{
	char reply[4096] = "";
	size_t len = 0;

	while (stream_handshake(stream) != 0)
		if (!wait_for(stream))
			return false;
	if (stream_write_all(stream, REQUEST, strlen(REQUEST)) != 0)
		return false;
	while (strstr(reply, REPLY_END) == NULL) {
		ssize_t got = stream_read(stream, reply + len, sizeof(reply) - 1 - len);

		if (got == 0 || (got < 0 && !wait_for(stream)))
			return false;
		len += got > 0 ? (size_t)got : 0;
		reply[len] = '\0';
	}
	return true;
}

/* 0, or -1 with a sentence on standard error. */
static int
visit(int port, struct tls_config *config)
{
	int fd = load_connect(port);
	char error[ERROR_SIZE] = "no answer in TLS";
	struct stream stream;
	bool done;

	if (fd < 0) {
		fprintf(stderr, "cannot connect: %s\n", strerror(errno));
		return -1;
	}
	stream_init(&stream, fd, fd);
	done = stream_dial(&stream, config, error, sizeof(error)) == 0 && ask(&stream);
	stream_free(&stream);
	close(fd);
	if (!done)
		fprintf(stderr, "%s\n", error);
	return done ? 0 : -1;
}

static int
measure(const struct bench *bench, int port, struct tls_config *config, struct load_result *result)
{
	int64_t from_ns = stat_now_ns() + (int64_t)(bench->warm_s * 1e9);
	int64_t to_ns = from_ns + (int64_t)(bench->run_s * 1e9), now_ns = 0;

	*result = (struct load_result){ .seconds = bench->run_s };
	while (now_ns < to_ns && !load_stopped()) {
		int64_t begun_ns = stat_now_ns();

		if (visit(port, config) != 0)
			return -1;
		now_ns = stat_now_ns();
		if (now_ns < from_ns || now_ns >= to_ns)
			continue;
		result->done++;
		stat_hist_add(&result->hist, now_ns - begun_ns);
	}
	return load_stopped() ? -1 : 0;
}

int
tls_connect_one(struct bench *bench, const struct bench_row *row, struct stat_sample *sample)
{
	char error[ERROR_SIZE];
	const struct tls_lib *lib = tls_lib(error, sizeof(error));
	struct tls_config *config = lib == NULL ? NULL : lib->tls_config_new();
	struct server *server = bench_server(bench, row->fixture);
	struct load_result result;
	int status = -1;

	if (config == NULL)
		return -1;
	lib->tls_config_insecure_noverifycert(config);
	lib->tls_config_insecure_noverifyname(config);
	if (server != NULL)
		status = measure(bench, server->second_port, config, &result);
	lib->tls_config_free(config);
	return status == 0 ? bench_sample(row, &result, sample) : -1;
}
