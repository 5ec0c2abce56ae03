/*
 * links: what the bridge lets others see, in a mapped file: how each link is, and, for workers
 * that wait, what became of a letter. Good while a bridge holds the lock.
 */
#ifndef KABAR_LINKS_H
#define KABAR_LINKS_H

#include <stdbool.h>
#include <stdint.h>

#define LINKS_PEERS     256   /* peers whose state can be shown; for others nobody waits */
#define LINKS_SLOTS     65536 /* as the board has at most */
#define LINKS_ERROR_MAX 160

enum links_state {
	LINKS_DOWN,       /* waits before it tries again */
	LINKS_CONNECTING, /* up to the peer's greeting */
	LINKS_UP
};

struct links_status {
	uint64_t peer; /* its id, never 0 */
	enum links_state state;
	int64_t since_ms;            /* in this state, since 1970 */
	int64_t retry_ms;            /* down: when it is tried again, since 1970; else 0 */
	int64_t round_trip_us;       /* as last measured, -1: not yet */
	char error[LINKS_ERROR_MAX]; /* the last one, "": none */
};

/* What became of a letter: delivered, or else a reason (chat_reason.h). */
#define LINKS_DELIVERED 0

struct links;

/*
 * Maps the file of a state directory, made if missing. NULL with errno set. A process that leads
 * must not open it a second time: closing either would give up the lead.
 */
struct links *links_open(const char *state);
/* Gives up the lead, too. A child of fork() closes only its own copy. */
void links_close(struct links *);

/*
 * For the bridge, and for whoever must do without one: becomes the only one, of whom nothing is
 * shown yet. 0, or -1 with errno; EAGAIN: there is one already.
 */
int links_lead(struct links *);
/* Whether a bridge lives. */
bool links_led(struct links *);
/*
 * The bridge shows a peer's state, until it hides it or ends. Nothing is shown of more than
 * LINKS_PEERS of them.
 */
void links_show(struct links *, const struct links_status *);
void links_hide(struct links *, uint64_t peer);
/* False: no bridge lives, or it shows nothing of this peer. */
bool links_get(struct links *, uint64_t peer, struct links_status *);

/*
 * A worker begins to wait in its slot of the board; the ticket (never 0, below 2^48) goes with the
 * letter. One wait a slot: a new one takes the place of the last.
 */
uint64_t links_await(struct links *, unsigned int slot);
/* True: the verdict is here. To be asked whenever the bell was rung (bell_ring_slot). */
bool links_look(struct links *, unsigned int slot, uint64_t ticket, unsigned int *verdict);
/*
 * Waits no more. True: nobody will tell this worker, so that what is refused is bounced. False: the
 * verdict came in this moment, or was claimed, and is the worker's to tell.
 */
bool links_give_up(struct links *, unsigned int slot, uint64_t ticket, unsigned int *verdict);
/*
 * The bridge, before it settles a letter that is refused: true when the worker waits; it is the one
 * who tells the user, as soon as links_tell says that all is settled. True also when this was
 * claimed or told already, by a bridge that died before it could settle.
 */
bool links_claim(struct links *, unsigned int slot, uint64_t ticket, unsigned int verdict);
/* The verdict is the worker's now, if it waited or this was claimed: its bell is to be rung. */
bool links_tell(struct links *, unsigned int slot, uint64_t ticket, unsigned int verdict);

#endif
