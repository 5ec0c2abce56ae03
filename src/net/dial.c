/*
 * bridge_dial: a connection to a host, without waiting for it: its name is looked up and its
 * addresses are tried one after the other.
 */
#include "net/dial.h"

#include <netinet/in.h>
#include <netinet/tcp.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "net/address.h"

#define CONNECT_MS 10000 /* for one address */

void
bridge_dial_init(struct bridge_dial *dial)
{
	*dial = (struct bridge_dial){ .state = BRIDGE_DIAL_IDLE, .fd = -1 };
}

static void
note_error(struct bridge_dial *dial, int error)
{
	char text[ADDRESS_TEXT_MAX];
	uint16_t port;

	address_text(&dial->addresses[dial->next].name.any, text, sizeof(text), &port);
	snprintf(dial->error, sizeof(dial->error), "%s port %u: %s", text, port, strerror(error));
}

/* 0, with the connection made or on its way, or an errno. */
static int
try_address(struct bridge_dial *dial, const struct bridge_address *address)
{
	int on = 1;

	dial->fd =
	    socket(address->name.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (dial->fd < 0)
		return errno;
	setsockopt(dial->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	setsockopt(dial->fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
	dial->deadline = tick_ms() + CONNECT_MS;
	if (connect(dial->fd, &address->name.any, address->len) == 0) {
		dial->state = BRIDGE_DIAL_DONE;
		return 0;
	}
	return errno == EINPROGRESS ? 0 : errno;
}

/* Tries the addresses that are left until one does not fail at once. */
static void
try_on(struct bridge_dial *dial)
{
	dial->state = BRIDGE_DIAL_CONNECT;
	for (; dial->next < dial->n; dial->next++) {
		int error = try_address(dial, &dial->addresses[dial->next]);

		if (error == 0)
			return;
		note_error(dial, error);
		if (dial->fd >= 0)
			close(dial->fd);
		dial->fd = -1;
	}
	dial->state = BRIDGE_DIAL_FAILED;
}

static void
resolved(void *arg, const struct bridge_address *addresses, size_t n, const char *error)
{
	struct bridge_dial *dial = arg;

	dial->lookup = NULL;
	if (n == 0) {
		snprintf(dial->error, sizeof(dial->error), "%s: %s", dial->host, error);
		dial->state = BRIDGE_DIAL_FAILED;
		return;
	}
	memcpy(dial->addresses, addresses, n * sizeof(*addresses));
	dial->n = n;
	dial->next = 0;
	try_on(dial);
}

void
bridge_dial_start(struct bridge_dial *dial, struct bridge_resolver *resolver, const char *host,
    uint16_t port)
{
	struct bridge_lookup *lookup;

	bridge_dial_init(dial);
	dial->state = BRIDGE_DIAL_LOOKUP;
	dial->host = host;
	lookup = bridge_resolve(resolver, host, port, resolved, dial);
	if (dial->state == BRIDGE_DIAL_LOOKUP)
		dial->lookup = lookup;
}

/* The address that is being tried is no good. */
static void
pass(struct bridge_dial *dial, int error)
{
	note_error(dial, error);
	close(dial->fd);
	dial->fd = -1;
	dial->next++;
	try_on(dial);
}

void
bridge_dial_turn(struct bridge_dial *dial, short got, int64_t tick)
{
	int error = 0;
	socklen_t len = sizeof(error);

	if (dial->state != BRIDGE_DIAL_CONNECT)
		return;
	if (got == 0) {
		if (tick >= dial->deadline)
			pass(dial, ETIMEDOUT);
		return;
	}
	if (getsockopt(dial->fd, SOL_SOCKET, SO_ERROR, &error, &len) != 0)
		error = errno;
	if (error != 0)
		pass(dial, error);
	else
		dial->state = BRIDGE_DIAL_DONE;
}

int
bridge_dial_take(struct bridge_dial *dial)
{
	int fd = dial->fd;

	bridge_dial_init(dial);
	return fd;
}

void
bridge_dial_stop(struct bridge_dial *dial)
{
	if (dial->lookup != NULL)
		bridge_resolve_cancel(dial->lookup);
	if (dial->fd >= 0)
		close(dial->fd);
	bridge_dial_init(dial);
}
