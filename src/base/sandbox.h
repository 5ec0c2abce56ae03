/*
 * sandbox: what a process that reads bytes from outside may still do. Entering is for good: no new
 * privileges, not dumpable, resource limits, a filter of system calls (sandbox_filter) and, where
 * the kernel has it, Landlock (sandbox_landlock). Users and roots are left to others.
 */
#ifndef KABAR_SANDBOX_H
#define KABAR_SANDBOX_H

#include <stdbool.h>
#include <stddef.h>

#include "base/sandbox_kind.h"

/*
 * Builds the filters of the kinds in a set of SANDBOX_BIT()s, unless they are there already, so
 * that children inherit them. libseccomp is loaded in a child only. 0, or -1 with a sentence in
 * error.
 */
int sandbox_prepare(unsigned int kinds, char *error, size_t size);

bool sandbox_is_prepared(enum sandbox_kind);

/*
 * Confines this process and all that it starts. A filter that is not prepared is built first. 0, or
 * -1 with a sentence in error: then some of the walls may stand.
 */
int sandbox_enter(const struct sandbox *, char *error, size_t size);

/* What a process's death of a signal tells beyond the signal: "" or words behind it, for the log.
 */
const char *sandbox_explain(int signal);

/* No core file, and no look into the memory by others of the same user. Keeps errno. */
void sandbox_hide_memory(void);

#endif
