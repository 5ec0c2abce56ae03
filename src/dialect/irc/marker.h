/*
 * dialect_irc_marker: read markers: MARKREAD (IRCv3, draft/read-marker), and where the client knows
 * no such thing, moving them as it gets messages.
 */
#ifndef KABAR_DIALECT_IRC_MARKER_H
#define KABAR_DIALECT_IRC_MARKER_H

#include "chat/history/watch.h"
#include "dialect/irc/line.h"

struct dialog;

/* The command MARKREAD. */
void dialect_irc_markread(struct dialog *, const struct irc_line *);
/* Shows the marker of a channel or nick, at JOIN, where the client wants to know it. */
void dialect_irc_marker_show(struct dialog *, const char *target);
/* Another client of the user has moved one. */
void dialect_irc_marker_tell(struct dialog *, const struct chat_watch_event *);
/* The client was not sent all that is unread in a conversation: its marker stays from here on. */
void dialect_irc_marker_hold(struct dialog *, const char *with);
/* The client was sent this message of a conversation (chat_who_text). */
void dialect_irc_marker_touch(struct dialog *, const char *with, uint64_t id);
/*
 * Moves the markers of a client that does not do that itself, up to what it has got for sure: what
 * its kernel has acknowledged, or, where that cannot be told, what was sent before its next line;
 * every few seconds at most, unless the connection ends.
 */
void dialect_irc_marker_settle(struct dialog *, bool next_line, bool end);
/* When to call that without a line; 0: never. */
int64_t dialect_irc_marker_due_ms(const struct dialog *);
/* Forgets what is not settled. */
void dialect_irc_marker_end(struct dialog *);

#endif
