/* dial: one address at a time; the error that is kept is that of the last one. */
#include "net/dial.h"

#include <netinet/in.h>
#include <netinet/tcp.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "net/address.h"

#define CONNECT_MS        10000  /* for one address */
#define UNACKNOWLEDGED_MS 120000 /* of what was sent, until the other side counts as gone */

void
dial_init(struct dial *dial)
{
	*dial = (struct dial){ .state = DIAL_IDLE, .fd = -1 };
}

static void
note_error(struct dial *dial, int error)
{
	char text[ADDRESS_TEXT_MAX];
	uint16_t port;

	address_text(&dial->addresses[dial->next].name.any, text, sizeof(text), &port);
	snprintf(dial->error, sizeof(dial->error), "%s port %u: %s", text, port, strerror(error));
}

/* 0, with the connection made or on its way, or an errno. */
static int
try_address(struct dial *dial, const struct resolve_address *address)
{
	int on = 1;

	dial->fd =
	    socket(address->name.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (dial->fd < 0)
		return errno;
	setsockopt(dial->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	setsockopt(dial->fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
	dial->deadline = clock_monotonic_ms() + CONNECT_MS;
	if (connect(dial->fd, &address->name.any, address->len) == 0) {
		dial->state = DIAL_DONE;
		return 0;
	}
	return errno == EINPROGRESS ? 0 : errno;
}

/* Tries the addresses that are left, until one does not fail at once. */
static void
try_addresses(struct dial *dial)
{
	dial->state = DIAL_CONNECT;
	for (; dial->next < dial->n; dial->next++) {
		int error = try_address(dial, &dial->addresses[dial->next]);

		if (error == 0)
			return;
		note_error(dial, error);
		if (dial->fd >= 0)
			close(dial->fd);
		dial->fd = -1;
	}
	dial->state = DIAL_FAILED;
}

static void
take_addresses(void *arg, const struct resolve_address *addresses, size_t n, const char *error)
{
	struct dial *dial = arg;

	dial->lookup = NULL;
	if (n == 0) {
		snprintf(dial->error, sizeof(dial->error), "%s: %s", dial->host, error);
		dial->state = DIAL_FAILED;
		return;
	}
	memcpy(dial->addresses, addresses, n * sizeof(*addresses));
	dial->n = n;
	dial->next = 0;
	try_addresses(dial);
}

void
dial_start(struct dial *dial, struct resolver *resolver, const char *host, uint16_t port)
{
	struct resolve_lookup *lookup;

	dial_init(dial);
	dial->state = DIAL_LOOKUP;
	dial->host = host;
	lookup = resolve(resolver, host, port, take_addresses, dial);
	if (dial->state == DIAL_LOOKUP)
		dial->lookup = lookup;
}

/* Goes on to the next address. */
static void
skip_address(struct dial *dial, int error)
{
	note_error(dial, error);
	close(dial->fd);
	dial->fd = -1;
	dial->next++;
	try_addresses(dial);
}

void
dial_step(struct dial *dial, short got, int64_t tick)
{
	int error = 0;
	socklen_t len = sizeof(error);

	if (dial->state != DIAL_CONNECT)
		return;
	if (got == 0) {
		if (tick >= dial->deadline)
			skip_address(dial, ETIMEDOUT);
		return;
	}
	if (getsockopt(dial->fd, SOL_SOCKET, SO_ERROR, &error, &len) != 0)
		error = errno;
	if (error != 0)
		skip_address(dial, error);
	else
		dial->state = DIAL_DONE;
}

int64_t
dial_due(const struct dial *dial)
{
	if (dial->state == DIAL_CONNECT)
		return dial->deadline;
	/* The resolver may have ended it. */
	return dial->state == DIAL_DONE || dial->state == DIAL_FAILED ? 0 : INT64_MAX;
}

int
dial_take(struct dial *dial)
{
	int fd = dial->fd;

	dial_init(dial);
	return fd;
}

void
dial_watch(int fd)
{
	static const struct {
		int option;
		int value;
	} options[] = { { TCP_KEEPIDLE, 60 }, { TCP_KEEPINTVL, 15 }, { TCP_KEEPCNT, 4 },
		/* What was sent is sent again for much longer, and nothing else is asked then. */
		{ TCP_USER_TIMEOUT, UNACKNOWLEDGED_MS } };

	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++)
		(void)setsockopt(fd, IPPROTO_TCP, options[i].option, &options[i].value,
		    sizeof(options[i].value));
}

void
dial_stop(struct dial *dial)
{
	if (dial->lookup != NULL)
		resolve_cancel(dial->lookup);
	if (dial->fd >= 0)
		close(dial->fd);
	dial_init(dial);
}
