/*
 * worker: serves one client, from its first byte to the end of the connection. A forked child
 * of kabard and a process started by inetd are the same to it.
 */
#ifndef KABAR_WORKER_H
#define KABAR_WORKER_H

#include "config/config.h"
#include "net/client.h"

/* From here on this process's lines in the log say which client they are about. */
void worker_tag(const struct client *);

/*
 * Serves the client until it goes, a timeout passes, SIGTERM comes or the master ends. Returns the
 * exit status: 0, or one of sysexits.h when something on our side went wrong. Installs its own
 * signal handlers.
 */
int worker_main(const struct config *, const struct client *);

#endif
