/* dialect_group: what those who manage a group choose, and whom they invite; topics; joining. */
#ifndef KABAR_DIALECT_GROUP_H
#define KABAR_DIALECT_GROUP_H

#include "dialect/line.h"

/*
 * Without a choice, replies with what holds in the group; those who manage it see its invitees and
 * bans, too. Bans, roles and the end of a topic are asked for as choices are.
 */
enum chat_result dialect_group_choose(struct dialog *, struct line_request *);
enum chat_result dialect_group_topic(struct dialog *, struct line_request *);
/* The second word is the key of a group that has one. */
enum chat_result dialect_group_join(struct dialog *, struct line_request *);
/* Invites a user; with the word off, ends that. Without words, the groups that invite the caller.
 */
enum chat_result dialect_group_invite(struct dialog *, struct line_request *);

/* The name of a group, which may have the sign of one before it. */
struct chat_text dialect_group_name(struct chat_text word);

#endif
