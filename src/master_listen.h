/* master_listen: the sockets on which the master listens, as the configuration has them. */
#ifndef KABAR_MASTER_LISTEN_H
#define KABAR_MASTER_LISTEN_H

#include <poll.h>
#include <stddef.h>

#include "config.h"

struct master_listen {
	size_t n;
	struct pollfd *polls;           /* the sockets, non-blocking */
	struct config_listen *sections; /* what the configuration says of each, a copy */
};

/*
 * Opens a socket for every address of every section. Those of `old` (may be NULL) that have the
 * same address and port go over, the others of it are closed. 0, or -1 with a sentence in error;
 * then old is as it was.
 */
int master_listen_open(struct master_listen *, const struct config *, struct master_listen *old,
    char *error, size_t size);
/* Closes all; what is left is an empty one. */
void master_listen_close(struct master_listen *);
/* "0.0.0.0 port 8889 (realm), ..." for the log; cut where it is too long. */
void master_listen_describe(const struct master_listen *, char *text, size_t size);

#endif
