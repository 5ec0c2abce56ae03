/*
 * auth_delay: how long whoever guesses passwords must wait. It counts tries that failed, by account
 * and address together, by account alone and by address alone; and what addresses registered,
 * or sent as guests.
 * Memory is bounded: the oldest counts make way.
 */
#ifndef KABAR_AUTH_DELAY_H
#define KABAR_AUTH_DELAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/address.h"

#define AUTH_DELAY_SLOTS 8192 /* a power of 2 */
#define AUTH_DELAY_WAYS  8    /* slots in which a count may lie */

#define AUTH_DELAY_FREE_PAIR    3      /* failures that cost nothing, by account and address */
#define AUTH_DELAY_FREE_ACCOUNT 50     /* and by account alone */
#define AUTH_DELAY_FREE_ADDRESS 1      /* by address alone, past which it is taken to guess */
#define AUTH_DELAY_ACCOUNT_MS   3000   /* the longest wait for an account's own count */
#define AUTH_DELAY_HALVE_MS     300000 /* in so many ms a count is halved */
#define AUTH_DELAY_DAY_MS       86400000

struct auth_delay_slot {
	uint64_t key; /* 0: free */
	int64_t ms;   /* of the last change; ticks */
	uint32_t count;
	bool good; /* the right password came from there */
};

struct auth_delay {
	unsigned char secret[16]; /* so that nobody chooses keys that collide */
	struct auth_delay_slot slots[AUTH_DELAY_SLOTS];
};

/* One try to log in. */
struct auth_delay_try {
	uint64_t pair, account, address;
	bool near; /* from an address that the strict count leaves alone */
};

void auth_delay_init(struct auth_delay *);
void auth_delay_name(const struct auth_delay *, struct auth_delay_try *, const char *name,
    const unsigned char key[ADDRESS_KEY_SIZE], bool near);
/* The same of a try to register with a code: all codes are one account. */
void auth_delay_code(const struct auth_delay *, struct auth_delay_try *,
    const unsigned char key[ADDRESS_KEY_SIZE], bool near);
/* How many ms a try must wait, as auth_delay_begin() says it; this counts nothing. */
int64_t auth_delay_wait(struct auth_delay *, const struct auth_delay_try *, int64_t now_ms,
    int64_t most_ms);
/* Counts a try as failed. */
void auth_delay_failed(struct auth_delay *, const struct auth_delay_try *, int64_t now_ms);
/*
 * How many ms a try must wait; most_ms: the longest wait for one address; 0: nobody waits. If that
 * is no more than hold_ms, the try is counted as failed, until auth_delay_right() takes that back:
 * so tries at the same time count as those one after the other. A longer wait counts nothing.
 */
int64_t auth_delay_begin(struct auth_delay *, const struct auth_delay_try *, int64_t now_ms,
    int64_t most_ms, int64_t hold_ms);
/* The password was right: the address is one of the account's, and nothing counts any more. */
void auth_delay_right(struct auth_delay *, const struct auth_delay_try *, int64_t now_ms);
/* The try came to nothing through no fault of the client's. */
void auth_delay_undo(struct auth_delay *, const struct auth_delay_try *);

/*
 * Whether a try looks like a guess: others from its address have failed, or many at its account,
 * and that address has never proved the password.
 */
bool auth_delay_guesses(struct auth_delay *, const struct auth_delay_try *, int64_t now_ms);

/*
 * Counts a registration of an address, or a guest from it, `most` of which it may have in a day.
 * The ms until it may have the next; 0: this one is counted.
 */
int64_t auth_delay_register(struct auth_delay *, const unsigned char key[ADDRESS_KEY_SIZE],
    unsigned int most, int64_t now_ms);
int64_t auth_delay_guest(struct auth_delay *, const unsigned char key[ADDRESS_KEY_SIZE],
    unsigned int most, int64_t now_ms);

#endif
