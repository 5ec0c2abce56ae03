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
 * Confines this process, which has no new privileges, to the sandbox's files. What the kernel does
 * not have is left out. 0, or -1 with errno.
 */
int sandbox_landlock_enter(const struct sandbox *, struct sandbox_landlock);

#endif
