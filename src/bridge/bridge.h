/*
 * bridge: the process that carries messages to other realms: one loop over all links, the wake-ups
 * of workers that put messages into outboxes, the socket for questions, and signals. src/bridge/
 * README names its files.
 */
#ifndef KABAR_BRIDGE_H
#define KABAR_BRIDGE_H

#include <stdbool.h>

#include "config/config.h"

struct bridge_link_protocol;

struct bridge_options {
	const char *config_path;                   /* absolute; read again on SIGHUP */
	bool foreground;                           /* the log stays on the standard error */
	const struct bridge_link_protocol *legacy; /* to older servers */
	int master_fd; /* readable or at its end when the master has gone; -1: none */
	/* Called once when nothing can fail any more; may be NULL. */
	void (*ready)(void *arg);
	void *arg;
};

/*
 * What the bridge does first: confines this process for good. The configuration and the files of
 * name servers are replaced while the bridge runs, so their directories are readable. TLS is loaded
 * before: no library can be mapped afterwards. 0, or -1 with a sentence in error.
 */
int bridge_confine(const struct config *, char *error, size_t size);

/*
 * Serves until SIGTERM or SIGINT, or until the master has gone. Returns the exit status; the log
 * has the failures. The configuration is the caller's, but its contents change with every reload.
 */
int bridge_main(struct config *, const struct bridge_options *);

#endif
