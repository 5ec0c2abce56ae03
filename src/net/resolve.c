/*
 * resolve: the channel of c-ares lives only while lookups are under way, so that it always goes by
 * the present resolv.conf.
 */
#include "net/resolve.h"

#include <ares.h>
#include <netdb.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

#define PORT_TEXT  8
#define TIMEOUT_MS 2000 /* for the first try; c-ares doubles it */
#define TRIES      3

struct resolver {
	bool begun; /* the library is there */
	ares_channel channel;
	bool open;
	size_t waiting; /* lookups under way */
	size_t first_index;
	size_t n_polls;
};

struct resolve_lookup {
	struct resolver *resolver;
	resolve_done *resolved; /* NULL: the answer is not wanted any more */
	void *arg;
	bool returned; /* the caller of resolve() has it */
	bool done;
};

struct resolver *
resolve_new(void)
{
	struct resolver *resolver = calloc(1, sizeof(*resolver));

	if (resolver == NULL)
		return NULL;
	resolver->begun = ares_library_init(ARES_LIB_INIT_ALL) == ARES_SUCCESS;
	return resolver;
}

static void
close_channel(struct resolver *resolver)
{
	if (!resolver->open)
		return;
	resolver->open = false;
	ares_destroy(resolver->channel);
}

void
resolve_free(struct resolver *resolver)
{
	if (resolver == NULL)
		return;
	close_channel(resolver);
	if (resolver->begun)
		ares_library_cleanup();
	free(resolver);
}

static int
open_channel(struct resolver *resolver)
{
	struct ares_options options = { .timeout = TIMEOUT_MS, .tries = TRIES };
	int status;

	if (resolver->open)
		return ARES_SUCCESS;
	if (!resolver->begun)
		return ARES_ENOTINITIALIZED;
	status =
	    ares_init_options(&resolver->channel, &options, ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES);
	resolver->open = status == ARES_SUCCESS;
	return status;
}

static size_t
copy_addresses(struct resolve_address addresses[RESOLVE_ADDRESSES],
    const struct ares_addrinfo *found)
{
	size_t n = 0;

	for (const struct ares_addrinfo_node *node = found->nodes;
	     node != NULL && n < RESOLVE_ADDRESSES; node = node->ai_next) {
		if (node->ai_addrlen > sizeof(addresses[n].name.storage))
			continue;
		memcpy(&addresses[n].name.storage, node->ai_addr, node->ai_addrlen);
		addresses[n++].len = node->ai_addrlen;
	}
	return n;
}

/* c-ares has an answer, or gives up. */
static void
finish_lookup(void *arg, int status, int timeouts, struct ares_addrinfo *found)
{
	struct resolve_lookup *lookup = arg;
	struct resolve_address addresses[RESOLVE_ADDRESSES];
	size_t n = 0;

	(void)timeouts;
	lookup->resolver->waiting--;
	if (status == ARES_SUCCESS && found != NULL)
		n = copy_addresses(addresses, found);
	if (found != NULL)
		ares_freeaddrinfo(found);
	/* When the channel closes, no caller is left. */
	if (lookup->resolved != NULL && lookup->resolver->open)
		lookup->resolved(lookup->arg, addresses, n,
		    n > 0 ? NULL : ares_strerror(status == ARES_SUCCESS ? ARES_ENODATA : status));
	lookup->done = true;
	if (lookup->returned)
		free(lookup);
}

/* An address in numbers needs no lookup, and may name an interface. */
static bool
is_numeric(const char *host, const char *port, struct resolve_address *address)
{
	const struct addrinfo hints = { .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV,
		.ai_socktype = SOCK_STREAM };
	struct addrinfo *found;

	if (getaddrinfo(host, port, &hints, &found) != 0)
		return false;
	memcpy(&address->name.storage, found->ai_addr, found->ai_addrlen);
	address->len = found->ai_addrlen;
	freeaddrinfo(found);
	return true;
}

struct resolve_lookup *
resolve(struct resolver *resolver, const char *host, uint16_t port, resolve_done *resolved,
    void *arg)
{
	const struct ares_addrinfo_hints hints = { .ai_flags = ARES_AI_NUMERICSERV,
		.ai_family = AF_UNSPEC,
		.ai_socktype = SOCK_STREAM };
	struct resolve_address address;
	struct resolve_lookup *lookup;
	char port_text[PORT_TEXT];
	int status;

	snprintf(port_text, sizeof(port_text), "%u", port);
	if (is_numeric(host, port_text, &address)) {
		resolved(arg, &address, 1, NULL);
		return NULL;
	}
	lookup = calloc(1, sizeof(*lookup));
	status = lookup == NULL ? ARES_ENOMEM : open_channel(resolver);
	if (status != ARES_SUCCESS) {
		free(lookup);
		resolved(arg, NULL, 0, ares_strerror(status));
		return NULL;
	}
	*lookup = (struct resolve_lookup){ .resolver = resolver, .resolved = resolved, .arg = arg };
	resolver->waiting++;
	ares_getaddrinfo(resolver->channel, host, port_text, &hints, finish_lookup, lookup);
	if (lookup->done) {
		free(lookup);
		return NULL;
	}
	lookup->returned = true;
	return lookup;
}

void
resolve_cancel(struct resolve_lookup *lookup)
{
	lookup->resolved = NULL;
}

void
resolve_polls(struct resolver *resolver, struct polls *polls)
{
	ares_socket_t sockets[ARES_GETSOCK_MAXNUM];
	unsigned int bits;

	resolver->first_index = polls->n;
	resolver->n_polls = 0;
	if (!resolver->open)
		return;
	bits = (unsigned int)ares_getsock(resolver->channel, sockets, ARES_GETSOCK_MAXNUM);
	for (unsigned int i = 0; i < ARES_GETSOCK_MAXNUM; i++) {
		/* As ARES_GETSOCK_READABLE and _WRITABLE, without a shift into the sign. */
		short events = (short)((bits >> i & 1 ? POLLIN : 0) |
		    (bits >> (i + ARES_GETSOCK_MAXNUM) & 1 ? POLLOUT : 0));

		if (events == 0)
			continue;
		polls_add(polls, sockets[i], events);
		resolver->n_polls++;
	}
}

int
resolve_wait_ms(struct resolver *resolver)
{
	struct timeval left;

	if (!resolver->open || ares_timeout(resolver->channel, NULL, &left) == NULL)
		return -1;
	return (int)(left.tv_sec * 1000 + left.tv_usec / 1000 + 1);
}

void
resolve_step(struct resolver *resolver, const struct polls *polls)
{
	if (!resolver->open)
		return;
	for (size_t i = 0; i < resolver->n_polls; i++) {
		const struct pollfd *at = &polls->fds[resolver->first_index + i];
		short in = (short)(POLLIN | POLLERR | POLLHUP);

		if (at->revents != 0)
			ares_process_fd(resolver->channel,
			    at->revents & in ? at->fd : ARES_SOCKET_BAD,
			    at->revents & POLLOUT ? at->fd : ARES_SOCKET_BAD);
	}
	ares_process_fd(resolver->channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
	if (resolver->waiting == 0)
		close_channel(resolver);
}
