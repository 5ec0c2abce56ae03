/*
 * secret_hash: where a number belongs in a table in memory, so that nobody outside can choose
 * numbers that belong to one place. It is no cryptographic hash: nobody sees what it gives.
 */
#ifndef KABAR_SECRET_HASH_H
#define KABAR_SECRET_HASH_H

#include <bsd/stdlib.h>
#include <stdint.h>

struct secret_hash {
	uint64_t key[2];
};

/* Draws the key of a table. */
static inline void
secret_hash_init(struct secret_hash *hash)
{
	arc4random_buf(hash->key, sizeof(hash->key));
}

static inline uint64_t
secret_hash(const struct secret_hash *hash, uint64_t number)
{
	for (int i = 0; i < 2; i++) {
		number = (number ^ hash->key[i]) * UINT64_C(0x9e3779b97f4a7c15);
		number ^= number >> 32;
		number *= hash->key[1 - i] | 1;
		number ^= number >> 29;
	}
	return number;
}

#endif
