/*
 * bell: waking workers that wait for news, and the bridge. Who listens for what stands in a mapped
 * file, one entry a worker; the bell itself is a datagram socket without content, bound to a name.
 * A ring may be lost or come twice without harm: the logs are the truth.
 */
#ifndef KABAR_WAKEUP_H
#define KABAR_WAKEUP_H

#include <stdbool.h>
#include <stdint.h>

struct wakeup;

enum wakeup_kind {
	WAKEUP_NONE,
	WAKEUP_FOLLOW, /* wants what is addressed to `user`, or to a group that user is in */
	WAKEUP_ROOM,   /* shows rooms and people, and is in the room `room`, 0: in none */
	WAKEUP_BUSY    /* the same, but looks after rooms and people by itself for now */
};

/* What may have changed when a worker in WAKEUP_ROOM is woken. */
enum wakeup_topic {
	WAKEUP_ROOMS,  /* which rooms there are */
	WAKEUP_PEOPLE, /* who is online, or in a room */
	WAKEUP_TOPICS  /* how many there are */
};

/* What a worker listens for. */
struct wakeup_subscription {
	enum wakeup_kind kind;
	uint64_t user;
	uint64_t room;
};

/* For a state directory, which is copied. NULL with errno set. */
struct wakeup *wakeup_open(const char *state);
/* Nobody can ring for this process any more. */
void wakeup_close(struct wakeup *);

/*
 * Says what the worker in this slot of the board listens for. Returns the descriptor that
 * becomes readable when the bell was rung, or -1 with errno set.
 */
int wakeup_subscribe(struct wakeup *, unsigned int slot, const struct wakeup_subscription *);
/*
 * The same for who only waits to be rung for by its slot; what it listens for stays. A handle has
 * one slot as long as it is open.
 */
int wakeup_await(struct wakeup *, unsigned int slot);
/* And for the bridge, of which there is one; the last to say so is woken. */
int wakeup_subscribe_bridge(struct wakeup *);
/* Takes in all rings so far. */
void wakeup_drain(struct wakeup *);
/* Counts a change, and how many there were: so that who is woken need not look at everything. */
void wakeup_change(struct wakeup *, enum wakeup_topic);
uint64_t wakeup_changes(const struct wakeup *, enum wakeup_topic);
/* Rings for all of whom concerned says true. */
void wakeup_notify(struct wakeup *,
    bool (*concerned)(void *arg, const struct wakeup_subscription *), void *arg);
/* Rings for one worker, whatever it listens for. */
void wakeup_notify_slot(struct wakeup *, unsigned int slot);
/*
 * For who has taken in rings while it waited for its slot's: if it listens for anything, its bell
 * rings once more, as it may have rung for that.
 */
void wakeup_notify_self(struct wakeup *);
/* Rings for the bridge: something was put into an outbox. */
void wakeup_notify_bridge(struct wakeup *);

#endif
