/*
 * auth_queue: who waits for a hash. The addresses take turns, and each has its own in order; so one
 * that asks much delays only itself. Those that guess have one turn in a few, so that many of them
 * do not delay the others. Computing is left to auth_helper.
 */
#ifndef KABAR_AUTH_QUEUE_H
#define KABAR_AUTH_QUEUE_H

#include <stdbool.h>
#include <stddef.h>

#include "net/address.h"

#define AUTH_QUEUE_MAX  1024 /* who may wait in all */
#define AUTH_QUEUE_NEAR 768  /* of them from addresses of this machine */
#define AUTH_QUEUE_EACH 32   /* from one other address: many people may share it */
#define AUTH_QUEUE_TURN 4    /* each so many-th turn is that of an address that guesses */

struct auth_queue_entry {
	struct auth_queue_entry *next; /* of the same address */
	void *item;                    /* the caller's */
};

/* An address of which somebody waits. */
struct auth_queue_address {
	unsigned char key[ADDRESS_KEY_SIZE];
	bool near;
	bool guesses;
	size_t n;
	struct auth_queue_entry *first, *last;
	struct auth_queue_address *next; /* whose turn is next */
};

struct auth_queue {
	struct auth_queue_entry entries[AUTH_QUEUE_MAX];
	struct auth_queue_address addresses[AUTH_QUEUE_MAX];
	struct auth_queue_entry *free_entries;
	struct auth_queue_address *free_addresses;
	struct auth_queue_address *first, *last; /* in the order of their turns */
	size_t n;
	size_t n_near;
	unsigned int turns; /* so far */
};

void auth_queue_init(struct auth_queue *);
/*
 * Adds an item of an address. `near`: the address is of this machine, and bounded only with others
 * of them. `guesses`: it has failed so often that others go first. False: no more may wait.
 */
bool auth_queue_add(struct auth_queue *, const unsigned char key[ADDRESS_KEY_SIZE], bool near,
    bool guesses, void *item);
/* Takes the next item out; NULL: nobody waits. */
void *auth_queue_take(struct auth_queue *);
/* Takes this item of an address out. False: it is not there. */
bool auth_queue_remove(struct auth_queue *, const unsigned char key[ADDRESS_KEY_SIZE],
    const void *item);

#endif
