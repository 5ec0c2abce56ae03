/*
 * dialect_irc_whisper: what IRC connections tell each other at once (live/whisper.h): how it is
 * written, and whom it concerns. Who has whispered is the user whom the scoreboard shows in the
 * sender's slot; nothing in the payload says so.
 */
#ifndef KABAR_DIALECT_IRC_WHISPER_H
#define KABAR_DIALECT_IRC_WHISPER_H

#include "chat/chat.h"
#include "live/whisper.h"

struct dialog;

enum irc_whisper_kind {
	IRC_WHISPER_AWAY = 1, /* text: why the user is away; "": the user is back */
	IRC_WHISPER_SETNAME,  /* text: the user's full name */
	IRC_WHISPER_ACCOUNT,  /* the guest has an account of the own now */
	IRC_WHISPER_NICK,     /* text: the name that the guest had before */
	IRC_WHISPER_TAGMSG,   /* target, group, id, tags */
	IRC_WHISPER_INVITE,   /* target: a group; id: the user who is invited */
	IRC_WHISPER_KILL,     /* text: why the receivers' sessions end now */
	IRC_WHISPER_WALLOPS   /* text: from an operator to all who want to know */
};

struct irc_whisper {
	enum irc_whisper_kind kind;
	uint64_t target;       /* a user's id, or a group's */
	bool group;            /* which of these */
	uint64_t id;           /* by which the receivers know the message; or a user's */
	struct chat_text text; /* UTF-8 without control characters */
	struct chat_text tags; /* as chat_message_tags_valid() */
};

/*
 * Writes the payload: its length. And takes it apart, a pure function of the bytes: false: it is
 * none that is written here; the texts lie in it.
 */
size_t dialect_irc_whisper_write(unsigned char payload[WHISPER_MAX], const struct irc_whisper *);
bool dialect_irc_whisper_read(struct irc_whisper *, const void *payload, size_t len);

/* The bit by which a name stands in struct dialog's `whispers`. */
uint64_t dialect_irc_whisper_bit(const char *name);
/*
 * Tells those who are in a group with this connection's user, and those who ask for whispers of one
 * of two names; `other` NULL: of the user's alone.
 */
void dialect_irc_whisper_presence(struct dialog *, const struct irc_whisper *, const char *other);
/* Tells all connections but this one for which `concerned` returns true; it may use the store. */
void dialect_irc_whisper_to(struct dialog *, const struct irc_whisper *,
    bool (*concerned)(void *arg, const struct wakeup_subscription *), void *arg);
/* Tells the members of the group, or the user, that is the target, and the user's own others. */
void dialect_irc_whisper_target(struct dialog *, const struct irc_whisper *);

#endif
