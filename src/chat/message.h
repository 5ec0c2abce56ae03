/*
 * chat_message: sending, and how a message lies in a log.
 */
#ifndef KABAR_CHAT_MESSAGE_H
#define KABAR_CHAT_MESSAGE_H

#include "chat/chat.h"
#include "chat/group.h"
#include "chat/reason.h"
#include "chat/session.h"

/* Bytes of one as it is stored, at most. */
#define CHAT_MESSAGE_RECORD (CHAT_TEXT_MAX + 6144)

/* From the third on they are from the server itself, signed kabar. */
enum chat_kind {
	CHAT_PRIVATE = 1,
	CHAT_GROUP,
	CHAT_NOTICE,
	CHAT_BOUNCE, /* the text could not be delivered to `to` in the realm `to_realm` */
	CHAT_DELAY   /* it waits for that longer than usual */
};

/* A message as it was stored; the texts are the store entry's. */
struct chat_message {
	enum chat_kind kind;
	bool file;                  /* the text is the name of a file that was sent */
	bool pulled;                /* an older server handed it over when it was asked */
	uint64_t from_id;           /* a user's id; 0: not of this realm */
	struct chat_text from;      /* the sender's user name */
	struct chat_text from_name; /* and full name */
	struct chat_text realm;     /* where the sender is; empty: here */
	struct chat_text to;        /* user or group name */
	struct chat_text to_name;   /* the user's full name or the group's name */
	struct chat_text text;
	struct chat_text to_realm; /* of a bounce or delay: whose users or group `to` is */
	bool of_file;              /* and whether the text is a file's name */
	enum chat_reason reason;   /* of a bounce */
};

/* 0, or -1 when the entry is not a message of a known version. */
int chat_message_read(struct chat_message *, const void *entry, size_t len);
/* The entry for a message: its length, 0 when it does not fit. */
size_t chat_message_write(unsigned char *entry, size_t size, const struct chat_message *);

/* Whether it can be a message: UTF-8, neither empty nor longer than CHAT_TEXT_MAX. */
bool chat_message_valid(struct chat_text);

/*
 * Sends text, clean of the dialect's clothing and valid UTF-8. CHAT_NO_USER, CHAT_NO_GROUP,
 * CHAT_NOT_MEMBER, CHAT_INBOX_FULL, CHAT_BAD_ARGUMENT (not UTF-8, empty, too long),
 * CHAT_NO_SPACE. CHAT_OK: it is on the disk.
 */
enum chat_result chat_message_send(struct chat *, const struct chat_session *, struct chat_text to,
    struct chat_text text);
/* To the users of a list such as messi,lineker: to all of them or, when one fails, to none. */
enum chat_result chat_message_send_list(struct chat *, const struct chat_session *,
    struct chat_text list, struct chat_text text);
enum chat_result chat_message_send_group(struct chat *, const struct chat_session *,
    struct chat_text group, struct chat_text text);

/*
 * Tells the receiver of a file of this name, sent in the same conversation. The results are those
 * of sending a message.
 */
enum chat_result chat_message_file(struct chat *, const struct chat_session *,
    const struct chat_user *to, struct chat_text name);
enum chat_result chat_message_file_group(struct chat *, const struct chat_session *,
    const struct chat_group *to, struct chat_text name);
/* The steps for a message from the server itself. CHAT_BAD_ARGUMENT, or a failure. */
enum chat_result chat_message_tx_notice(struct chat *, struct store_tx *,
    const struct chat_user *to, struct chat_text text);
/*
 * Whether a log of a user or group, the own one or that of an origin, takes another message. Each
 * is bounded for itself, so that no other realm can fill an inbox for the own. CHAT_OK,
 * CHAT_INBOX_FULL, CHAT_NO_USER.
 */
enum chat_result chat_message_room(struct chat *, uint64_t owner, uint64_t log);

#endif
