/*
 * chat_push: subscribes to events, and wakes for those that are part of no transaction; those that
 * are, chat_ring tells of. What cannot be delivered is only logged.
 */
#ifndef KABAR_CHAT_PUSH_H
#define KABAR_CHAT_PUSH_H

#include <signal.h>

#include "chat/chat.h"
#include "live/wakeup.h"

/* The handle with which this process wakes others, or NULL; the log says why. */
struct wakeup *chat_push_wakeup(struct chat *);

/*
 * Subscribes this process. The descriptor that becomes readable with each event, or -1; the log
 * says why.
 */
int chat_push_listen(struct chat *, const struct wakeup_subscription *);

/* The same for a process that waits for wakeup_notify_slot() only. */
int chat_push_await(struct chat *);

/* The signal that workers which show a user on the scoreboard get from chat_push_session(). */
#define CHAT_PUSH_SIGNAL SIGUSR1
/* Sessions of this user, or of SCOREBOARD_ANY_USER, may have ended; each worker of the user checks
 * whether it was its own. */
void chat_push_session(struct chat *, uint64_t user);

/* Whether somebody watches what this user does (chat/history/watch.h). */
bool chat_push_watched(struct chat *, uint64_t user);
/* The people in a group's room have changed; 0: the users who are online. */
void chat_push_people(struct chat *, uint64_t group);
/* Events may have been missed: wakes every subscription, the bridge, and who has a session. */
void chat_push_everyone(struct chat *);
/* How often that topic has changed; 0 if that is not known. */
uint64_t chat_push_changes(struct chat *, enum wakeup_topic);

#endif
