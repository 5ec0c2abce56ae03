/*
 * dialect_irc_lines: a message's text to the client, however many lines it takes.
 */
#ifndef KABAR_DIALECT_IRC_LINES_H
#define KABAR_DIALECT_IRC_LINES_H

#include "dialect/irc/out.h"

#define IRC_LINES_TYPE "draft/multiline" /* of batches that are one message (IRCv3) */

/* Whether the client knows such batches. */
bool dialect_irc_lines_batched(const struct dialog *);
/*
 * Writes a text: as one line; if that does not hold it, as a batch to clients that know such, and
 * as several lines to others. head is what each line begins with, the tags those of the message.
 */
void dialect_irc_lines_write(struct dialog *, const char *head, const char *target,
    const struct irc_tags *, struct chat_text text);

#endif
