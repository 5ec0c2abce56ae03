/* dialect_irc_topic: the command TOPIC. */
#ifndef KABAR_DIALECT_IRC_TOPIC_H
#define KABAR_DIALECT_IRC_TOPIC_H

#include "dialect/irc/line.h"

struct dialog;

void dialect_irc_topic(struct dialog *, const struct irc_line *);

#endif
