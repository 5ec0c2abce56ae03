/* master_activate: listening sockets that a service manager passes. */
#include "master/activate.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/name.h"
#include "net/address.h"

#define PID_VARIABLE   "LISTEN_PID"
#define COUNT_VARIABLE "LISTEN_FDS"
#define NAMES_VARIABLE "LISTEN_FDNAMES"
#define MOST           1024

union name {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
	struct sockaddr_storage storage;
};

/* A number from 0 to most in the environment; 0: it is none. */
static long
number_of(const char *variable, long most)
{
	const char *text = getenv(variable);
	char *end;

	if (text == NULL || *text == '\0')
		return 0;
	errno = 0;
	long number = strtol(text, &end, 10);
	return errno != 0 || *end != '\0' || number < 0 || number > most ? 0 : number;
}

int
master_activate_count(void)
{
	return number_of(PID_VARIABLE, LONG_MAX) == getpid() ? (int)number_of(COUNT_VARIABLE, MOST)
	                                                     : 0;
}

static bool
is_listening(int fd)
{
	int type = 0, listening = 0;
	socklen_t type_len = sizeof(type), listening_len = sizeof(listening);

	return getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &type_len) == 0 && type == SOCK_STREAM &&
	    getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &listening_len) == 0 &&
	    listening != 0;
}

/* Scopes and the like aside. */
static bool
same_address(const union name *a, const struct sockaddr *b)
{
	union name other;

	if (a->any.sa_family != b->sa_family)
		return false;
	if (b->sa_family == AF_INET) {
		memcpy(&other.v4, b, sizeof(other.v4));
		return a->v4.sin_port == other.v4.sin_port &&
		    a->v4.sin_addr.s_addr == other.v4.sin_addr.s_addr;
	}
	if (b->sa_family != AF_INET6)
		return false;
	memcpy(&other.v6, b, sizeof(other.v6));
	return a->v6.sin6_port == other.v6.sin6_port &&
	    memcmp(&a->v6.sin6_addr, &other.v6.sin6_addr, sizeof(other.v6.sin6_addr)) == 0;
}

static bool
is_at(const struct config_listen *section, const union name *name)
{
	struct addrinfo *all;
	bool found = false;

	if (master_listen_resolve(section, &all) != 0)
		return false;
	for (const struct addrinfo *ai = all; ai != NULL && !found; ai = ai->ai_next)
		found = same_address(name, ai->ai_addr);
	freeaddrinfo(all);
	return found;
}

static const struct config_listen *
find_section(const struct config *config, const char *title, const union name *name)
{
	for (size_t i = 0; i < config->n_listens; i++)
		if (name_same(config->listens[i].name, title))
			return &config->listens[i];
	for (size_t i = 0; i < config->n_listens; i++)
		if (is_at(&config->listens[i], name))
			return &config->listens[i];
	return NULL;
}

static int
take(struct master_listen *listen, const struct config *config, int fd, const char *title,
    char *error, size_t size)
{
	union name name = { .any = { .sa_family = AF_UNSPEC } };
	socklen_t len = sizeof(name);
	char text[ADDRESS_TEXT_MAX];
	uint16_t port;

	if (!is_listening(fd)) {
		snprintf(error, size,
		    "descriptor %d (\"%s\") from the service manager is no listening stream socket",
		    fd, title);
		return -1;
	}
	if (getsockname(fd, &name.any, &len) != 0)
		name.any.sa_family = AF_UNSPEC;
	const struct config_listen *section = find_section(config, title, &name);
	if (section == NULL) {
		address_text(&name.any, text, sizeof(text), &port);
		snprintf(error, size,
		    "the service manager passes a socket \"%s\" on %s port %u, but no listen "
		    "section has that name, or that address and port",
		    title, text, (unsigned int)port);
		return -1;
	}
	if (fcntl(fd, F_SETFD, FD_CLOEXEC) == 0 && fcntl(fd, F_SETFL, O_RDWR | O_NONBLOCK) == 0 &&
	    master_listen_prepare(fd) == 0 && master_listen_add(listen, fd, section) == 0)
		return 0;
	snprintf(error, size, "listen \"%s\": %s", section->name, strerror(errno));
	return -1;
}

int
master_activate(struct master_listen *listen, const struct config *config, int n, char *error,
    size_t size)
{
	const char *names = getenv(NAMES_VARIABLE);
	char *copy = strdup(names == NULL ? "" : names), *rest = copy;
	int result = 0;

	*listen = (struct master_listen){ .n = 0 };
	if (copy == NULL) {
		snprintf(error, size, "out of memory");
		return -1;
	}
	for (int i = 0; i < n && result == 0; i++) {
		const char *title = strsep(&rest, ":");

		result = take(listen, config, MASTER_ACTIVATE_FIRST + i, title == NULL ? "" : title,
		    error, size);
	}
	free(copy);
	unsetenv(PID_VARIABLE);
	unsetenv(COUNT_VARIABLE);
	unsetenv(NAMES_VARIABLE);
	return result;
}
