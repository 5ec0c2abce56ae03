/*
 * bench_cut: what a power cut does to the state of a kabard: nothing of what was not synced need
 * be on the disk afterwards, and the machine has booted anew.
 */
#ifndef BENCH_CUT_H
#define BENCH_CUT_H

#include <stdint.h>

/*
 * Overwrites the tables and those files of logs that no checkpoint has, each in another way (all of
 * it, some pages with garbage or zeros, cut off), drawn from the seed; and lets the mark of the
 * boot name another one. No process of the realm may run. 1: a writer has closed the store in good
 * order, so everything was synced, and nothing was done; or -1 with a sentence printed.
 */
int cut_power(const char *state, uint64_t seed);

#endif
