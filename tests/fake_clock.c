/*
 * fake_clock: stands between the code under test and the clocks. See fake_clock.h. The call is
 * made directly, so that nothing depends on which library would be asked next.
 */
#include "fake_clock.h"

#include <sys/syscall.h>

#include <unistd.h>

static int64_t realtime_ms, monotonic_ms;

void
fake_clock_shift(clockid_t clock, int64_t ms)
{
	*(clock == CLOCK_REALTIME ? &realtime_ms : &monotonic_ms) = ms;
}

/* In place of the library's. */
int
clock_gettime(clockid_t clock, struct timespec *now)
{
	long result = syscall(SYS_clock_gettime, clock, now);
	int64_t ms = 0;

	if (clock == CLOCK_REALTIME)
		ms = realtime_ms;
	else if (clock == CLOCK_MONOTONIC)
		ms = monotonic_ms;
	/* Whole seconds: then nothing can run over. */
	now->tv_sec += (time_t)(ms / 1000);
	return (int)result;
}
