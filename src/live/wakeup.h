/*
 * wakeup: wakes workers that wait for news, and the bridge. A worker subscribes to what concerns a
 * user or a room; the logs are the truth, so that a notification may be lost or come twice without
 * harm. To IRC connections one may say something by itself: a whisper.
 */
#ifndef KABAR_WAKEUP_H
#define KABAR_WAKEUP_H

#include <stdbool.h>
#include <stdint.h>

#include "live/whisper.h"

struct wakeup;

enum wakeup_kind {
	WAKEUP_NONE,
	WAKEUP_FOLLOW, /* wants what is addressed to `user`, or to a group that user is in */
	WAKEUP_WATCH,  /* the same, and who comes and goes */
	WAKEUP_QUIET,  /* the same, but looks after who comes and goes by itself for now */
	WAKEUP_ROOM,   /* shows rooms and people, and is in the room `room`, 0: in none */
	WAKEUP_BUSY,   /* the same, but looks after rooms and people by itself for now */
	WAKEUP_IRC     /* the same if it looks after others, and wants whispers */
};

/* What is counted when it changes. For the first two a worker in WAKEUP_ROOM is woken. */
enum wakeup_topic {
	WAKEUP_ROOMS,  /* which rooms there are */
	WAKEUP_PEOPLE, /* who is online, or in a room */
	WAKEUP_AWAY    /* which users are away */
};

/* The news for which a worker is woken. */
struct wakeup_subscription {
	enum wakeup_kind kind;
	uint64_t user;
	/* Of WAKEUP_IRC: other users whom it looks after, as the dialect says; 0: nobody. */
	uint64_t room;
};

/* Whether the worker is woken for who comes and goes, beside what is addressed to its user. */
static inline bool
wakeup_watches(const struct wakeup_subscription *subscription)
{
	return subscription->kind == WAKEUP_WATCH ||
	    (subscription->kind == WAKEUP_IRC && subscription->room != 0);
}

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
/* How many subscriptions there are. */
unsigned int wakeup_count(const struct wakeup *);
/* Receives all notifications so far; whispers stay for wakeup_hear(). */
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

/*
 * Tells something to the workers of all subscriptions of WAKEUP_IRC, but our own, for which
 * `concerned` returns true; nothing is told if we have no slot, or the payload is longer than
 * WHISPER_MAX. `concerned` may use the store. The kernel keeps net.unix.max_dgram_qlen datagrams
 * for each receiver (mostly 10, so that 11 fit), notifications among them: what comes to a full
 * queue, as in a burst from many while the receiver does something else, is lost. The receiver is
 * told that it missed some; so whatever must not be lost has to lie where the receiver can look for
 * it.
 */
void wakeup_whisper(struct wakeup *,
    bool (*concerned)(void *arg, const struct wakeup_subscription *), void *arg, const void *data,
    size_t len);
/*
 * The next whisper that has come, in the order in which they were sent by each worker. False: there
 * is none, and all notifications have been received. The sender's slot is proved by the kernel's
 * word on the process (live/whisper.h); whom that slot shows is for its worker to say. *missed,
 * also where there is no whisper: some were lost since the last call. Needs the subscription
 * WAKEUP_IRC and wakeup_set_scoreboard().
 */
bool wakeup_hear(struct wakeup *, char data[WHISPER_MAX], size_t *len, struct whisper_sender *,
    bool *missed);
/* By which senders of whispers are proved; the caller's, to stay open as long as it hears. */
void wakeup_set_scoreboard(struct wakeup *, struct scoreboard *);

/* Wakes the bridge: something was put into an outbox. */
void wakeup_notify_bridge(struct wakeup *);

#endif
