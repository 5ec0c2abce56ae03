/*
 * chat_item: a message of a conversation as one of its readers sees it, whichever log it is found
 * in: with whom, from whom, and what became of it.
 */
#ifndef KABAR_CHAT_HISTORY_ITEM_H
#define KABAR_CHAT_HISTORY_ITEM_H

#include "chat/file/blob.h"
#include "chat/history/who.h"
#include "chat/message.h"
#include "chat/reason.h"
#include "chat/user.h"

enum chat_item_delivery {
	CHAT_ITEM_HERE, /* a message within this realm, or from another one: it has arrived */
	CHAT_ITEM_QUEUED,
	CHAT_ITEM_DELIVERED,
	CHAT_ITEM_REFUSED
};

struct chat_item {
	uint64_t id; /* the seq of its entry */
	int64_t time_ms;
	enum chat_who_kind kind;  /* of `with` */
	uint64_t partner;         /* the user of this realm with whom it is; 0: none */
	char with[CHAT_WHO_TEXT]; /* chat_who_text() */
	char from[CHAT_WHO_TEXT];
	bool own; /* the reader has sent it */
	enum chat_item_delivery delivery;
	enum chat_reason reason; /* of what is refused */
	/* Of a file: whether it is still kept, and then the newest of this name. */
	bool kept;
	uint64_t size;
	unsigned char hash[CHAT_BLOB_HASH];
	/* Its texts last until the store is used again; also of a message for another realm. */
	struct chat_message message;
};

/* Reads items for one user. The fields are item.c's own. */
struct chat_item_reader {
	struct chat *chat;
	const struct chat_user *user; /* the caller's */
	bool blocks;                  /* the user blocks somebody */
	uint64_t partner;             /* of this realm, of the message that was read last */
	struct chat_peer peer;        /* of the outbound message that was read last; id 0: none */
	uint64_t retired;             /* number of the newest one that is retired there */
	uint64_t remote;              /* to whom it was; 0: unknown */
	uint64_t refusals;            /* and the log of refusals of that conversation; 0: none */
};

/* CHAT_OK or CHAT_FAILED. What is cached lasts for one request. */
enum chat_result chat_item_begin(struct chat_item_reader *, struct chat *,
    const struct chat_user *);
/*
 * Reads the message of this seq; group is the one in whose logs it stands, 0: none. CHAT_OK;
 * CHAT_NO_USER: it is gone, or no message, or with a user who is gone; CHAT_BLOCKED: it is not
 * shown to this user; or CHAT_FAILED.
 */
enum chat_result chat_item_read(struct chat_item_reader *, uint64_t group, uint64_t seq,
    struct chat_item *);

#endif
