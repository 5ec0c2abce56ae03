/* linger: waiting for the other side's kernel, or for the other side itself. */
#include "net/linger.h"

#include <sys/socket.h>

#include <errno.h>
#include <poll.h>

#include "base/clock.h"
#include "net/stream.h"

#define SILENCE_MS  50 /* of a side that has everything: no request is under way */
#define DRAIN_SIZE  4096
#define DRAIN_TIMES 16
#define LOOK_MS     10 /* poll() does not tell of an acknowledgement */

/* Whether the other side's kernel has all that was written, and the end that follows it. */
static bool
has_everything(int fd)
{
	return stream_unacknowledged(fd) == 0;
}

bool
linger_drain(int fd)
{
	char lost[DRAIN_SIZE];
	ssize_t n = 1;

	for (int i = 0; i < DRAIN_TIMES && n > 0; i++)
		n = recv(fd, lost, sizeof(lost), MSG_DONTWAIT);
	return n > 0 || (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR));
}

void
linger(int fd, int max_ms)
{
	struct pollfd pfd = { .fd = fd, .events = POLLIN };
	int64_t deadline = clock_monotonic_ms() + max_ms;

	if (shutdown(fd, SHUT_WR) != 0)
		return;
	while (clock_monotonic_ms() < deadline) {
		int ready = poll(&pfd, 1, SILENCE_MS);

		if (ready == 0 && has_everything(fd))
			return;
		if (ready > 0 && !linger_drain(fd))
			return;
	}
}

bool
linger_try_reset(int fd)
{
	const struct linger none = { .l_onoff = 1, .l_linger = 0 };

	return has_everything(fd) &&
	    setsockopt(fd, SOL_SOCKET, SO_LINGER, &none, sizeof(none)) == 0;
}

void
linger_reset(int fd, int max_ms)
{
	struct pollfd pfd = { .fd = fd, .events = POLLIN };
	int64_t deadline = clock_monotonic_ms() + max_ms;

	while (linger_drain(fd) && !linger_try_reset(fd) && clock_monotonic_ms() < deadline)
		(void)poll(&pfd, 1, LOOK_MS);
}
