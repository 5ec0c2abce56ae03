/* master_listen: the sockets on which the master listens, as the configuration has them. */
#include "master/listen.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "worker/tls.h"

static bool
everywhere(const struct config_listen *section)
{
	return strcmp(section->address, CONFIG_EVERYWHERE) == 0;
}

static bool
same_place(const struct config_listen *a, const struct config_listen *b)
{
	return strcmp(a->address, b->address) == 0 && a->port == b->port;
}

int
master_listen_add(struct master_listen *listen, int fd, const struct config_listen *section)
{
	size_t n = listen->n + 1;
	struct pollfd *polls = realloc(listen->polls, (n + 1) * sizeof(*polls));

	if (polls == NULL)
		return -1;
	listen->polls = polls;
	struct config_listen *sections = realloc(listen->sections, n * sizeof(*sections));
	if (sections == NULL)
		return -1;
	listen->sections = sections;
	polls[listen->n] = (struct pollfd){ .fd = fd, .events = POLLIN };
	sections[listen->n] = *section;
	listen->n = n;
	return 0;
}

/* Two calls less for each client. */
int
master_listen_prepare(int fd)
{
	int on = 1;

	if (setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on)) != 0)
		return -1;
	return setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
}

/* A listening socket, or -1 with errno. */
static int
open_socket(const struct addrinfo *ai)
{
	int on = 1;
	int fd =
	    socket(ai->ai_family, ai->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, ai->ai_protocol);

	if (fd < 0)
		return -1;
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) != 0 ||
	    master_listen_prepare(fd) != 0 ||
	    (ai->ai_family == AF_INET6 &&
	        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on)) != 0) ||
	    bind(fd, ai->ai_addr, ai->ai_addrlen) != 0 || listen(fd, SOMAXCONN) != 0) {
		int saved = errno;

		close(fd);
		errno = saved;
		return -1;
	}
	return fd;
}

/* One socket for each address that the section's name stands for. 0, or -1 with errno. */
static int
open_all(struct master_listen *listen, const struct config_listen *section,
    const struct addrinfo *all)
{
	size_t before = listen->n;
	int missing = 0;

	for (const struct addrinfo *ai = all; ai != NULL; ai = ai->ai_next) {
		int fd = open_socket(ai);

		if (fd >= 0) {
			if (master_listen_add(listen, fd, section) == 0)
				continue;
			close(fd);
			errno = ENOMEM;
			return -1;
		}
		/* A machine without IPv6, or without IPv4, is no error as long as the other is
		 * there. */
		if (errno != EAFNOSUPPORT && errno != EADDRNOTAVAIL)
			return -1;
		missing = errno;
	}
	errno = missing;
	return listen->n > before ? 0 : -1;
}

int
master_listen_resolve(const struct config_listen *section, struct addrinfo **all)
{
	const struct addrinfo hints = { .ai_family = AF_UNSPEC,
		.ai_socktype = SOCK_STREAM,
		.ai_flags = AI_PASSIVE | AI_NUMERICSERV };
	char port[8];

	snprintf(port, sizeof(port), "%u", (unsigned int)section->port);
	return getaddrinfo(everywhere(section) ? NULL : section->address, port, &hints, all);
}

static int
open_section(struct master_listen *listen, const struct config_listen *section, char *error,
    size_t size)
{
	struct addrinfo *all;
	int result = master_listen_resolve(section, &all);

	if (result != 0) {
		snprintf(error, size, "listen \"%s\": address \"%s\": %s", section->name,
		    section->address, gai_strerror(result));
		return -1;
	}
	result = open_all(listen, section, all);
	if (result != 0)
		snprintf(error, size, "listen \"%s\": cannot listen on %s port %u: %s",
		    section->name, section->address, (unsigned int)section->port, strerror(errno));
	freeaddrinfo(all);
	return result;
}

/* Copies the sockets that `old` has for this place. How many, or -1. */
static int
carry_over(struct master_listen *listen, const struct config_listen *section,
    const struct master_listen *old)
{
	int carried = 0;

	for (size_t i = 0; old != NULL && i < old->n; i++) {
		if (!same_place(&old->sections[i], section))
			continue;
		if (master_listen_add(listen, old->polls[i].fd, section) != 0)
			return -1;
		carried++;
	}
	return carried;
}

static bool
has_socket(const struct master_listen *listen, int fd)
{
	for (size_t i = 0; listen != NULL && i < listen->n; i++)
		if (listen->polls[i].fd == fd)
			return true;
	return false;
}

/* Closes a set of sockets but for those that also belong to another. */
static void
close_but(struct master_listen *listen, const struct master_listen *other)
{
	for (size_t i = 0; i < listen->n; i++)
		if (!has_socket(other, listen->polls[i].fd))
			close(listen->polls[i].fd);
	free(listen->polls);
	free(listen->sections);
	*listen = (struct master_listen){ .n = 0 };
}

/* No two sections can have the same place. */
static int
check_section(const struct config *config, size_t index, char *error, size_t size)
{
	const struct config_listen *section = &config->listens[index];

	for (size_t i = 0; i < index; i++)
		if (same_place(&config->listens[i], section)) {
			snprintf(error, size,
			    "listen \"%s\" and \"%s\" have the same address and port",
			    config->listens[i].name, section->name);
			return -1;
		}
	return 0;
}

/* A socket, or several, for a section: those that are there, or new ones. 0, or -1. */
static int
serve_section(struct master_listen *listen, const struct config_listen *section,
    const struct master_listen *old, char *error, size_t size)
{
	int carried = carry_over(listen, section, old);

	if (carried < 0)
		snprintf(error, size, "out of memory");
	if (carried != 0)
		return carried > 0 ? 0 : -1;
	return open_section(listen, section, error, size);
}

int
master_listen_open(struct master_listen *listen, const struct config *config,
    struct master_listen *old, char *error, size_t size)
{
	bool in_use = old != NULL && old->in_use;

	*listen = (struct master_listen){ .n = 0 };
	if (config->n_listens == 0) {
		snprintf(error, size, "the configuration has no listen section");
		return -1;
	}
	for (size_t i = 0; i < config->n_listens; i++)
		if (check_section(config, i, error, size) != 0)
			return -1;
	for (size_t i = 0; i < config->n_listens; i++) {
		if (serve_section(listen, &config->listens[i], old, error, size) == 0)
			continue;
		if (in_use && (listen->n > 0 || i + 1 < config->n_listens)) {
			log_warnx("%s", error);
			continue;
		}
		close_but(listen, old);
		return -1;
	}
	if (old != NULL)
		close_but(old, listen);
	return 0;
}

void
master_listen_close(struct master_listen *listen)
{
	close_but(listen, NULL);
}

void
master_listen_describe(const struct master_listen *listen, char *text, size_t size)
{
	size_t len = 0;

	text[0] = '\0';
	for (size_t i = 0; i < listen->n && len < size; i++) {
		const struct config_listen *section = &listen->sections[i];

		/* One section can have several sockets. */
		if (i > 0 && same_place(section, &listen->sections[i - 1]))
			continue;
		len += (size_t)snprintf(text + len, size - len, "%s%s port %u (%s%s)",
		    i == 0 ? "" : ", ", section->address, (unsigned int)section->port,
		    section->dialect, worker_tls_wanted(section) ? ", TLS" : "");
	}
}
