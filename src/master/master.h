/*
 * master: listens, forks a worker for each client, reaps, limits and reloads. It touches no
 * client's bytes and keeps no store open.
 */
#ifndef KABAR_MASTER_H
#define KABAR_MASTER_H

#include <stdbool.h>

#include "config/config.h"

struct master_options {
	const char *config_path; /* absolute; read again on SIGHUP */
	const char *program;     /* absolute; what an upgrade starts */
	bool foreground;         /* the log stays on the standard error */
	int handover;            /* a descriptor with what an old master left; -1: none did */
	int n_passed;            /* listening sockets that a service manager passes */
	/* Called once when the master listens and nothing can fail any more; may be NULL. */
	void (*ready)(void *arg);
	void *arg;
};

/*
 * Whether the store of this configuration is there and of our version. 0, or -1 with a sentence in
 * error.
 */
int master_check(const struct config *, char *error, size_t size);
/*
 * Serves until SIGTERM or SIGINT. The exit status; what went wrong is in the log. The
 * configuration is the caller's, but its contents change with every reload.
 */
int master_main(struct config *, const struct master_options *);

#endif
