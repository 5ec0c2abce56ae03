/* master_child: the end of a child that is no worker. */
#ifndef KABAR_MASTER_CHILD_H
#define KABAR_MASTER_CHILD_H

#include <sys/types.h>

/*
 * Sends SIGTERM to a child and waits until it has ended. One that has not done so after a few
 * seconds, or is stopped, is killed, which is logged with this name. Nothing happens for pid 0.
 */
void master_child_end(pid_t, const char *name);

#endif
