/*
 * chat_message: a message as an entry of a log, and the verbs that send one. A message to a group
 * is stored once, however many users read it.
 */
#ifndef KABAR_CHAT_MESSAGE_H
#define KABAR_CHAT_MESSAGE_H

#include "chat/chat.h"
#include "chat/group.h"
#include "chat/reason.h"
#include "chat/session.h"

/* Bytes that an entry has at most. */
#define CHAT_MESSAGE_RECORD (CHAT_TEXT_MAX + 6144)

/* From CHAT_NOTICE on messages are from the server itself, signed kabar. */
enum chat_kind {
	CHAT_PRIVATE = 1,
	CHAT_GROUP,
	CHAT_NOTICE,
	CHAT_BOUNCE, /* the text could not be delivered to `to` in the realm `to_realm` */
	CHAT_DELAY   /* the text is not delivered there yet, later than usual */
};

/* A message as it was stored; the texts are the store entry's. */
struct chat_message {
	enum chat_kind kind;
	bool file;                  /* the text is the name of a file that was sent */
	bool pulled;                /* an older server gave it when it was asked */
	bool notice;                /* no program answers it: IRC's NOTICE */
	uint64_t from_id;           /* a user's id; 0: not of this realm */
	struct chat_text from;      /* the sender's user name */
	struct chat_text from_name; /* and full name */
	struct chat_text realm;     /* of the sender; empty: this one */
	struct chat_text to;        /* user or group name */
	struct chat_text to_name;   /* the user's full name or the group's name */
	struct chat_text text;
	struct chat_text tags;     /* chat_message_tags_valid(); empty: none */
	struct chat_text to_realm; /* of a bounce or delay: the realm of the receiver */
	bool of_file;              /* of a bounce or delay: the text is a file's name */
	enum chat_reason reason;   /* of a bounce */
};

/* Takes an entry apart. 0, or -1: it is no message of a known version. */
int chat_message_read(struct chat_message *, const void *entry, size_t len);
/* Writes the entry of a message. Its length, 0 when it does not fit. */
size_t chat_message_write(unsigned char *entry, size_t size, const struct chat_message *);

/*
 * Whether a message is shown to a user: what one whom the user blocks writes to a group is not.
 * CHAT_OK, CHAT_BLOCKED or CHAT_FAILED. The texts of the message are no longer good then.
 */
enum chat_result chat_message_judge(struct chat *, uint64_t user, const struct chat_message *);
/* The limit of an append to a log of messages, see store_tx_append. */
uint64_t chat_message_limit(const struct config *, bool group);
/* Whether a text can be a message: UTF-8, neither empty nor longer than CHAT_TEXT_MAX. */
bool chat_message_valid(struct chat_text);
/*
 * Whether a text can be the tags of a message: empty, or client-only tags of IRC (IRCv3, message
 * tags) as "+draft/reply=x;+y", each beginning with +, CHAT_TAGS_MAX bytes of UTF-8 at most,
 * without spaces and controls. Before them may stand CHAT_TAG_BOT, which says of the sender what
 * everybody may say of the own programs. Other tags that a server sets are none, so no client can
 * forge these.
 */
#define CHAT_TAG_BOT "bot"
bool chat_message_tags_valid(struct chat_text);

/*
 * Sends a text, without what the dialect puts around it on the wire, with what struct chat has for
 * this request (notice, tags). CHAT_NO_USER, CHAT_NO_GROUP,
 * CHAT_NOT_MEMBER, CHAT_BLOCKED, CHAT_INBOX_FULL, CHAT_BAD_ARGUMENT (not UTF-8, empty, too long;
 * bad tags), CHAT_NO_SPACE, CHAT_FAILED. CHAT_OK: the message is on the disk. CHAT_UNDER_WAY: see
 * struct chat.
 */
enum chat_result chat_message_send(struct chat *, const struct chat_session *, struct chat_text to,
    struct chat_text text);
/* Sends to the users of a list such as messi,lineker: to all of them or, when one fails, to none.
 */
enum chat_result chat_message_send_list(struct chat *, const struct chat_session *,
    struct chat_text list, struct chat_text text);
enum chat_result chat_message_send_group(struct chat *, const struct chat_session *,
    struct chat_text group, struct chat_text text);

/*
 * Tells the receiver that a file of this name was sent in their conversation. The results are those
 * of sending a message.
 */
enum chat_result chat_message_file(struct chat *, const struct chat_session *,
    const struct chat_user *to, struct chat_text name);
enum chat_result chat_message_file_group(struct chat *, const struct chat_session *,
    const struct chat_group *to, struct chat_text name);
/* Adds a message from the server itself to a transaction. CHAT_BAD_ARGUMENT, or a failure. */
enum chat_result chat_message_tx_notice(struct chat *, struct store_tx *,
    const struct chat_user *to, struct chat_text text);
/*
 * Whether a log of a user or group, its own or a remote one, takes another message. Each log has
 * its own limit, so that no other realm can fill an inbox for users of this one. CHAT_OK,
 * CHAT_INBOX_FULL, CHAT_NO_USER: the owner is gone; CHAT_FAILED.
 */
enum chat_result chat_message_fits(struct chat *, uint64_t owner, uint64_t log);

#endif
