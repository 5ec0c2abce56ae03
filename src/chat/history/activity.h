/*
 * chat_activity: entries of logs of activity that are no messages. A user's log of activity also
 * has the messages that the user sent (chat_message, and chat_outbound for other realms), a
 * group's has joins and leaves alone. chat_activity_read() says -1 for messages, and
 * chat_message_read() and chat_outbound_read() say it for all other entries, so that one after the
 * other may be asked in the order message, outbound, activity.
 */
#ifndef KABAR_CHAT_HISTORY_ACTIVITY_H
#define KABAR_CHAT_HISTORY_ACTIVITY_H

#include "chat/chat.h"
#include "chat/reason.h"

#define CHAT_ACTIVITY_RECORD 128 /* bytes that an entry has at most */

enum chat_activity_kind {
	CHAT_ACTIVITY_READ = 1,  /* with, id: the owner has read the conversation up to this id */
	CHAT_ACTIVITY_JOIN,      /* with, name: this user has joined the group */
	CHAT_ACTIVITY_LEAVE,     /* with, name: this user has left it, or was taken out */
	CHAT_ACTIVITY_DELIVERED, /* with, id: all up to it that the owner sent and no entry calls
	                            refused is delivered */
	CHAT_ACTIVITY_REFUSED /* with, id, reason: the message is not delivered and will not be */
};

struct chat_activity {
	enum chat_activity_kind kind;
	uint64_t with; /* a user, remote user or group; 0: the server (chat_who_of) */
	uint64_t id;   /* of a message: the seq of its entry */
	enum chat_reason reason;
	char name[NAME_MAX_BYTES + 1]; /* of the user who joins or leaves, who may be gone soon */
};

/* The entry: its length; and back: 0, or -1 when it is none of a known version. */
size_t chat_activity_write(unsigned char entry[CHAT_ACTIVITY_RECORD], const struct chat_activity *);
int chat_activity_read(struct chat_activity *, const void *entry, size_t len);

/*
 * Appends to the log of activity of a user or group, which is made if need be, and wakes nobody.
 * `payer` pays for it, 0: nobody, for processes that may. CHAT_OK also where no history is kept:
 * then nothing is written. CHAT_NO_USER: the owner is gone; or a failure.
 */
enum chat_result chat_activity_append(struct chat *, uint64_t owner, uint64_t payer,
    const struct chat_activity *);

/*
 * Tells a group's log of activity that a user has joined or left. What fails is missing there: the
 * membership is what is true.
 */
void chat_activity_of_member(struct chat *, uint64_t group, uint64_t user, enum chat_activity_kind,
    uint64_t payer);

#endif
