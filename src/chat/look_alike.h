/*
 * chat_look_alike: tells whether somebody who registers would be taken for the server, for those
 * who run it, or for another user.
 */
#ifndef KABAR_CHAT_LOOK_ALIKE_H
#define KABAR_CHAT_LOOK_ALIKE_H

#include "chat/user.h"

/*
 * Judges the name and the full name of an account that is to be. CHAT_OK; CHAT_BAD_ARGUMENT: one of
 * them looks like a reserved word, such as kabar or admin; CHAT_USER_EXISTS: the full name is the
 * user name of another; CHAT_FAILED.
 */
enum chat_result chat_look_alike_check(struct chat *, const struct chat_user *);

/*
 * Adds an account (chat_user_add_invited) for somebody who registers, if that check lets it pass.
 * letters is NULL: no code is needed.
 */
enum chat_result chat_look_alike_register(struct chat *, struct chat_user *, const char *password,
    const char *letters);

/*
 * Writes what a text looks like: letters in lower case, 0 as o, 1 and i as l, letters of other
 * scripts that look the same as those, and no spaces, dots, dashes or underscores. The length, of
 * size bytes at most.
 */
size_t chat_look_alike_fold(const char *text, char *out, size_t size);

#endif
