/*
 * chat_ban: whom a group keeps out, by masks of nick!user@host with * and ?, as IRC has them; case
 * is that of names. A user is name!name@REALM there, with the name of the own realm. All bans of a
 * group are one record, which is looked for only where the group's record says that it has bans.
 */
#ifndef KABAR_CHAT_BAN_H
#define KABAR_CHAT_BAN_H

#include "chat/group.h"
#include "chat/user.h"

#define CHAT_BANS_MOST 64  /* of a group */
#define CHAT_BAN_MASK  128 /* bytes of a mask */

struct chat_ban {
	char mask[CHAT_BAN_MASK + 1];
	char by[NAME_MAX_BYTES + 1]; /* "": an administrator of the host */
	int64_t ms;                  /* since 1970 */
};

/*
 * Adds a ban, or ends one. A name alone becomes name!*@*. Who does it must manage the group
 * (chat_role), else CHAT_FORBIDDEN; NULL: kabarctl. CHAT_NO_GROUP, CHAT_BAD_ARGUMENT: no such
 * mask; CHAT_ALREADY_MEMBER: the ban is there; CHAT_NOT_MEMBER: it is not there; CHAT_TOO_MANY:
 * past CHAT_BANS_MOST; CHAT_FAILED.
 */
enum chat_result chat_ban_add(struct chat *, struct chat_text group, const struct chat_user *by,
    struct chat_text mask);
enum chat_result chat_ban_remove(struct chat *, struct chat_text group, const struct chat_user *by,
    struct chat_text mask);
/* All bans of a group, oldest first, to be freed. CHAT_OK or CHAT_FAILED. */
enum chat_result chat_ban_list(struct chat *, const struct chat_group *, struct chat_ban **bans,
    size_t *n);
/*
 * Whether a user is kept out: CHAT_OK, CHAT_BANNED or CHAT_FAILED. Those who manage the group never
 * are. Costs nothing where the group has no bans, else two look-ups.
 */
enum chat_result chat_ban_judge(struct chat *, const struct chat_group *, const struct chat_user *);
/* Whether somebody of another realm is. */
enum chat_result chat_ban_judge_remote(struct chat *, const struct chat_group *,
    struct chat_text name, struct chat_text realm);

/* A record of CHAT_TABLE_BANS, for the committer, check and repair. False: damaged, or of none. */
#define CHAT_BAN_RECORD (3 + CHAT_BANS_MOST * (16 + CHAT_BAN_MASK + NAME_MAX_BYTES))
struct chat_bans {
	struct chat_ban list[CHAT_BANS_MOST];
	size_t n;
};
size_t chat_ban_pack(unsigned char data[CHAT_BAN_RECORD], const struct chat_bans *);
bool chat_ban_parse(struct chat_bans *, const void *value, size_t len);
/* Whether all bans of `after` are of `before`, too, or are said to be of this user. */
bool chat_ban_adds_only(const struct chat_bans *before, const struct chat_bans *after,
    const char *by);

#endif
