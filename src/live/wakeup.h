/*
 * bell: waking workers that wait for news, and the bridge. Who listens for what stands in a mapped
 * file, one entry a worker; the bell itself is a datagram socket without content, bound to a name.
 * A ring may be lost or come twice without harm: the logs are the truth.
 */
#ifndef KABAR_BELL_H
#define KABAR_BELL_H

#include <stdbool.h>
#include <stdint.h>

struct bell;

enum bell_kind {
	BELL_DEAF,
	BELL_FOLLOW, /* wants what is addressed to `user`, or to a group that user is in */
	BELL_ROOM,   /* shows rooms and people, and is in the room `room`, 0: in none */
	BELL_BUSY    /* the same, but looks after rooms and people by itself for now */
};

/* What may have changed when a worker in BELL_ROOM is woken. */
enum bell_topic {
	BELL_ROOMS,  /* which rooms there are */
	BELL_PEOPLE, /* who is online, or in a room */
	BELL_TOPICS  /* how many there are */
};

/* What a worker listens for. */
struct bell_ear {
	enum bell_kind kind;
	uint64_t user;
	uint64_t room;
};

/* For a state directory, which is copied. NULL with errno set. */
struct bell *bell_open(const char *state);
/* Nobody can ring for this process any more. */
void bell_close(struct bell *);

/*
 * Says what the worker in this slot of the board listens for. Returns the descriptor that
 * becomes readable when the bell was rung, or -1 with errno set.
 */
int bell_listen(struct bell *, unsigned int slot, const struct bell_ear *);
/*
 * The same for who only waits to be rung for by its slot; what it listens for stays. A handle has
 * one slot as long as it is open.
 */
int bell_await(struct bell *, unsigned int slot);
/* And for the bridge, of which there is one; the last to say so is woken. */
int bell_listen_bridge(struct bell *);
/* Takes in all rings so far. */
void bell_hush(struct bell *);
/* Counts a change, and how many there were: so that who is woken need not look at everything. */
void bell_change(struct bell *, enum bell_topic);
uint64_t bell_changes(const struct bell *, enum bell_topic);
/* Rings for all of whom concerned says true. */
void bell_ring(struct bell *, bool (*concerned)(void *arg, const struct bell_ear *), void *arg);
/* Rings for one worker, whatever it listens for. */
void bell_ring_slot(struct bell *, unsigned int slot);
/*
 * For who has taken in rings while it waited for its slot's: if it listens for anything, its bell
 * rings once more, as it may have rung for that.
 */
void bell_ring_self(struct bell *);
/* Rings for the bridge: something was put into an outbox. */
void bell_ring_bridge(struct bell *);

#endif
