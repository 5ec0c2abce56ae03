/*
 * worker: serves one client, from its first byte to the end of the connection. A forked child
 * of kabard and a process started by inetd are the same to it.
 */
#ifndef KABAR_WORKER_H
#define KABAR_WORKER_H

#include <stdbool.h>
#include <stdint.h>

#include "config/config.h"

struct tls;

struct worker_client {
	int in_fd;           /* a connected socket; or a pair of pipes */
	int out_fd;          /* the same as in_fd for a socket */
	struct tls *tls;     /* what is shown to a client in TLS (worker_tls_new); NULL: plain */
	const char *dialect; /* a name that dialect_find knows, or CONFIG_DIALECT_PEER */
	const char *address; /* numeric, without the port; for logs and the board */
	uint16_t port;
	uint64_t connection; /* a number of its own, for logs */
	int master_fd; /* readable or at its end when the master has gone; -1: there is none */
};

/* From here on this process's lines in the log say which client they are about. */
void worker_tag(const struct worker_client *);

/*
 * Serves the client until it goes, a timeout passes, SIGTERM comes or the master ends. Returns the
 * exit status: 0, or one of sysexits.h when something on our side went wrong. Installs its own
 * signal handlers.
 */
int worker_main(const struct config *, const struct worker_client *);

#endif
