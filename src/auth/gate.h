/*
 * auth_gate: the process that reads and judges passwords and tokens for the workers of a state
 * directory, and gives those who prove who they are the way to the store.
 */
#ifndef KABAR_AUTH_GATE_H
#define KABAR_AUTH_GATE_H

#include <signal.h>
#include <stddef.h>

#include "config/config.h"

#define AUTH_GATE_RETIRE SIGUSR2 /* takes no more connections, and ends with the last one */

/*
 * Serves the workers that connect to the listening socket until SIGTERM comes, or alive_fd is at
 * its end: the master has gone. SIGHUP: reads the configuration again. Over ask_fd, a packet
 * socket, the master asks whether this process serves: every packet comes back. The exit status.
 */
int auth_gate_main(struct config *, int listen_fd, int alive_fd, int ask_fd);

/*
 * What the gate does first: confines this process for good, and gives up all capabilities. The
 * directory of the configuration stays readable, since its file can be replaced. 0, or -1 with a
 * sentence in error.
 */
int auth_gate_confine(const struct config *, char *error, size_t size);

#endif
