/*
 * chat_owner: an owner of logs is a user or a group. This tells whether its record is there, for
 * files that chat_user and chat_group need themselves.
 */
#ifndef KABAR_CHAT_OWNER_H
#define KABAR_CHAT_OWNER_H

#include "chat/chat.h"

#define CHAT_OWNER_RECORD 1024 /* bytes that a record of either has at most */

/* Whether a user or group has this id. CHAT_OK, CHAT_NO_USER: neither; CHAT_FAILED. */
enum chat_result chat_owner_find(struct chat *, uint64_t id);
/*
 * Adds to a transaction that gives something to a user: it conflicts if the account is changed or
 * removed before. CHAT_OK, CHAT_NO_USER or CHAT_FAILED.
 */
enum chat_result chat_owner_tx_expect_user(struct chat *, struct store_tx *, uint64_t id);
/* The same for a user or a group. */
enum chat_result chat_owner_tx_expect(struct chat *, struct store_tx *, uint64_t id);

#endif
