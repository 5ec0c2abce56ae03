/* worker_confine: the sandbox of a worker. */
#ifndef KABAR_WORKER_CONFINE_H
#define KABAR_WORKER_CONFINE_H

#include <stdbool.h>

#include "config/config.h"

/*
 * Confines this process for good to what a worker does; before it reads a byte of its client.
 * mastered: it is a child of kabard. 0, or -1: the log says why.
 */
int worker_confine(const struct config *, bool mastered);

#endif
