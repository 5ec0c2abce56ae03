/* tick: a clock that nobody sets, for pauses and time limits. */
#ifndef KABAR_TICK_H
#define KABAR_TICK_H

#include <stdint.h>

/* Since some moment in the past that is the same for all processes of the machine. */
int64_t clock_monotonic_ms(void);
int64_t clock_monotonic_us(void);

#endif
