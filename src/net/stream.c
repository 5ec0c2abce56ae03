/* stream: beneath it descriptors, or libtls with callbacks that read and write the descriptors. */
#include "net/stream.h"

#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "net/tls_lib.h"

static void
set_nonblocking(int fd)
{
	int flags = fcntl(fd, F_GETFL);

	if (flags >= 0 && !(flags & O_NONBLOCK))
		(void)fcntl(fd, F_SETFL, flags | O_NONBLOCK);
}

static bool
is_socket(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && S_ISSOCK(st.st_mode);
}

void
stream_init(struct stream *s, int in_fd, int out_fd)
{
	*s = (struct stream){ .in_fd = in_fd,
		.out_fd = out_fd,
		.read_wait = POLLIN,
		.write_wait = POLLOUT,
		.out_is_socket = is_socket(out_fd),
		.patience = { .timeout_ms = -1 } };
	set_nonblocking(in_fd);
	set_nonblocking(out_fd);
}

static ssize_t
write_plain(struct stream *s, const void *data, size_t len)
{
	ssize_t n = s->out_is_socket ? send(s->out_fd, data, len, MSG_NOSIGNAL)
	                             : write(s->out_fd, data, len);

	if (n > 0)
		s->written += (uint64_t)n;
	return n;
}

/*
 * Beneath TLS. libtls has its own way to a descriptor, but that knows neither errors nor the end.
 */

/* Notes errno, and returns what libtls is told of it. */
static ssize_t
note_failure(struct stream *s, ssize_t want)
{
	if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)
		return want;
	if (s->lost == 0)
		s->lost = errno; /* the first is the cause */
	return -1;
}

static ssize_t
read_beneath(struct tls *tls, void *data, size_t len, void *stream)
{
	struct stream *s = stream;
	ssize_t n = read(s->in_fd, data, len);

	(void)tls;
	s->ended = n == 0;
	for (ssize_t i = 0; i < n && s->n_first < sizeof(s->first); i++)
		s->first[s->n_first++] = ((const char *)data)[i];
	return n < 0 ? note_failure(s, TLS_WANT_POLLIN) : n;
}

static ssize_t
write_beneath(struct tls *tls, const void *data, size_t len, void *stream)
{
	struct stream *s = stream;
	ssize_t n;

	(void)tls;
	/*
	 * TLS would complain to a side that hung up without a goodbye, and a reset would answer it:
	 * then it could not be told any more whether everything before had arrived.
	 */
	if (s->ended)
		return (ssize_t)len;
	n = write_plain(s, data, len);
	return n < 0 ? note_failure(s, TLS_WANT_POLLOUT) : n;
}

/* Gives the context back, with a sentence on what failed. */
static int
drop_context(struct stream *s, struct tls *tls, const char *reason, char *error, size_t size)
{
	snprintf(error, size, "%s", reason == NULL ? "out of memory" : reason);
	s->lib->tls_free(tls);
	return -1;
}

int
stream_dial(struct stream *s, struct tls_config *config, char *error, size_t size)
{
	const struct tls_lib *lib = s->lib = tls_lib(error, size);
	struct tls *tls;

	if (lib == NULL)
		return -1;
	tls = lib->tls_client();
	if (tls == NULL)
		return drop_context(s, tls, NULL, error, size);
	if (lib->tls_configure(tls, config) != 0 ||
	    lib->tls_connect_cbs(tls, read_beneath, write_beneath, s, NULL) != 0)
		return drop_context(s, tls, lib->tls_error(tls), error, size);
	s->tls = tls;
	return 0;
}

int
stream_accept(struct stream *s, struct tls *server, char *error, size_t size)
{
	struct tls *tls = NULL;

	s->lib = tls_lib(error, size);
	if (s->lib == NULL)
		return -1;
	if (s->lib->tls_accept_cbs(server, &tls, read_beneath, write_beneath, s) != 0)
		return drop_context(s, NULL, s->lib->tls_error(server), error, size);
	s->tls = tls;
	return 0;
}

void
stream_skip_goodbye(struct stream *s)
{
	s->mute = true;
}

void
stream_free(struct stream *s)
{
	if (s->tls == NULL)
		return;
	/* Tried only once: a side that does not read needs no goodbye. */
	if (s->shaken && !s->broken && !s->mute)
		(void)s->lib->tls_close(s->tls);
	s->lib->tls_free(s->tls);
	s->tls = NULL;
}

/* Notes the events that TLS waits for. Returns the errno for its result. */
static int
note_trouble(struct stream *s, ssize_t said, short *wait)
{
	if (said == TLS_WANT_POLLIN || said == TLS_WANT_POLLOUT) {
		*wait = said == TLS_WANT_POLLIN ? POLLIN : POLLOUT;
		return EAGAIN;
	}
	s->broken = true;
	return s->lost != 0 ? s->lost : EPROTO;
}

static ssize_t
read_tls(struct stream *s, void *data, size_t len)
{
	ssize_t n = -1;

	s->unfetched = false;
	s->read_wait = POLLIN;
	if (!s->broken)
		n = s->lib->tls_read(s->tls, data, len);
	if (n >= 0) {
		s->shaken = true;
		s->unfetched = n > 0;
		return n;
	}
	if (s->ended && s->shaken) {
		s->broken = true; /* so that no goodbye is said */
		return 0;
	}
	errno = note_trouble(s, n, &s->read_wait);
	return -1;
}

ssize_t
stream_read(struct stream *s, void *data, size_t len)
{
	ssize_t n = s->tls == NULL ? read(s->in_fd, data, len) : read_tls(s, data, len);

	s->received += n > 0 ? (uint64_t)n : 0;
	return n;
}

