/* worker_inetd: a kabard that inetd has started for one client. */
#ifndef KABAR_INETD_H
#define KABAR_INETD_H

#include <stdbool.h>

#include "config/config.h"

struct worker_inetd_options {
	const char *dialect;  /* NULL: not given */
	const char *listener; /* likewise; a listen section that settles dialect and TLS */
	bool foreground;      /* the standard error is not the client */
	int (*start_bridge)(const char *state); /* as that of struct chat */
};

/* Whether the standard error is the client, as usual under inetd. */
bool worker_inetd_stderr_is_client(void);
/*
 * Serves the client on descriptor 0 if that is a socket, else from the standard input to the
 * standard output. The exit status; what went wrong is in the log.
 */
int worker_inetd_serve(const struct config *, const struct worker_inetd_options *);

#endif
