/*
 * master_rate: how fast connections come: from each address, in a table of fixed size that forgets
 * the address that has been quiet for longest; and from all together.
 */
#ifndef KABAR_MASTER_RATE_H
#define KABAR_MASTER_RATE_H

#include <stdbool.h>
#include <stdint.h>

#include "net/address.h"

#define MASTER_RATE_SETS 2048
#define MASTER_RATE_WAYS 4

/* All zero: nobody has come. */
struct master_rate {
	struct {
		unsigned char key[ADDRESS_KEY_SIZE];
		int64_t used;    /* of its burst, in thousandths of a connection */
		int64_t last_ms; /* and when that was so, by the monotonic clock */
	} addresses[MASTER_RATE_SETS][MASTER_RATE_WAYS];
};

/*
 * Takes `cost` connections from what an address may have: `rate` a second, and `burst` at once
 * after a pause. False, and nothing taken: that is more than is left. `now` is the monotonic
 * clock's.
 */
bool master_rate_take(struct master_rate *, const unsigned char key[ADDRESS_KEY_SIZE], int rate,
    int burst, int cost, int64_t now);

/* The same for all together. All zero: nobody has come. */
struct master_rate_all {
	int64_t left; /* thousandths of a connection */
	int64_t last_ms;
};

/* Milliseconds until there is one to be had. */
int64_t master_rate_all_wait_ms(struct master_rate_all *, int rate, int burst, int64_t now);
/* Whole connections that are left, as of the last time that the wait was asked for. */
int master_rate_all_left(const struct master_rate_all *);
void master_rate_all_take(struct master_rate_all *);

#endif
