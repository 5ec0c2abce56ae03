/*
 * capabilities: the few rights of root that a master keeps after it has become its user: to become
 * the user of its workers, to give them an empty root directory, and to signal them.
 */
#ifndef KABAR_CAPABILITIES_H
#define KABAR_CAPABILITIES_H

#include <stdbool.h>

/* In root: a change of its user leaves its rights. 0, or -1 with errno. */
int capabilities_keep(void);
/* Keeps the few and gives up all others. 0, or -1 with errno: not all of the few are there. */
int capabilities_limit(void);
/* Whether this process has the few. */
bool capabilities_here(void);
/*
 * Whether the program that this process becomes by exec() has the few, too. Every other program is
 * to have none. 0, or -1 with errno.
 */
int capabilities_pass(bool on);
/* Gives up all, for good. 0, or -1 with errno. */
int capabilities_drop(void);

#endif
