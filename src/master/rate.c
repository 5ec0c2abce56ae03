/* master_rate: token buckets, counted in thousandths. */
#include "master/rate.h"

#include <string.h>

#include "base/fnv.h"

#define ONE 1000

bool
master_rate_take(struct master_rate *rates, const unsigned char key[ADDRESS_KEY_SIZE], int rate,
    int burst, int cost, int64_t now)
{
	uint64_t hash = fnv_bytes(FNV_BEGIN, key, ADDRESS_KEY_SIZE);
	size_t set = (hash ^ hash >> 32) % MASTER_RATE_SETS, way = 0;
	int64_t used, gone;

	for (size_t i = 0; i < MASTER_RATE_WAYS; i++) {
		if (memcmp(rates->addresses[set][i].key, key, ADDRESS_KEY_SIZE) == 0) {
			way = i;
			break;
		}
		if (rates->addresses[set][i].last_ms < rates->addresses[set][way].last_ms)
			way = i;
	}
	if (memcmp(rates->addresses[set][way].key, key, ADDRESS_KEY_SIZE) != 0) {
		memcpy(rates->addresses[set][way].key, key, ADDRESS_KEY_SIZE);
		rates->addresses[set][way].used = 0;
	}
	gone = (now - rates->addresses[set][way].last_ms) * rate;
	used = rates->addresses[set][way].used;
	used = gone >= used ? 0 : used - gone;
	if (used + (int64_t)cost * ONE > (int64_t)burst * ONE)
		return false;
	rates->addresses[set][way].used = used + (int64_t)cost * ONE;
	rates->addresses[set][way].last_ms = now;
	return true;
}

int64_t
master_rate_all_wait_ms(struct master_rate_all *all, int rate, int burst, int64_t now)
{
	int64_t most = (int64_t)burst * ONE;
	int64_t gone = all->last_ms == 0 ? burst : (now - all->last_ms);

	all->left = all->last_ms == 0 || gone > most / rate ? most : all->left + gone * rate;
	if (all->left > most)
		all->left = most;
	all->last_ms = now;
	return all->left >= ONE ? 0 : (ONE - all->left + rate - 1) / rate;
}

int
master_rate_all_left(const struct master_rate_all *all)
{
	return (int)(all->left / ONE);
}

void
master_rate_all_take(struct master_rate_all *all)
{
	all->left -= ONE;
}
