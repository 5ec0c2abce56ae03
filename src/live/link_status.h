/*
 * links: what the bridge lets others see, in a mapped file: how each link is, and, for workers
 * that wait, what became of a letter. Good while a bridge holds the lock.
 */
#ifndef KABAR_LINKS_H
#define KABAR_LINKS_H

#include <stdbool.h>
#include <stdint.h>

#define LINK_STATUS_PEERS     256   /* peers whose state can be shown; for others nobody waits */
#define LINK_STATUS_SLOTS     65536 /* as the board has at most */
#define LINK_STATUS_ERROR_MAX 160

enum link_status_state {
	LINK_STATUS_DOWN,       /* waits before it tries again */
	LINK_STATUS_CONNECTING, /* up to the peer's greeting */
	LINK_STATUS_UP
};

struct link_status {
	uint64_t peer; /* its id, never 0 */
	enum link_status_state state;
	int64_t since_ms;                  /* in this state, since 1970 */
	int64_t retry_ms;                  /* down: when it is tried again, since 1970; else 0 */
	int64_t round_trip_us;             /* as last measured, -1: not yet */
	char error[LINK_STATUS_ERROR_MAX]; /* the last one, "": none */
};

/* What became of a letter: delivered, or else a reason (chat_reason.h). */
#define DELIVERY_WAIT_DELIVERED 0

struct link_status_file;

/*
 * Maps the file of a state directory, made if missing. NULL with errno set. A process that leads
 * must not open it a second time: closing either would give up the lead.
 */
struct link_status_file *link_status_open(const char *state);
/* Gives up the lead, too. A child of fork() closes only its own copy. */
void link_status_close(struct link_status_file *);

/*
 * For the bridge, and for whoever must do without one: becomes the only one, of whom nothing is
 * shown yet. 0, or -1 with errno; EAGAIN: there is one already.
 */
int link_status_lead(struct link_status_file *);
/* Whether a bridge lives. */
bool link_status_led(struct link_status_file *);
/*
 * The bridge shows a peer's state, until it hides it or ends. Nothing is shown of more than
 * LINK_STATUS_PEERS of them.
 */
void link_status_show(struct link_status_file *, const struct link_status *);
void link_status_hide(struct link_status_file *, uint64_t peer);
/* False: no bridge lives, or it shows nothing of this peer. */
bool link_status_get(struct link_status_file *, uint64_t peer, struct link_status *);

/*
 * A worker begins to wait in its slot of the board; the ticket (never 0, below 2^48) goes with the
 * letter. One wait a slot: a new one takes the place of the last.
 */
uint64_t delivery_wait_begin(struct link_status_file *, unsigned int slot);
/* True: the verdict is here. To be asked whenever the bell was rung (wakeup_notify_slot). */
bool delivery_wait_poll(struct link_status_file *, unsigned int slot, uint64_t wait_id,
    unsigned int *delivery_result);
/*
 * Waits no more. True: nobody will tell this worker, so that what is refused is bounced. False: the
 * verdict came in this moment, or was claimed, and is the worker's to tell.
 */
bool delivery_wait_give_up(struct link_status_file *, unsigned int slot, uint64_t wait_id,
    unsigned int *delivery_result);
/*
 * The bridge, before it settles a letter that is refused: true when the worker waits; it is the one
 * who tells the user, as soon as delivery_wait_tell says that all is settled. True also when this
 * was claimed or told already, by a bridge that died before it could settle.
 */
bool delivery_wait_claim(struct link_status_file *, unsigned int slot, uint64_t wait_id,
    unsigned int delivery_result);
/* The verdict is the worker's now, if it waited or this was claimed: its bell is to be rung. */
bool delivery_wait_tell(struct link_status_file *, unsigned int slot, uint64_t wait_id,
    unsigned int delivery_result);

#endif
