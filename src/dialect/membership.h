/* dialect_membership: the commands `groups`, `members`, `leave` and `kick`. */
#ifndef KABAR_DIALECT_MEMBERSHIP_H
#define KABAR_DIALECT_MEMBERSHIP_H

#include "dialect/line.h"

/* The groups that the caller may see, or is in. */
enum chat_result dialect_membership_groups(struct dialog *, struct line_request *);
enum chat_result dialect_membership_users(struct dialog *, struct line_request *);
enum chat_result dialect_membership_leave(struct dialog *, struct line_request *);
enum chat_result dialect_membership_kick(struct dialog *, struct line_request *);

#endif
