/* dialect_group: what the owner of a group chooses, and whom the owner invites. */
#ifndef KABAR_DIALECT_GROUP_H
#define KABAR_DIALECT_GROUP_H

#include "dialect/line.h"

/* Without a choice, replies with what holds in the group; its owner sees the guests, too. */
enum chat_result dialect_group_choose(struct dialog *, struct line_request *);
/* Invites a user; with the word off, ends that. Without words, the groups that invite the caller.
 */
enum chat_result dialect_group_invite(struct dialog *, struct line_request *);

/* The name of a group, which may have the sign of one before it. */
struct chat_text dialect_group_name(struct chat_text word);

#endif
