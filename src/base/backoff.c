/* backoff: the pauses between tries that fail. */
#include "base/backoff.h"

#include <bsd/stdlib.h>

int64_t
backoff_next_ms(int64_t pause_ms, int64_t first_ms, int64_t most_ms)
{
	if (pause_ms == 0)
		return first_ms;
	return pause_ms < most_ms / 2 ? 2 * pause_ms : most_ms;
}

int64_t
backoff_jitter_ms(int64_t pause_ms)
{
	return pause_ms * 3 / 4 + (int64_t)arc4random_uniform((uint32_t)(pause_ms / 2) + 1);
}
