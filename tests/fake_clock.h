/*
 * fake_clock: for tests in which much time passes: a clock that this process, and what it forks,
 * reads with an offset. Programs that are started read the true one.
 */
#ifndef FAKE_CLOCK_H
#define FAKE_CLOCK_H

#include <stdint.h>
#include <time.h>

/* From now on CLOCK_REALTIME or CLOCK_MONOTONIC is later by so much; negative: earlier. */
void fake_clock_shift(clockid_t, int64_t ms);

#endif
