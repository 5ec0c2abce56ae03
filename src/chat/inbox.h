/*
 * chat_inbox: the messages that a user has not read: to the user and to the user's groups, from
 * this realm and from others, oldest first. Looking moves no cursor; the cursors move when the
 * client has acknowledged the reply.
 */
#ifndef KABAR_CHAT_INBOX_H
#define KABAR_CHAT_INBOX_H

#include "chat/chat.h"
#include "chat/message.h"
#include "chat/sender.h"
#include "live/inbox_lock.h"

/* One of the logs that an inbox is read from. */
struct chat_inbox_log {
	uint64_t log;
	uint64_t owner;  /* the reader, or a group */
	uint64_t cursor; /* number up to which the user had read it before */
	uint64_t taken;  /* number up to which this inbox has it */
	uint64_t lost;   /* entries between the two that expired unread */
};

struct chat_inbox_item {
	uint64_t seq;
	uint32_t sender; /* index in senders.names */
	uint32_t log;    /* index in logs[] */
	uint32_t face;   /* index in faces */
};

#define CHAT_INBOX_SEVERAL UINT32_MAX

/* One look at an inbox, ended by chat_inbox_free(). The messages themselves stay in the store. */
struct chat_inbox {
	struct chat_inbox_log *logs;
	size_t n_logs;
	/* The conversations of two from which messages are shown; owner is the reader. */
	struct chat_inbox_log *marks;
	size_t n_marks;
	struct chat_inbox_item *items; /* oldest first */
	size_t n_items;
	struct chat_senders senders; /* user, or user@realm */
	struct chat_senders looks;   /* full names, by what they look like */
	uint32_t *faces;             /* of each: the sender who has it, or CHAT_INBOX_SEVERAL */
	size_t n_faces;
	uint64_t lost; /* messages that expired unread since the last look */
};

/* More items, logs or conversations than these are left for the next look. */
#define CHAT_INBOX_ITEMS 65536
#define CHAT_INBOX_LOGS  STORE_TX_STEPS /* whose cursors one transaction can move */

/* Where messages come from: a peer, by its id, or one of these. */
#define CHAT_INBOX_OWN 0 /* this realm: its users and the server itself */
#define CHAT_INBOX_ALL UINT64_MAX

/* A position in a log that a user will have reached. */
struct chat_inbox_position {
	uint64_t user;
	uint64_t log;
	uint64_t owner; /* as in chat_inbox_log */
	uint64_t taken;
};

/*
 * Inboxes that are on their way to a client, which has not acknowledged them yet. All zero: none,
 * and no lock is held.
 */
struct chat_inbox_pending {
	struct chat_inbox_position *positions;
	size_t n_positions;
	struct store_tx *tx; /* to be committed besides when they are acknowledged; NULL: none */
	struct inbox_lock lock;
};

/*
 * Finds the unread messages of a user that come from there. CHAT_OK or CHAT_FAILED; to be freed in
 * either case.
 */
enum chat_result chat_inbox_look(struct chat *, uint64_t user, uint64_t from, struct chat_inbox *);
/* The same without those that are pending already. */
enum chat_result chat_inbox_look_past(struct chat *, const struct chat_inbox_pending *,
    uint64_t user, uint64_t from, struct chat_inbox *);
/* The `from` that the name of a realm stands for. CHAT_OK, CHAT_NO_REALM, CHAT_FAILED. */
enum chat_result chat_inbox_realm(struct chat *, struct chat_text realm, uint64_t *from);
void chat_inbox_free(struct chat_inbox *);
/*
 * Reads the message of an item; its texts last until the store is used again. CHAT_OK,
 * CHAT_NO_USER: it has expired meanwhile; CHAT_FAILED.
 */
enum chat_result chat_inbox_read(struct chat *, const struct chat_inbox_item *,
    struct chat_message *);

/* Adds an inbox that is sent to the client. Gives up the lock if nothing at all is pending. */
void chat_inbox_await(struct chat_inbox_pending *, uint64_t user, const struct chat_inbox *);
bool chat_inbox_is_pending(const struct chat_inbox_pending *);
/* The client has acknowledged all: moves the cursors and gives up the lock. */
void chat_inbox_ack(struct chat *, struct chat_inbox_pending *);
/* The client will never have it: leaves the cursors and gives up the lock. */
void chat_inbox_forget(struct chat_inbox_pending *);

#endif
