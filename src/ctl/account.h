/*
 * ctl_account: a user as kabarctl shows, exports and imports one, and the list of all users.
 */
#ifndef KABAR_CTL_ACCOUNT_H
#define KABAR_CTL_ACCOUNT_H

#include "chat/file/quota.h"
#include "chat/group.h"
#include "chat/user.h"
#include "ctl/ctl.h"
#include "ctl/field.h"

struct ctl_account {
	struct chat_user user;
	struct chat_quota quota;
	uint64_t limit;                    /* of its bytes */
	uint64_t certificates;             /* by which the user logs in */
	char password[PASSWORD_HASH_SIZE]; /* its hash, in an export; "" lets nobody in */
	/* For people. */
	char flags[32];
	char files[128];
};
extern const struct ctl_fields ctl_account_fields;

/* Fills in what a list shows of ->user. */
void ctl_account_fill(struct ctl_account *);
/* Looks up what a show adds to that. CHAT_OK or CHAT_FAILED. */
enum chat_result ctl_account_look_up(struct chat *, struct ctl_account *);

/* The groups of a user, until visit returns non-zero. CHAT_OK or CHAT_FAILED. */
enum chat_result ctl_account_groups(struct chat *, uint64_t user,
    int (*visit)(void *arg, const struct chat_group *), void *arg);

/* Whom a user blocks, as the user would write it. CHAT_OK or CHAT_FAILED. */
enum chat_result ctl_account_blocks(struct chat *, uint64_t user,
    void (*visit)(void *arg, const char *who), void *arg);

/* All users by name. CTL_OK, then the list is the caller's to free; or a status having said why. */
int ctl_account_read_all(struct ctl *, struct chat_user **list, size_t *n);

#endif
