/*
 * steps: counts the basic blocks that are run. See steps.h. This file itself must not be compiled
 * so that they are counted.
 */
#include "steps.h"

static uint64_t taken;

/* The compiler inserts a call of this into each block. */
void __sanitizer_cov_trace_pc(void);

void
__sanitizer_cov_trace_pc(void)
{
	taken++;
}

uint64_t
steps_taken(void)
{
	return taken;
}
