/* worker_confine: the sandbox of a worker. */
#ifndef KABAR_WORKER_CONFINE_H
#define KABAR_WORKER_CONFINE_H

#include "config/config.h"
#include "net/client.h"

#define WORKER_CONFINE_ROOT "empty" /* of the state directory: the root directory of workers */

/*
 * Confines this process for good to what a worker does, before it reads a byte of its client: it
 * becomes the client's worker_uid, if that is not 0, in an empty root directory, and enters its
 * sandbox. 0, or -1: the log says why.
 */
int worker_confine(const struct config *, const struct client *);

#endif
