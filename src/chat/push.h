/*
 * chat_push: wakes the workers and the bridge that an event concerns. Called when the event is
 * durable; what cannot be delivered is only logged.
 */
#ifndef KABAR_CHAT_PUSH_H
#define KABAR_CHAT_PUSH_H

#include <signal.h>

#include "chat/chat.h"
#include "live/wakeup.h"

/*
 * Subscribes this process. The descriptor that becomes readable with each event, or -1; the log
 * says why.
 */
int chat_push_listen(struct chat *, const struct wakeup_subscription *);

/* The same for a process that waits for wakeup_notify_slot() only. */
int chat_push_await(struct chat *);

/* An outbox has a new message. */
void chat_push_bridge(struct chat *);
/* The signal that workers which show a user on the scoreboard get from chat_push_session(). */
#define CHAT_PUSH_SIGNAL SIGUSR1
/* A session of this user has ended; each worker of the user checks whether it was its own. */
void chat_push_session(struct chat *, uint64_t user);

/* A user's own log has a new message. */
void chat_push_user(struct chat *, uint64_t user);
/* The same of two, one of whom has sent it; 0: of one. */
void chat_push_users(struct chat *, uint64_t user, uint64_t other);
/* Whether somebody watches what this user does (chat/history/watch.h). */
bool chat_push_watched(struct chat *, uint64_t user);
/* A group's log has a new message. */
void chat_push_group(struct chat *, uint64_t group);
/* A room was made or removed. */
void chat_push_rooms(struct chat *);
/* The people in a group's room have changed; 0: the users who are online. */
void chat_push_people(struct chat *, uint64_t group);
/*
 * A process was killed that may have made something durable without an event: wakes every
 * subscription and the bridge.
 */
void chat_push_everyone(struct chat *);
/* How often that topic has changed; 0 if that is not known. */
uint64_t chat_push_changes(struct chat *, enum wakeup_topic);

#endif
