/*
 * dialect_irc_change: what becomes of groups and their members, as lines: KICK, PART, QUIT,
 * TOPIC. Modes are dialect_irc_mode's, joins dialect_irc_channel's.
 */
#ifndef KABAR_DIALECT_IRC_CHANGE_H
#define KABAR_DIALECT_IRC_CHANGE_H

#include "chat/history/watch.h"
#include "dialect/irc/out.h"

/* Who has done something, as a line tells it. The texts of the tags lie in it. */
struct irc_change {
	char source[IRC_SOURCE_SIZE];
	char account[NAME_MAX_BYTES + 1];
	struct irc_tags tags;
};

/*
 * What this user did, "": an administrator of the host, is told from here on: within the answer to
 * the request under way, if that is what has done it (dialect_irc_event_answer). seq and time_ms
 * are those of the event. To be ended.
 */
void dialect_irc_change_begin(struct dialog *, struct irc_change *, const char *by, uint64_t seq,
    int64_t time_ms);
void dialect_irc_change_end(struct dialog *);

/* Tells of an event of a group (CHAT_WATCH_GROUP) that is no mode. */
void dialect_irc_change_tell_group(struct dialog *, const struct chat_watch_event *);
/* Tells that somebody has left a group: a quit once, in how many groups it may be. */
void dialect_irc_change_tell_leaving(struct dialog *, const struct chat_watch_event *);

#endif
