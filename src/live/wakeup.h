/*
 * wakeup: wakes workers that wait for news, and the bridge. A worker subscribes to what concerns a
 * user or a room; the logs are the truth, so that a notification may be lost or come twice without
 * harm.
 */
#ifndef KABAR_WAKEUP_H
#define KABAR_WAKEUP_H

#include <stdbool.h>
#include <stdint.h>

struct wakeup;

enum wakeup_kind {
	WAKEUP_NONE,
	WAKEUP_FOLLOW, /* wants what is addressed to `user`, or to a group that user is in */
	WAKEUP_WATCH,  /* the same, and who comes and goes */
	WAKEUP_QUIET,  /* the same, but looks after who comes and goes by itself for now */
	WAKEUP_ROOM,   /* shows rooms and people, and is in the room `room`, 0: in none */
	WAKEUP_BUSY    /* the same, but looks after rooms and people by itself for now */
};

/* The changes for which a worker in WAKEUP_ROOM is woken. */
enum wakeup_topic {
	WAKEUP_ROOMS,  /* which rooms there are */
	WAKEUP_PEOPLE, /* who is online, or in a room */
	WAKEUP_TOPICS  /* how many there are */
};

/* The news for which a worker is woken. */
struct wakeup_subscription {
	enum wakeup_kind kind;
	uint64_t user;
	uint64_t room;
};

/* For a state directory, which is copied. NULL with errno set. */
struct wakeup *wakeup_open(const char *state);
/* Nobody can wake this process any more. */
void wakeup_close(struct wakeup *);

/*
 * Subscribes the worker in this slot of the scoreboard. Returns the descriptor that becomes
 * readable with each notification, or -1 with errno set.
 */
int wakeup_subscribe(struct wakeup *, unsigned int slot, const struct wakeup_subscription *);
/*
 * The same for a worker that waits for wakeup_notify_slot() only; its subscription stays. A handle
 * has one slot as long as it is open.
 */
int wakeup_await(struct wakeup *, unsigned int slot);
/* The same for the bridge, of which there is one; the last to subscribe is woken. */
int wakeup_subscribe_bridge(struct wakeup *);
/* Receives all notifications so far. */
void wakeup_drain(struct wakeup *);
/* Counts the changes of a topic, so that a worker that is woken need not look at everything. */
void wakeup_change(struct wakeup *, enum wakeup_topic);
uint64_t wakeup_changes(const struct wakeup *, enum wakeup_topic);
/* Wakes the workers of all subscriptions for which `concerned` returns true. */
void wakeup_notify(struct wakeup *,
    bool (*concerned)(void *arg, const struct wakeup_subscription *), void *arg);
/* Wakes the worker in this slot, whatever its subscription. */
void wakeup_notify_slot(struct wakeup *, unsigned int slot);
/*
 * For a worker that received notifications while it waited for that of its slot: if it has a
 * subscription, it is woken once more, since they may have been for that.
 */
void wakeup_notify_self(struct wakeup *);
/* Wakes the bridge: something was put into an outbox. */
void wakeup_notify_bridge(struct wakeup *);

#endif
