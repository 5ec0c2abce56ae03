/*
 * chat_history: the conversation of two as it is kept: a record that names a log for each
 * direction, made with the first message. A group's conversation is the group's own logs and has no
 * record. What the logs of activity hold is left to chat_activity.
 *
 * Each entry of a direction's log stands in other logs, too: in that from which the receiver's
 * inbox is read, and in the sender's log of activity. So the seq of the entry, the message's id, is
 * the same wherever it is read.
 */
#ifndef KABAR_CHAT_HISTORY_LOGS_H
#define KABAR_CHAT_HISTORY_LOGS_H

#include "chat/chat.h"
#include "chat/key.h"
#include "chat/set.h"

#define CHAT_HISTORY_SERVER 0 /* the id under which the server itself is a partner */
#define CHAT_HISTORY_RECORD 40
#define CHAT_HISTORY_LOGS   2      /* logs that a message has besides its own */
#define CHAT_HISTORY_MOST   100000 /* conversations of a user, whatever conversations_max says */

/*
 * The key is low, high: ids of users of this realm, of a user or group of another realm
 * (chat_remote_user, a group's name begins with #), or 0 for the server, whose partner is a user.
 * A user who writes to itself has both ids and one log.
 */
struct chat_history {
	uint64_t low;
	uint64_t high;          /* not lower */
	uint64_t from_low;      /* the log of what low sent to high */
	uint64_t from_high;     /* and back; 0: low is the server, and nobody answers it */
	uint64_t low_activity;  /* the log of activity of low; 0: low is the server */
	uint64_t high_activity; /* of one of another realm: the log of what was refused there */
};

/* The conversation of two ids, in either order. CHAT_OK, CHAT_NO_USER: they have none; or
 * CHAT_FAILED. One look-up. */
enum chat_result chat_history_get(struct chat *, uint64_t a, uint64_t b, struct chat_history *);
/* The log of what one of the two sent to the other; 0: the server gets nothing. */
uint64_t chat_history_from(const struct chat_history *, uint64_t sender);
/* The log of what one of the two got: the reader's cursor in it is the read marker. */
uint64_t chat_history_to(const struct chat_history *, uint64_t reader);
/* The log of activity of one of the two; of one of another realm: of refusals. */
uint64_t chat_history_activity(const struct chat_history *, uint64_t id);
/* The other one of the two. */
uint64_t chat_history_partner(const struct chat_history *, uint64_t id);

/*
 * The list of those with whom a user has conversations has several parts, each a set of its own:
 * two conversations of one user that begin at once then mostly do not conflict.
 */
#define CHAT_HISTORY_PARTS 16
/* The part in which a partner is. */
struct chat_set chat_history_list(uint64_t user, uint64_t partner);
/*
 * The next one in no particular order, until CHAT_NO_USER. *at is 0 for the first; while the list
 * does not change, each comes once. When one ends, another one may take its place.
 */
enum chat_result chat_history_next(struct chat *, uint64_t user, uint32_t *at, uint64_t *partner);
enum chat_result chat_history_count(struct chat *, uint64_t user, uint32_t *count);
/*
 * Whether the list has room for a partner: CHAT_OK, CHAT_TOO_MANY or CHAT_FAILED. All parts are
 * counted only where the partner's own one is not small; so a list gets a quarter more than `most`
 * where its parts are filled in the worst order.
 */
enum chat_result chat_history_room(struct chat *, uint64_t user, uint64_t partner, uint32_t most);

/*
 * The conversation of a sender and a receiver, which is made if need be. CHAT_OK; CHAT_NO_USER: one
 * of them is gone; CHAT_TOO_MANY: one of them has conversations_max already, and then the message
 * is sent without; CHAT_FAILED and other failures of the store.
 */
enum chat_result chat_history_make(struct chat *, uint64_t sender, uint64_t receiver,
    struct chat_history *);

/* The same with somebody of another realm, who may be met for the first time; *id is the partner's.
 */
struct chat_history_remote {
	uint64_t peer;
	struct chat_text name; /* of a group with its # (chat_remote_user_name) */
};
enum chat_result chat_history_meet(struct chat *, const struct chat_history_remote *, uint64_t user,
    struct chat_history *, uint64_t *id);

/* The logs, besides its own, into which a message goes. */
struct chat_history_logs {
	uint64_t list[CHAT_HISTORY_LOGS];
	unsigned int n; /* 0: no history is kept, or there is no room for one more conversation */
};

/*
 * Those of a message from `sender` to `receiver`: the direction's log and the sender's log of
 * activity, which the server and users of other realms do not have. CHAT_OK; else as above.
 */
enum chat_result chat_history_of_message(struct chat *, uint64_t sender, uint64_t receiver,
    struct chat_history_logs *);

/* Those of a message to somebody of another realm, and of one from there. *made: it is the first.
 */
enum chat_result chat_history_of_outbound(struct chat *, uint64_t sender,
    const struct chat_history_remote *receiver, struct chat_history_logs *);
enum chat_result chat_history_of_inbound(struct chat *, const struct chat_history_remote *sender,
    uint64_t receiver, struct chat_history_logs *, bool *made);

/* The log of activity of a user or group; 0: there is none yet. CHAT_OK or CHAT_FAILED. */
enum chat_result chat_history_activity_of(struct chat *, uint64_t owner, uint64_t *log);
/* The same, which is made if need be. CHAT_NO_USER: the owner is gone. */
enum chat_result chat_history_make_activity(struct chat *, uint64_t owner, uint64_t *log);

/*
 * Whose a log is that was made here. A direction's or one of refusals: the conversation's low and
 * high; one of activity: owner and 0, of which the first is the higher one. CHAT_OK, CHAT_NO_USER:
 * it is none of them; or CHAT_FAILED.
 */
struct chat_history_owner {
	uint64_t first;
	uint64_t second;
};
enum chat_result chat_history_owner(struct chat *, uint64_t log, struct chat_history_owner *);

/* The record's value; its length. And back: false when it is none. */
size_t chat_history_pack(unsigned char value[CHAT_HISTORY_RECORD], const struct chat_history *);
bool chat_history_parse(const void *key, size_t key_len, const void *value, size_t len,
    struct chat_history *);
/* Its key, of two ids in either order. */
void chat_history_key(unsigned char key[CHAT_KEY_PAIR], uint64_t a, uint64_t b);
/* The record under a log's id; false when it is none. */
bool chat_history_parse_owner(const void *key, size_t key_len, const void *value, size_t len,
    uint64_t *log, struct chat_history_owner *);

#endif
