/* linger: closing a connection without taking away what its other side has not read yet. */
#include "net/linger.h"

#include <sys/socket.h>

#include <errno.h>
#include <poll.h>

#include "base/clock.h"
#include "net/stream.h"

#define SILENCE_MS 50 /* of one that has everything: nothing more is under way */
#define DRAIN_SIZE 16384
#define LOOK_MS    10 /* nobody tells of an acknowledgement */

/* Whether the other side's kernel has all that was written, and the end that follows it. */
static bool
has_everything(int fd)
{
	return stream_unacknowledged(fd) == 0;
}

/* False when nothing more will come, as from a pipe to the other side. */
static bool
drain(int fd)
{
	char lost[DRAIN_SIZE];
	ssize_t n = recv(fd, lost, sizeof(lost), MSG_DONTWAIT);

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
		if (ready > 0 && !drain(fd))
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

	while (drain(fd) && !linger_try_reset(fd) && clock_monotonic_ms() < deadline)
		(void)poll(&pfd, 1, LOOK_MS);
}
