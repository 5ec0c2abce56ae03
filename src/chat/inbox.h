/*
 * chat_inbox: what a user has not read yet: the own log and those of the groups, and what came to
 * either from other realms, merged oldest first. Reading moves no cursor; taking does, when the
 * client has the reply.
 */
#ifndef KABAR_CHAT_INBOX_H
#define KABAR_CHAT_INBOX_H

#include "chat/chat.h"
#include "chat/message.h"
#include "live/inbox_lock.h"

/* Where one log was and will be read up to. */
struct chat_inbox_log {
	uint64_t log;
	uint64_t owner;  /* to whom it was addressed: the reader, or a group */
	uint64_t cursor; /* read up to here before */
	uint64_t taken;  /* and this time */
	uint64_t lost;   /* expired unread, between the two */
};

struct chat_inbox_item {
	uint64_t seq;
	uint32_t sender; /* index in senders[] */
	uint32_t log;    /* index in logs[] */
};

/* A look at the inbox: what there is, by seq. Allocates; the messages themselves stay stored. */
struct chat_inbox {
	struct chat_inbox_log *logs;
	size_t n_logs;
	struct chat_inbox_item *items; /* oldest first */
	size_t n_items;
	char **senders; /* distinct: user, or user@realm */
	size_t n_senders;
	uint64_t lost; /* messages that expired unread since the last look */
};

/* More than these are left for the next look. */
#define CHAT_INBOX_ITEMS 65536
#define CHAT_INBOX_LOGS  STORE_TX_STEPS /* whose cursors one transaction can move */

/* Whence: a peer's id, or one of these. */
#define CHAT_INBOX_OWN 0 /* from the own realm, its users and the server itself */
#define CHAT_INBOX_ALL UINT64_MAX

/* A log up to some number, for one of its readers. */
struct chat_inbox_position {
	uint64_t user;
	uint64_t log;
	uint64_t owner; /* see chat_inbox_log */
	uint64_t taken;
};

/*
 * What the client has if it has the reply, or all of those under way. Zeroes: nothing, with no lock
 * held.
 */
struct chat_inbox_mark {
	struct chat_inbox_position *positions;
	size_t n_positions;
	struct store_tx *tx; /* what else is to be done then; NULL: nothing */
	struct inbox_lock lock;
};

/* All that is unread of user. CHAT_OK or CHAT_FAILED; the inbox is then to be freed. */
enum chat_result chat_inbox_look(struct chat *, uint64_t user, uint64_t from, struct chat_inbox *);
/* The same without what is under way already. */
enum chat_result chat_inbox_look_past(struct chat *, const struct chat_inbox_mark *, uint64_t user,
    uint64_t from, struct chat_inbox *);
/* Which of them a realm's name stands for. CHAT_OK, CHAT_NO_REALM, CHAT_FAILED. */
enum chat_result chat_inbox_realm(struct chat *, struct chat_text realm, uint64_t *from);
void chat_inbox_free(struct chat_inbox *);
/* One of its messages; its texts last until the store is used again. CHAT_NO_USER: gone. */
enum chat_result chat_inbox_read(struct chat *, const struct chat_inbox_item *,
    struct chat_message *);

/* This look is under way, too. If nothing at all is, the lock is given up. */
void chat_inbox_mark(struct chat_inbox_mark *, uint64_t user, const struct chat_inbox *);
/* Whether anything is under way. */
bool chat_inbox_marked(const struct chat_inbox_mark *);
/* The client has it: moves the cursors. Does nothing when there is nothing. */
void chat_inbox_take(struct chat *, struct chat_inbox_mark *);
/* It will never have it. */
void chat_inbox_forget(struct chat_inbox_mark *);

#endif
