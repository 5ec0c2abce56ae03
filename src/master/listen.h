/* master_listen: the sockets on which the master listens, as the configuration has them. */
#ifndef KABAR_MASTER_LISTEN_H
#define KABAR_MASTER_LISTEN_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>

#include "config/config.h"

struct addrinfo;

struct master_listen {
	size_t n;
	bool in_use;          /* see master_listen_open() */
	struct pollfd *polls; /* the sockets, non-blocking; room for one more at the end */
	struct config_listen *sections; /* what the configuration says of each, a copy */
};

/*
 * Opens a socket for every address of every section. Those of `old` (may be NULL) that have the
 * same address and port go over, the others of it are closed. 0, or -1 with a sentence in error;
 * then old is as it was. Where old is in use a section that cannot be served is logged and left
 * out, as long as any is served: nobody is left to give the clients back to.
 */
int master_listen_open(struct master_listen *, const struct config *, struct master_listen *old,
    char *error, size_t size);
/* Takes one more socket for a section. 0, or -1 with errno. */
int master_listen_add(struct master_listen *, int fd, const struct config_listen *);
/* Sets the options that accepted sockets inherit. 0, or -1 with errno. */
int master_listen_prepare(int fd);
/* The addresses that a section stands for; 0, or what gai_strerror() explains. */
int master_listen_resolve(const struct config_listen *, struct addrinfo **);
/* Closes all and leaves an empty one. */
void master_listen_close(struct master_listen *);
/* "0.0.0.0 port 8889 (realm, TLS), ..." for the log; cut where it is too long. */
void master_listen_describe(const struct master_listen *, char *text, size_t size);

#endif
