/* seed: Knuth's generator for MMIX, and the output function of splitmix64. */
#include "seed.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"

uint64_t
seed_choose(void)
{
	const char *repeat = getenv("KABAR_TEST_SEED");

	if (repeat != NULL)
		return strtoull(repeat, NULL, 10);
	return (uint64_t)clock_now_ms() ^ (uint64_t)getpid() << 20;
}

size_t
seed_draw(uint64_t *state, size_t below)
{
	*state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (size_t)(*state >> 33) % below;
}

uint64_t
seed_mix(uint64_t x)
{
	x += UINT64_C(0x9e3779b97f4a7c15);
	x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
	return x ^ x >> 31;
}
