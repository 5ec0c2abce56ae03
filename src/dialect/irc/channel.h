/* dialect_irc_channel: groups as channels: JOIN, PART, NAMES, and who comes and goes. */
#ifndef KABAR_DIALECT_IRC_CHANNEL_H
#define KABAR_DIALECT_IRC_CHANNEL_H

#include "chat/group.h"
#include "chat/history/watch.h"
#include "dialect/irc/line.h"

struct dialog;

/* The commands of these names. */
void dialect_irc_join(struct dialog *, const struct irc_line *);
void dialect_irc_part(struct dialog *, const struct irc_line *);
void dialect_irc_names(struct dialog *, const struct irc_line *);

/* Has the client join the groups of which the user is a member. */
void dialect_irc_channel_rejoin(struct dialog *);
/* Tells that somebody has joined or left a group. */
void dialect_irc_channel_tell_member(struct dialog *, const struct chat_watch_event *);

/*
 * Finds a channel by its name, #NAME. CHAT_OK, CHAT_NO_GROUP, also for one that this user may not
 * know of; CHAT_FAILED. With `member` also CHAT_NOT_MEMBER. What is not CHAT_OK was told to the
 * client.
 */
enum chat_result dialect_irc_channel_find(struct dialog *, struct chat_text name, bool member,
    struct chat_group *);
/* Whether the user manages the group; false: this was told to the client. */
bool dialect_irc_channel_may_manage(struct dialog *, const struct chat_group *);
/* Shows the topic of a group that has one, as at JOIN. */
void dialect_irc_channel_show_topic(struct dialog *, const struct chat_group *);
/* The signs before a member's nick, as the client has asked for them: @ before +. */
const char *dialect_irc_channel_prefix(struct dialog *, const struct chat_group *, uint64_t user);

#endif
