/*
 * dialect_irc_multiline: messages of several lines from the client (IRCv3, draft/multiline): one
 * message here, with line feeds in it.
 */
#ifndef KABAR_DIALECT_IRC_MULTILINE_H
#define KABAR_DIALECT_IRC_MULTILINE_H

#include "dialect/irc/out.h"

#define IRC_MULTILINE_BYTES 16384 /* of the text */
#define IRC_MULTILINE_LINES 100

/*
 * The command BATCH. One batch can be open, and is kept with what it holds until it is closed or
 * the connection ends; one that has failed holds nothing, and its lines are passed over.
 */
void dialect_irc_multiline(struct dialog *, const struct irc_line *);
/* The commands PRIVMSG and NOTICE: a line that belongs to the batch is kept, others are sent. */
void dialect_irc_multiline_line(struct dialog *, const struct irc_line *);
/* Forgets what is under way. */
void dialect_irc_multiline_end(struct dialog *);

#endif
