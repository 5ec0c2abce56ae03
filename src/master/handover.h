/*
 * master_handover: the state that a master leaves to the program that it becomes: a text in a file
 * without a name, whose descriptor stands in the environment.
 */
#ifndef KABAR_MASTER_HANDOVER_H
#define KABAR_MASTER_HANDOVER_H

#include "master/control.h"
#include "master/int.h"

#define MASTER_HANDOVER_VARIABLE "KABARD_HANDOVER"
/* The output of `kabard -u` by a program that can take a master's place. */
#define MASTER_UPGRADE_ANSWER "kabard could take over"

/* The descriptor named in the environment, which then is forgotten there. -1: none. */
int master_handover_fd(void);
/* Writes it. A descriptor that outlives exec(), or -1 with errno. */
int master_handover_save(const struct master *, const struct master_control_asker *);
/*
 * Reads it into a master that has nothing but its options and its configuration, which keeps what
 * cannot change; its listening sockets come by themselves. 0, or -1 with a sentence in error.
 */
int master_handover_load(int fd, struct master *, struct master_listen *,
    struct master_control_asker *, char *error, size_t size);

#endif
