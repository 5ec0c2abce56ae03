/* sandbox_filter: the system calls that each kind of process may make, as programs of the kernel.
 */
#ifndef KABAR_SANDBOX_FILTER_H
#define KABAR_SANDBOX_FILTER_H

#include <linux/filter.h>
#include <stddef.h>

#include "base/sandbox_kind.h"

#define SANDBOX_FILTER_MAX 2048 /* instructions */

/*
 * Writes the program of a kind, SANDBOX_FILTER_MAX instructions at most; *count says how many.
 * Loads libseccomp into this process. 0, or -1 with a sentence in error.
 */
int sandbox_filter_build(enum sandbox_kind, struct sock_filter *code, size_t *count, char *error,
    size_t size);
/*
 * Puts it into force for this process, which may signal itself and which has no new privileges. 0,
 * or -1 with errno.
 */
int sandbox_filter_load(const struct sock_filter *code, size_t count);

#endif
