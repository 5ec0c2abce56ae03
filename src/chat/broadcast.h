/*
 * chat_broadcast: a message from the server itself to many users.
 */
#ifndef KABAR_CHAT_BROADCAST_H
#define KABAR_CHAT_BROADCAST_H

#include "chat/user.h"

/*
 * Puts a text into the users' inboxes. Full inboxes and users who are gone are left out; *reached
 * counts the others, also after a failure. CHAT_OK, CHAT_BAD_ARGUMENT (the text cannot be a
 * message), CHAT_NO_SPACE or CHAT_FAILED.
 */
enum chat_result chat_broadcast(struct chat *, const struct chat_user *, size_t n,
    struct chat_text text, size_t *reached);

#endif
