/*
 * chat_push: telling those who are online and concerned that there is news. To be called when
 * the news is durable.
 */
#ifndef KABAR_CHAT_PUSH_H
#define KABAR_CHAT_PUSH_H

#include <signal.h>

#include "chat/chat.h"
#include "live/wakeup.h"

/*
 * Says for what this process wants to be woken. Returns what then becomes readable, or -1; the log
 * says why.
 */
int chat_push_listen(struct chat *, const struct wakeup_subscription *);

/* The same for who only waits for its slot to be rung for (wakeup_notify_slot). */
int chat_push_await(struct chat *);

/* There is something new in an outbox. */
void chat_push_bridge(struct chat *);
/* Comes to those who show a user on the board when chat_push_session() is called. */
#define CHAT_PUSH_SIGNAL SIGUSR1
/* A session of this user has ended: where it was used somebody has to be shown no more. */
void chat_push_session(struct chat *, uint64_t user);

/* There is something new in a user's own log. */
void chat_push_user(struct chat *, uint64_t user);
/* There is something new in a group's log. */
void chat_push_group(struct chat *, uint64_t group);
/* A room was made or removed. */
void chat_push_rooms(struct chat *);
/* Who is in a group's room has changed; 0: who is online. */
void chat_push_people(struct chat *, uint64_t group);
/*
 * A process was killed that could not tell any more what it had made durable: everyone who listens,
 * and the bridge, looks.
 */
void chat_push_everyone(struct chat *);
/* How often the one or the other was said; 0 when that cannot be told. */
uint64_t chat_push_changes(struct chat *, enum wakeup_topic);

#endif
