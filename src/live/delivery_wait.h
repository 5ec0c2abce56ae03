/*
 * delivery_wait: a worker waits for what became of a message to another realm, and the bridge tells
 * it: a mapped file with one word for each slot of the scoreboard. Which of the two tells the user
 * is decided by one compare-and-swap. Waking the worker is left to wakeup.
 */
#ifndef KABAR_DELIVERY_WAIT_H
#define KABAR_DELIVERY_WAIT_H

#include <stdbool.h>
#include <stdint.h>

/* A delivery result: this, or else a reason (chat/reason.h). */
#define DELIVERY_WAIT_DELIVERED 0

struct delivery_wait;

/* Maps the file of a state directory, made if missing. NULL with errno set. */
struct delivery_wait *delivery_wait_open(const char *state);
/* NULL is allowed. */
void delivery_wait_close(struct delivery_wait *);

/*
 * A worker begins to wait in its slot of the scoreboard; the wait id (never 0, below 2^48) goes
 * with the message. One wait a slot: a new one takes the place of the last.
 */
uint64_t delivery_wait_begin(struct delivery_wait *, unsigned int slot);
/* True: the result is here. To be asked whenever the worker was woken (wakeup_notify_slot). */
bool delivery_wait_poll(struct delivery_wait *, unsigned int slot, uint64_t wait_id,
    unsigned int *result);
/*
 * Waits no more. True: nobody will tell this worker, so that what is refused is bounced. False: the
 * result came in this moment, or was claimed, and is the worker's to tell.
 */
bool delivery_wait_give_up(struct delivery_wait *, unsigned int slot, uint64_t wait_id,
    unsigned int *result);
/*
 * The bridge, before it retires a message that is refused: true when the worker waits. The worker
 * tells the user then, as soon as delivery_wait_tell() says that the message is retired. True also
 * when this was claimed or told already, by a bridge that died before it could retire it.
 */
bool delivery_wait_claim(struct delivery_wait *, unsigned int slot, uint64_t wait_id,
    unsigned int result);
/* True: the worker waited or this was claimed. It has the result now, and is to be woken. */
bool delivery_wait_tell(struct delivery_wait *, unsigned int slot, uint64_t wait_id,
    unsigned int result);

#endif
