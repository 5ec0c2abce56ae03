/*
 * dialect_irc_multiline: messages of several lines (IRCv3, draft/multiline): one message here, with
 * line feeds in it.
 */
#ifndef KABAR_DIALECT_IRC_MULTILINE_H
#define KABAR_DIALECT_IRC_MULTILINE_H

#include "dialect/irc/out.h"

#define IRC_MULTILINE_BYTES 16384 /* of the text */
#define IRC_MULTILINE_LINES 100

/* The command BATCH. */
void dialect_irc_multiline(struct dialog *, const struct irc_line *);
/* Whether a PRIVMSG or NOTICE belongs to the batch that is open; then it was taken. */
bool dialect_irc_multiline_take(struct dialog *, const struct irc_line *);
/*
 * Writes a text as a batch, if the client knows such and one line does not hold it; head is what
 * each line begins with. False: nothing was written.
 */
bool dialect_irc_multiline_write(struct dialog *, const char *head, const char *target,
    const struct irc_tags *, struct chat_text text);
/* Forgets what is under way. */
void dialect_irc_multiline_end(struct dialog *);

#endif
