/* dialect_irc_message: PRIVMSG and NOTICE, in both directions. */
#ifndef KABAR_DIALECT_IRC_MESSAGE_H
#define KABAR_DIALECT_IRC_MESSAGE_H

#include "chat/history/watch.h"
#include "dialect/irc/line.h"

struct dialog;

/* PRIVMSG and NOTICE, of a line by itself. */
void dialect_irc_privmsg(struct dialog *, const struct irc_line *);

/*
 * Sends a text to one target, as PRIVMSG or NOTICE do, with the tags of the line; tells what went
 * wrong, or shows the message to the client where that wants to see it.
 */
void dialect_irc_message_send(struct dialog *, const struct irc_line *, struct chat_text target,
    struct chat_text text);

/*
 * Writes the tags with which a message of this connection goes out: the client's own, and that of a
 * bot. The length; what does not fit is left out.
 */
size_t dialect_irc_message_tags(const struct dialog *, const struct irc_line *, char *out,
    size_t size);
/* Writes a message as the client sees it, in one line or several; batch: in which, or NULL. */
void dialect_irc_message_write(struct dialog *, const struct chat_item *, const char *batch);
/*
 * Has the texts of a message lie in memory that the caller frees. NULL: there is none; the texts
 * are empty then.
 */
char *dialect_irc_message_keep(struct chat_message *);
/* Tells that a message for another realm was refused there. */
void dialect_irc_message_tell_delivery(struct dialog *, const struct chat_watch_event *);

#endif
