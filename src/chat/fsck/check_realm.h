/*
 * chat_check_realm: what must be true of other realms: those that this one knows, the logs of what
 * came from them, and their people. Only chat_check uses it.
 */
#ifndef KABAR_CHAT_CHECK_REALM_H
#define KABAR_CHAT_CHECK_REALM_H

#include "chat/fsck/check_rule.h"
#include "chat/set.h"

/* Rules of STORE_PEERS, STORE_REMOTE_LOGS and STORE_REMOTE_USER. */
enum chat_delivery_result chat_check_peer(struct chat *, struct chat_check_row *);
enum chat_delivery_result chat_check_remote_log(struct chat *, struct chat_check_row *);
enum chat_delivery_result chat_check_remote_user(struct chat *, struct chat_check_row *);

/* A member of a set: whether it leads to what it stands for, if it is of a list of these. */
enum chat_delivery_result chat_check_listed_realm(struct chat *, struct chat_check_row *,
    const struct chat_set_row *);
/* Whether a log holds what came from another realm to this user, or to a group with this member. */
enum chat_result chat_check_reads(struct chat *, uint64_t user, uint64_t log, bool *reads);

#endif
