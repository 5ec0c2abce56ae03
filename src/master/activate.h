/*
 * master_activate: listening sockets that a service manager passes, as sd_listen_fds(3) has it:
 * descriptors from 3 on, their number and their names in the environment.
 */
#ifndef KABAR_MASTER_ACTIVATE_H
#define KABAR_MASTER_ACTIVATE_H

#include <stddef.h>

#include "config/config.h"
#include "master/listen.h"

#define MASTER_ACTIVATE_FIRST 3

/* How many were passed to this process; the environment keeps its mind. */
int master_activate_count(void);
/*
 * Finds the section for each: by its name, else by its address and port; the environment forgets
 * them. One that is for no section is an error: its clients would wait for ever. 0, or -1 with a
 * sentence in error.
 */
int master_activate(struct master_listen *, const struct config *, int n, char *error, size_t size);

#endif
