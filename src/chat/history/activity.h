/*
 * chat_activity: entries of logs of activity that are no messages. A user's log of activity also
 * has the messages that the user sent (chat_message, and chat_outbound for other realms), a
 * group's has who comes and goes, and what becomes of the group. chat_activity_read() says -1 for
 * messages, and chat_message_read() and chat_outbound_read() say it for all other entries, so that
 * one after the other may be asked in the order message, outbound, activity.
 */
#ifndef KABAR_CHAT_HISTORY_ACTIVITY_H
#define KABAR_CHAT_HISTORY_ACTIVITY_H

#include "chat/chat.h"
#include "chat/reason.h"
#include "chat/user.h"

#define CHAT_ACTIVITY_TEXT   400 /* bytes of a text, UTF-8 */
#define CHAT_ACTIVITY_RECORD 640 /* bytes that an entry has at most */

enum chat_activity_kind {
	CHAT_ACTIVITY_READ = 1,  /* with, id: the owner has read the conversation up to this id */
	CHAT_ACTIVITY_JOIN,      /* with, name: this user has joined the group; text: may be why */
	CHAT_ACTIVITY_LEAVE,     /* with, name: this user has left it; text: may be why */
	CHAT_ACTIVITY_DELIVERED, /* with, id: all up to it that the owner sent and no entry calls
	                            refused is delivered */
	CHAT_ACTIVITY_REFUSED, /* with, id, reason: the message is not delivered and will not be */
	CHAT_ACTIVITY_KICK,    /* with, name: `by` took this user out; text: may be why */
	CHAT_ACTIVITY_TOPIC,   /* by: set the topic to the text */
	CHAT_ACTIVITY_CHOICE,  /* by, name: of a choice, "ban" or "unban"; text: the word or mask */
	CHAT_ACTIVITY_ROLE,    /* by; with, name: this user's role is changed; text: "operator",
	                          "-operator", "voice" or "-voice" */
	CHAT_ACTIVITY_QUIT,    /* with, name: this user's account has ended; text: may be why */
	CHAT_ACTIVITY_RENAME   /* with, name: this user had this name; text: has this one */
};

/* What a kind tells of: what the owner did or sent, a group's member who came or went, a group. */
enum chat_activity_class {
	CHAT_ACTIVITY_OF_OWNER,
	CHAT_ACTIVITY_OF_MEMBER,
	CHAT_ACTIVITY_OF_GROUP
};

struct chat_activity {
	enum chat_activity_kind kind;
	uint64_t with; /* a user, remote user or group; 0: the server (chat_who_of) */
	uint64_t id;   /* of a message: the seq of its entry */
	enum chat_reason reason;
	char name[NAME_MAX_BYTES + 1]; /* of the user, who may be gone soon, or of a choice */
	char by[NAME_MAX_BYTES + 1];   /* of who did it; "": the user itself, or an administrator of
	                                  the host */
	char text[CHAT_ACTIVITY_TEXT + 1]; /* may be "" */
};

enum chat_activity_class chat_activity_class(enum chat_activity_kind);
/* The entry: its length; and back: 0, or -1 when it is none of a known version.
 * An entry has `by` and `text` only where one of them is not "", so each content has one form. */
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
 * Tells a group's log of activity what has happened, where `with` is the user's whom it concerns. A
 * longer text than an entry has is cut, and one that is no UTF-8 is left out. What fails is missing
 * there: the membership, or the group's record, is what is true. The one who did it pays for it.
 *
 * Of a member, whose name the account has; `by` is a user's id, 0: nobody's.
 */
void chat_activity_of_member(struct chat *, uint64_t group, uint64_t with, enum chat_activity_kind,
    uint64_t by, struct chat_text text);
/* Of a group; `by` NULL: an administrator of the host. */
void chat_activity_of_group(struct chat *, uint64_t group, uint64_t with, enum chat_activity_kind,
    const struct chat_user *by, const char *name, struct chat_text text);

#endif
