/* sandbox_landlock: the files, TCP ports and signals that are left, by the kernel's Landlock. */
#ifndef KABAR_SANDBOX_LANDLOCK_H
#define KABAR_SANDBOX_LANDLOCK_H

#include <stdbool.h>

#include "base/sandbox_kind.h"

/* The version of Landlock that the kernel has; 0: none that is of use. */
int sandbox_landlock_version(void);

struct sandbox_landlock {
	bool tcp;     /* may connect */
	bool signals; /* may signal processes outside */
};

/*
 * Makes the ruleset for the sandbox's files, and opens them. What the kernel does not have is left
 * out. *ruleset is its descriptor; -1: the kernel has none. 0, or -1 with errno.
 */
int sandbox_landlock_open(const struct sandbox *, struct sandbox_landlock, int *ruleset);
/* Confines this process, which has no new privileges, to it, and closes it. 0, or -1 with errno. */
int sandbox_landlock_enter(int ruleset);

#endif
