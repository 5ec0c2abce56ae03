/*
 * clock: the time of day, a clock that nobody sets, and a time as text. How times are shown to
 * administrators is left to ctl.
 */
#ifndef KABAR_CLOCK_H
#define KABAR_CLOCK_H

#include <stdint.h>

#define CLOCK_TEXT_SIZE 32 /* for every text below, with its NUL */

/* Milliseconds since 1970. The time may be set, forward and back. */
int64_t clock_now_ms(void);

/*
 * Since a moment in the past that is the same for all processes of the machine; for pauses and
 * time limits. Nobody sets this clock.
 */
int64_t clock_monotonic_ms(void);
int64_t clock_monotonic_us(void);

/* Writes a time since 1970 as "2026-01-31T23:59:59Z", in UTC; "" when it is no time of ours. */
void clock_iso(int64_t ms, char text[CLOCK_TEXT_SIZE]);

/* The same with milliseconds, "2026-01-31T23:59:59.123Z". */
void clock_iso_ms(int64_t ms, char text[CLOCK_TEXT_SIZE]);

/* Writes the present as "20260131-235959", in local time, for names of files. */
void clock_stamp(char text[CLOCK_TEXT_SIZE]);

#endif
