/*
 * master: listens, forks a worker for each client, reaps, limits and reloads. It touches no
 * client's bytes and keeps no store open.
 */
#ifndef KABAR_MASTER_H
#define KABAR_MASTER_H

#include "config/config.h"
#include "master/options.h"

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
