/*
 * chat_held: copies of what was delivered to users of an older server. Such a server asks for them
 * when its user wants to read: what it was sent it may show to nobody.
 */
#ifndef KABAR_CHAT_HELD_H
#define KABAR_CHAT_HELD_H

#include "chat_inbox.h"
#include "chat_letter.h"

/* Keeps a copy for a user there. CHAT_OK, CHAT_BAD_ARGUMENT, CHAT_NO_SPACE, CHAT_FAILED. */
enum chat_result chat_held_add(struct chat *, const struct chat_peer *, struct chat_text user,
    const struct chat_letter *);
/*
 * What is held for a user there, oldest first, for visit, which must not use the store. The mark is
 * then what is to be forgotten when the other server has it. CHAT_OK or CHAT_FAILED.
 */
typedef void chat_held_visit(void *arg, const struct chat_message *);
enum chat_result chat_held_each(struct chat *, const struct chat_peer *, struct chat_text user,
    chat_held_visit *, void *arg, struct chat_inbox_mark *);

#endif