static ssize_t
write_tls(struct stream *s, const void *data, size_t len)
{
	ssize_t n = -1;

	s->write_wait = POLLOUT;
	if (len == 0)
		return 0;
	if (!s->broken)
		n = s->lib->tls_write(s->tls, data, len);
	if (n > 0) {
		s->shaken = true;
		return n;
	}
	errno = note_trouble(s, n, &s->write_wait);
	return -1;
}

ssize_t
stream_write(struct stream *s, const void *data, size_t len)
{
	return s->tls == NULL ? write_plain(s, data, len) : write_tls(s, data, len);
}

/* Whether the other side was too slow in all of its last waits that make up the timeout. */
static bool
is_too_slow(struct stream_patience *patience)
{
	uint64_t least = patience->rate * (uint64_t)patience->waited_ms / 1000;
	bool slow = patience->taken < least;

	if (patience->timeout_ms < 0 || patience->waited_ms < patience->timeout_ms)
		return false;
	patience->waited_ms = 0;
	patience->taken = 0;
	return slow;
}

/* How long to wait for room; negative: for ever. 0: there is no time left. */
static int
room_wait_ms(const struct stream_patience *patience, int64_t deadline_ms, int64_t now)
{
	int64_t left = patience->timeout_ms < 0 ? INT_MAX : deadline_ms - now;

	if (patience->due_ms != 0 && patience->due_ms - now < left)
		left = patience->due_ms - now;
	else if (patience->timeout_ms < 0)
		return -1;
	return left <= 0 ? 0 : (int)left;
}

/* Waits for room until the deadline, if there is one. 0, or the errno value that says why not. */
static int
wait_for_room(struct stream *s, int64_t deadline_ms)
{
	struct stream_patience *patience = &s->patience;
	struct pollfd pfd = { .fd = stream_write_fd(s), .events = stream_write_events(s) };
	int64_t now = clock_monotonic_ms();
	int wait = room_wait_ms(patience, deadline_ms, now);

	if (wait == 0)
		return ETIMEDOUT;
	if (poll(&pfd, 1, wait) < 0 && errno != EINTR)
		return errno;
	patience->waited_ms += clock_monotonic_ms() - now;
	return is_too_slow(patience) ? ETIMEDOUT : 0;
}

int
stream_write_all(struct stream *s, const char *data, size_t len)
{
	struct stream_patience *patience = &s->patience;
	int64_t deadline_ms = 0; /* the clock is asked only once the other side lags */

	while (len > 0) {
		ssize_t n = stream_write(s, data, len);

		if (n >= 0) {
			data += n;
			len -= (size_t)n;
			patience->taken += (uint64_t)n;
			deadline_ms = 0;
			continue;
		}
		if (errno == EINTR)
			continue;
		if (errno != EAGAIN && errno != EWOULDBLOCK)
			return -1;
		if (deadline_ms == 0)
			deadline_ms = clock_monotonic_ms() + patience->timeout_ms;
		errno = wait_for_room(s, deadline_ms);
		if (errno != 0)
			return -1;
	}
	return 0;
}

short
stream_read_events(const struct stream *s)
{
	return s->read_wait;
}

int
stream_read_fd(const struct stream *s)
{
	return s->read_wait == POLLOUT ? s->out_fd : s->in_fd;
}

short
stream_write_events(const struct stream *s)
{
	return s->write_wait;
}

int
stream_write_fd(const struct stream *s)
{
	return s->write_wait == POLLIN ? s->in_fd : s->out_fd;
}

uint64_t
stream_received(const struct stream *s)
{
	return s->received;
}

int
stream_unacknowledged(int fd)
{
	int left;

	return ioctl(fd, TIOCOUTQ, &left) == 0 ? left : -1;
}

uint64_t
stream_acknowledged(const struct stream *s)
{
	int left = s->out_is_socket ? stream_unacknowledged(s->out_fd) : -1;

	/* The queue of a socket that is not TCP's may count more than the bytes. */
	return left < 0 || (uint64_t)left > s->written ? 0 : s->written - (uint64_t)left;
}

bool
stream_delivered(const struct stream *s)
{
	struct pollfd pfd = { .fd = s->out_fd };

	if (!s->out_is_socket)
		return false;
	/* POLLERR tells of a reset without consuming it; POLLHUP alone is a peer that closed. */
	if (poll(&pfd, 1, 0) < 0 || (pfd.revents & (POLLERR | POLLNVAL)))
		return false;
	return stream_unacknowledged(s->out_fd) == 0;
}

bool
stream_pending(const struct stream *s)
{
	return s->unfetched;
}

const char *
stream_error(const struct stream *s)
{
	return s->tls != NULL && s->broken ? s->lib->tls_error(s->tls) : NULL;
}

int
stream_handshake(struct stream *s)
{
	int said = -1;

	if (s->tls == NULL || (s->shaken && !s->broken))
		return 0;
	if (!s->broken)
		said = s->lib->tls_handshake(s->tls);
	if (said == 0) {
		s->shaken = true;
		s->read_wait = POLLIN;
		s->write_wait = POLLOUT;
		return 0;
	}
	errno = note_trouble(s, said, &s->read_wait);
	if (errno == EAGAIN)
		s->write_wait = s->read_wait;
	return -1;
}

const char *
stream_seems(const struct stream *s)
{
	const char *seems = "plain text";

	if (s->n_first == 0 || greeting_is_tls(s->first, s->n_first))
		return NULL;
	(void)greeting_judge(s->first, s->n_first, &seems);
	return seems;
}

const char *
stream_peer_fingerprint(const struct stream *s)
{
	return s->tls == NULL ? NULL : s->lib->tls_peer_cert_hash(s->tls);
}
