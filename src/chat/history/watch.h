/*
 * chat_watch: all that happens in the conversations of a user after some moment, in the order in
 * which it became durable, for one of the user's devices: it moves no cursor.
 */
#ifndef KABAR_CHAT_HISTORY_WATCH_H
#define KABAR_CHAT_HISTORY_WATCH_H

#include "chat/history/activity.h"
#include "chat/history/item.h"

/* One of the logs that are watched. */
struct chat_watch_log {
	uint64_t log;
	uint64_t number;  /* of the last entry that was visited */
	uint64_t group;   /* whose log it is; 0: the user's */
	bool activity;    /* no messages to the group or user */
	int64_t since_ms; /* of a group: what is older is not for the user */
	bool stays;       /* found again at this look */
};

/* All zero: nothing is watched. */
struct chat_watch {
	uint64_t last; /* all entries up to this seq were visited */
	struct chat_watch_log *logs;
	size_t n;
};

enum chat_watch_kind {
	CHAT_WATCH_MESSAGE,
	CHAT_WATCH_READ,
	CHAT_WATCH_MEMBER, /* somebody came or went: CHAT_ACTIVITY_OF_MEMBER */
	CHAT_WATCH_DELIVERY,
	CHAT_WATCH_GROUP /* what became of a group: CHAT_ACTIVITY_OF_GROUP */
};

struct chat_watch_event {
	enum chat_watch_kind kind;
	struct chat_item item;         /* of a message */
	uint64_t seq;                  /* of the entry; 0: there is none */
	int64_t time_ms;               /* of the entry; 0: there is none */
	struct chat_activity activity; /* of other events */
	char with[CHAT_WHO_TEXT];      /* with whom it is; of a member or group, the group */
};

/*
 * Begins behind a seq, UINT64_MAX: now. CHAT_OK, CHAT_HISTORY_OFF or CHAT_FAILED; to be ended in
 * any case.
 */
enum chat_result chat_watch_begin(struct chat *, struct chat_watch *, uint64_t after);
void chat_watch_end(struct chat_watch *);
/*
 * Visits at most `most` events, oldest first; visit must not use the store. CHAT_OK: all that there
 * was; CHAT_TOO_MANY: there are more; CHAT_FAILED: the rest is left for the next call.
 */
typedef void chat_watch_visit(void *arg, const struct chat_watch_event *);
enum chat_result chat_watch_read(struct chat *, struct chat_watch *, const struct chat_user *,
    size_t most, chat_watch_visit *, void *arg);

#endif
