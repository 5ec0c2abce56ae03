/*
 * steps: for tests of how much work something is: counts the basic blocks that the program runs of
 * those of its sources that are compiled with -fsanitize-coverage=trace-pc. Unlike a clock it says
 * the same on every machine.
 */
#ifndef STEPS_H
#define STEPS_H

#include <stdint.h>

uint64_t steps_taken(void);

#endif
