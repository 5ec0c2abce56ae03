/*
 * tls_relay: for tests: a process that speaks TLS on one side and hands on the plain bytes of
 * those who speak on the other.
 */
#include "tls_relay.h"

#include <sys/socket.h>

#include <bsd/unistd.h>
#include <check.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <tls.h>
#include <unistd.h>

#include "net/stream.h"

#define PIECE    16384
#define PLAIN_FD 3
#define SAFE_FD  4

/* One direction. */
struct half {
	struct stream *from;
	struct stream *to;
	char data[PIECE];
	size_t start; /* not written yet: from here */
	size_t end;   /* to here */
	bool over;    /* nothing will come any more */
};

/* Moves what can be moved. False when the connection is of no more use. */
static bool
move_bytes(struct half *half)
{
	ssize_t n;

	if (half->start == half->end && !half->over) {
		n = stream_read(half->from, half->data, PIECE);
		if (n < 0)
			return errno == EAGAIN;
		half->over = n == 0;
		half->start = 0;
		half->end = (size_t)n;
	}
	while (half->start < half->end) {
		n = stream_write(half->to, half->data + half->start, half->end - half->start);
		if (n < 0)
			return errno == EAGAIN;
		half->start += (size_t)n;
	}
	return true;
}

/* A half waits to read, or to write the bytes that it has read. */
static void
await(const struct half *half, struct pollfd *pfd)
{
	bool full = half->start < half->end;

	pfd->fd = full ? half->to->out_fd : stream_read_fd(half->from);
	pfd->events = full ? stream_write_events(half->to) : stream_read_events(half->from);
	if (half->over && !full)
		pfd->fd = -1;
}

static void __attribute__((noreturn)) relay(struct tls_config *config)
{
	static struct stream plain, safe;
	static struct half up = { .from = &plain, .to = &safe },
	                   down = { .from = &safe, .to = &plain };
	bool said_goodbye = false;
	char error[512];

	stream_init(&plain, PLAIN_FD, PLAIN_FD);
	stream_init(&safe, SAFE_FD, SAFE_FD);
	if (stream_dial(&safe, config, error, sizeof(error)) != 0)
		_exit(1);
	while (move_bytes(&up) && move_bytes(&down) && !down.over) {
		struct pollfd polls[2];

		if (up.over && up.start == up.end && !said_goodbye) {
			tls_close(safe.tls);
			said_goodbye = true;
		}
		await(&up, &polls[0]);
		await(&down, &polls[1]);
		if (!stream_pending(&safe))
			poll(polls, 2, -1);
	}
	/* With a goodbye on the one side as on the other, unless something broke. */
	if (!said_goodbye)
		stream_free(&safe);
	_exit(0);
}

int
tls_relay(int fd, struct tls_config *config)
{
	int pair[2];
	pid_t pid;

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		/* Both away from where they shall be, then there; nothing else stays open. */
		int plain = dup(pair[1]), safe = dup(fd);

		while (plain <= SAFE_FD)
			plain = dup(plain);
		while (safe <= SAFE_FD)
			safe = dup(safe);
		dup2(plain, PLAIN_FD);
		dup2(safe, SAFE_FD);
		closefrom(SAFE_FD + 1);
		signal(SIGPIPE, SIG_IGN);
		relay(config);
	}
	close(pair[1]);
	close(fd);
	return pair[0];
}
