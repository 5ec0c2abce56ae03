/*
 * dialect_irc_hear: what others have whispered, as lines for the client; and renamings, of which
 * each common group tells.
 */
#ifndef KABAR_DIALECT_IRC_HEAR_H
#define KABAR_DIALECT_IRC_HEAR_H

#include "chat/history/watch.h"
#include "chat/user.h"

struct dialog;
struct irc_whisper;

/* Tells all that has come, and who of those whom the client looks after has come or gone. */
void dialect_irc_hear(struct dialog *);
/* A group's log tells of a member's new name. */
void dialect_irc_hear_rename(struct dialog *, const struct chat_watch_event *);
/* This user has joined a channel: tells that the user is away. */
void dialect_irc_hear_join(struct dialog *, const struct chat_user *);
/* Writes a TAGMSG of a user to a target as the client has it. */
void dialect_irc_hear_tagmsg(struct dialog *, const struct irc_whisper *,
    const struct chat_user *from, const char *target);

#endif
