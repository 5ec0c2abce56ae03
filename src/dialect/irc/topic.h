/* dialect_irc_topic: the command TOPIC, and the topic of a group. */
#ifndef KABAR_DIALECT_IRC_TOPIC_H
#define KABAR_DIALECT_IRC_TOPIC_H

#include "chat/group.h"
#include "dialect/irc/line.h"

struct dialog;

void dialect_irc_topic(struct dialog *, const struct irc_line *);
/* Shows the topic of a group that has one, as at JOIN. */
void dialect_irc_topic_show(struct dialog *, const struct chat_group *);

#endif
