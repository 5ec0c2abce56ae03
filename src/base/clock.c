/* clock: reads the system's clocks and formats times. */
#include "base/clock.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

static int64_t
read_us(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int64_t
clock_now_ms(void)
{
	return read_us(CLOCK_REALTIME) / 1000;
}

int64_t
clock_monotonic_us(void)
{
	return read_us(CLOCK_MONOTONIC);
}

int64_t
clock_monotonic_ms(void)
{
	return clock_monotonic_us() / 1000;
}

void
clock_iso(int64_t ms, char text[CLOCK_TEXT_SIZE])
{
	time_t seconds = (time_t)(ms / 1000);
	struct tm tm;

	if (gmtime_r(&seconds, &tm) == NULL ||
	    strftime(text, CLOCK_TEXT_SIZE, "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
		text[0] = '\0';
}

void
clock_iso_ms(int64_t ms, char text[CLOCK_TEXT_SIZE])
{
	size_t len;

	clock_iso(ms, text);
	len = strlen(text);
	if (len > 0)
		snprintf(text + len - 1, CLOCK_TEXT_SIZE - len + 1, ".%03dZ", (int)(ms % 1000));
}

void
clock_stamp(char text[CLOCK_TEXT_SIZE])
{
	time_t now = time(NULL);
	struct tm tm;

	if (localtime_r(&now, &tm) == NULL ||
	    strftime(text, CLOCK_TEXT_SIZE, "%Y%m%d-%H%M%S", &tm) == 0)
		text[0] = '\0';
}
