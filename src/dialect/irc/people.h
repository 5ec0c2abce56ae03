/*
 * dialect_irc_people: what the scoreboard shows of users, who may have several connections: whether
 * they are online or away, and what they are called there.
 */
#ifndef KABAR_DIALECT_IRC_PEOPLE_H
#define KABAR_DIALECT_IRC_PEOPLE_H

#include "chat/user.h"
#include "dialect/dialect.h"

/* A user who is online; of one who is not all is zero. */
struct irc_person {
	uint64_t user;
	unsigned int connections; /* 0: offline */
	unsigned int here;        /* of them those that are not away: 0: so is the user */
	uint64_t modes;           /* enum irc_user_mode of any of them; IRC_MODE_SECURE of all */
	int64_t since_ms;         /* the earliest login */
	char ident[SCOREBOARD_IDENT_MAX];       /* "": no client of IRC */
	char fullname[SCOREBOARD_FULLNAME_MAX]; /* "": the account's */
	char name[SCOREBOARD_NAME_MAX];         /* the account's */
};

/* All of them, each once, in the order of ids. To be freed. */
struct irc_people {
	struct irc_person *list;
	size_t n;
};
void dialect_irc_people_find(struct dialog *, struct irc_people *);
void dialect_irc_people_free(struct irc_people *);
/* NULL: the user is not online. */
const struct irc_person *dialect_irc_people_get(const struct irc_people *, uint64_t user);

/*
 * One user alone, without the connection of this dialog where `others` says so, and why the user is
 * away: "" of one who is not, or not online.
 */
void dialect_irc_person_find(struct dialog *, uint64_t user, bool others, struct irc_person *,
    char away[SCOREBOARD_AWAY_MAX]);
bool dialect_irc_person_is_away(const struct irc_person *);

/* What a user is called before the @ and as a whole, where the person may be NULL: offline. */
void dialect_irc_person_ident(const struct irc_person *, const struct chat_user *,
    char ident[NAME_MAX_BYTES + 2]);
const char *dialect_irc_person_fullname(const struct irc_person *, const struct chat_user *);

/*
 * Whether this connection's user and another one are in a group together. `looks` is how many
 * memberships may still be looked up, and counted down; at 0 the result is true.
 */
bool dialect_irc_people_meet(struct dialog *, uint64_t user, unsigned int *looks);
#define IRC_PEOPLE_LOOKS 20000 /* in one request */

#endif
