/*
 * master: listens, forks a worker for each client, reaps, limits and reloads. It touches no
 * client's bytes and keeps no store open.
 */
#ifndef KABAR_MASTER_H
#define KABAR_MASTER_H

#include <stdbool.h>

#include "config.h"

struct master_options {
	const char *config_path; /* absolute; read again on SIGHUP */
	bool foreground;         /* the log stays on the standard error */
	/* Called once when the master listens and nothing can fail any more; may be NULL. */
	void (*ready)(void *arg);
	void *arg;
};

/*
 * Serves until SIGTERM or SIGINT. The exit status; what went wrong is in the log. The
 * configuration is the caller's, but its contents change with every reload.
 */
int master_main(struct config *, const struct master_options *);

#endif
