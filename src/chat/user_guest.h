/*
 * chat_user_guest: the passing accounts of guests. Such an account has no password; it ends with
 * its connection, or becomes a user's by being claimed.
 */
#ifndef KABAR_CHAT_USER_GUEST_H
#define KABAR_CHAT_USER_GUEST_H

#include "chat/user.h"

/*
 * Makes a guest's account from the name and fullname of *user; the rest is filled in, and an empty
 * full name becomes the name. CHAT_USER_EXISTS, CHAT_BAD_ARGUMENT: also for what looks like another
 * (chat/look_alike.h); CHAT_TOO_MANY: there are guests_max guests; or a failure.
 */
enum chat_result chat_user_guest_add(struct chat *, struct chat_user *user);
/*
 * The same where a guest's account may have the name that nobody uses any more, as of a connection
 * that was killed: that one is removed first, if it is of this id and the scoreboard does not show
 * it. known is 0: of whatever id, if it is older than a few seconds, in which its connection may
 * not be shown yet.
 */
enum chat_result chat_user_guest_enter(struct chat *, struct chat_user *user, uint64_t known);

/*
 * Gives a guest's account a password, by its hash: it is a user's from then on, with the same
 * sessions. With the letters of a code it uses an invitation up; NULL: none is needed. *user is
 * read anew. CHAT_FORBIDDEN: it is no guest's; CHAT_LOCKED, CHAT_NO_USER, CHAT_NO_INVITATION, or a
 * failure.
 */
enum chat_result chat_user_guest_claim(struct chat *, struct chat_user *user, const char *hash,
    const char *letters);
/*
 * Gives a guest's account another name; the id stays. *user is read anew. CHAT_USER_EXISTS,
 * CHAT_BAD_ARGUMENT as for a new account; CHAT_FORBIDDEN: it is no guest's; CHAT_LOCKED,
 * CHAT_NO_USER, or a failure.
 */
enum chat_result chat_user_guest_rename(struct chat *, struct chat_user *user,
    struct chat_text name);

/* Whether this is a guest whom the scoreboard does not show; false where there is none. */
bool chat_user_guest_left(struct chat *, const struct chat_user *);
/*
 * Removes the accounts of guests whom the scoreboard does not show, and that are older than this
 * many ms. Counts them. CHAT_OK, or a failure.
 */
enum chat_result chat_user_guest_sweep(struct chat *, int64_t age_ms, size_t *count);

#endif
