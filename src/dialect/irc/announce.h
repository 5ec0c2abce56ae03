/*
 * dialect_irc_announce: what others whisper to a client on purpose: invitations, what operators say
 * to all, and why one of them ends the user's sessions.
 */
#ifndef KABAR_DIALECT_IRC_ANNOUNCE_H
#define KABAR_DIALECT_IRC_ANNOUNCE_H

#include "chat/user.h"
#include "dialect/irc/whisper.h"

/* IRC_WHISPER_INVITE: tells it, if it concerns this client and is true. */
void dialect_irc_announce_invite(struct dialog *, const struct irc_whisper *,
    const struct chat_user *from);
/* IRC_WHISPER_WALLOPS, of an operator: tells it where the client wants to know. */
void dialect_irc_announce_wallops(struct dialog *, struct chat_text text, const char *from);
/* IRC_WHISPER_KILL: keeps why the session is about to end. That it does the store says. */
void dialect_irc_announce_kill(struct dialog *, struct chat_text reason, const char *from);

#endif
