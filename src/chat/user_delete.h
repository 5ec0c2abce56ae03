/*
 * chat_user_delete: removing an account with all that belongs to it.
 */
#ifndef KABAR_CHAT_USER_DELETE_H
#define KABAR_CHAT_USER_DELETE_H

#include "chat/chat.h"

/*
 * Removes the account, its memberships and its inbox; its files are left to chat_expire. Groups
 * that it owned stay without an owner. CHAT_OK, CHAT_NO_USER; CHAT_FAILED: the account is locked
 * then; removing it can be tried again, unless the account is gone already and only its log is
 * left.
 */
enum chat_result chat_user_delete(struct chat *, struct chat_text name);
/*
 * The same of a guest, by the id, and of the groups that only the guest owned and was in.
 * CHAT_FORBIDDEN: the account is no guest's, also if it has been claimed meanwhile.
 */
enum chat_result chat_user_delete_guest(struct chat *, uint64_t id);

#endif
