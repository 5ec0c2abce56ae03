/* log_pause: counts each time, and lets the first one in LOG_PAUSE_MS be logged. */
#include "base/log_pause.h"

#include "base/clock.h"

bool
log_pause_over(struct log_pause *pause)
{
	int64_t now = clock_monotonic_ms();

	pause->count++;
	if (now < pause->until_ms)
		return false;
	pause->until_ms = now + LOG_PAUSE_MS;
	return true;
}
