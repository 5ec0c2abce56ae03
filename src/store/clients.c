/*
 * store_clients: who is connected to the committer, and for whom each one speaks. Their requests
 * are left to store_intake.
 */
#include <sys/socket.h>

#include <bsd/unistd.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/signals.h"
#include "store/int.h"

#define CLIENTS_FIRST 64
#define FOR_FILES     128  /* descriptors that no client gets: files of the store, the log */
#define FULL_PAUSE_MS 1000 /* until the listening socket is looked at again */

static int
make_room(struct store_clients *c, size_t size)
{
	struct pollfd *polls = reallocarray(c->polls, size, sizeof(*polls));

	if (polls == NULL)
		return -1;
	c->polls = polls;
	struct store_client *client = reallocarray(c->client, size, sizeof(*client));
	if (client == NULL)
		return -1;
	c->client = client;
	c->size = size;
	return 0;
}

int
store_clients_init(struct store_clients *c, int listening, size_t descriptors)
{
	*c = (struct store_clients){ .n = 0 };
	if (make_room(c, CLIENTS_FIRST) != 0)
		return -1;
	c->most = descriptors > 2 * FOR_FILES ? descriptors - FOR_FILES : descriptors / 2;
	c->polls[c->n] = (struct pollfd){ .fd = listening, .events = POLLIN };
	c->client[c->n++] = (struct store_client){ .spoken = false };
	return 0;
}

static void
resume_listening(struct store_clients *c)
{
	c->paused_until_ms = 0;
	c->polls[0].events = POLLIN;
}

/* A socket at which somebody waits would wake poll() all the time. */
static void
pause_listening(struct store_clients *c)
{
	c->paused_until_ms = clock_monotonic_ms() + FULL_PAUSE_MS;
	c->polls[0].events = 0;
}

void
store_clients_listen(struct store_clients *c, int listening)
{
	close(c->polls[0].fd);
	c->polls[0].fd = listening;
	resume_listening(c);
}

int
store_clients_poll(struct store_clients *c, int ms)
{
	if (c->paused_until_ms != 0) {
		int64_t left = c->paused_until_ms - clock_monotonic_ms();

		if (left <= 0)
			resume_listening(c);
		else if (ms < 0 || left < ms)
			ms = (int)left;
	}
	return signals_poll(c->polls, c->n, ms < 0 ? -1 : (int64_t)ms * 1000);
}

/*
 * Tells whether the process that connected is of our own user, or root. It may have handed the
 * connection to another process since.
 */
static bool
is_of_our_user(int fd)
{
	uid_t uid;
	gid_t gid;

	return getpeereid(fd, &uid, &gid) == 0 && (uid == geteuid() || uid == 0);
}

/* Lets those who wait at the listening socket wait there. */
static void
hold_off(struct store_clients *c, const char *why)
{
	pause_listening(c);
	if (log_pause_over(&c->overflow))
		log_warnx("store: %s: %zu clients are served, others wait", why, c->n - 1);
}

static void
add_client(struct store_clients *c, int fd)
{
	c->polls[c->n] = (struct pollfd){ .fd = fd, .events = POLLIN };
	c->client[c->n++] = (struct store_client){ .spoken = false };
}

bool
store_clients_accept(struct store_clients *c)
{
	if (c->n - 1 >= c->most) {
		hold_off(c, "no room for more clients");
		return false;
	}
	int fd = accept4(c->polls[0].fd, NULL, NULL, SOCK_CLOEXEC);
	if (fd < 0) {
		if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED)
			hold_off(c, strerror(errno));
		return false;
	}
	if (!is_of_our_user(fd) || (c->n == c->size && make_room(c, c->size * 2) != 0)) {
		close(fd);
		return false;
	}
	add_client(c, fd);
	return true;
}

void
store_clients_drop(struct store_clients *c, size_t index)
{
	close(c->polls[index].fd);
	c->polls[index].fd = -1;
}

void
store_clients_forget_dropped(struct store_clients *c)
{
	size_t kept = 1;

	for (size_t i = 1; i < c->n; i++) {
		if (c->polls[i].fd < 0)
			continue;
		c->polls[kept] = c->polls[i];
		c->client[kept++] = c->client[i];
	}
	if (kept < c->n && c->paused_until_ms != 0)
		resume_listening(c);
	c->n = kept;
}

bool
store_clients_bind(struct store_clients *c, size_t index, const struct store_principal *principal)
{
	if (c->client[index].spoken || c->client[index].principal.kind != 0)
		return false;
	c->client[index].principal = *principal;
	return true;
}
