/*
 * chat_legacy: delivers messages and files from legacy peers, which know neither numbers nor keys.
 * Each is a transaction of its own, in the same logs as messages from other realms. A message that
 * is sent twice is stored twice.
 */
#ifndef KABAR_CHAT_LEGACY_H
#define KABAR_CHAT_LEGACY_H

#include "chat/realm/inbound.h"
#include "chat/realm/peer.h"

/* The active legacy peers, by index from 0, until CHAT_NO_REALM. */
enum chat_result chat_legacy_at(struct chat *, uint32_t *index, struct chat_peer *);

#define CHAT_LEGACY_USERS 1024 /* in a list of receivers */

/*
 * Delivers a message, or a file whose content is kept and safe from the janitor. In a list, unknown
 * users and those without room are passed over: CHAT_OK when at least one user has it, durably, and
 * is woken. Otherwise the result for the first: CHAT_NO_USER, CHAT_NO_GROUP, CHAT_INBOX_FULL,
 * CHAT_QUOTA, CHAT_TOO_BIG, CHAT_NO_SPACE (the disk, or min_free), CHAT_BUDGET (peer_bytes),
 * CHAT_FAILED; what is pulled meets neither min_free nor peer_bytes. CHAT_BAD_ARGUMENT: the
 * sender's name or the text is not valid. The name takes the place of a full name that is empty or
 * not valid.
 */
enum chat_result chat_legacy_deliver(struct chat *, const struct chat_peer *,
    const struct chat_inbound *);

#define CHAT_LEGACY_TOGETHER 64 /* messages in one transaction, at most */

/*
 * Delivers messages, none of them a file, to the one user who is the receiver of the first: as many
 * as fit into one transaction, from the first on; *taken counts them, those that are refused too.
 * CHAT_OK: the others are durable. Results as above, for all of them; then *taken is 0.
 */
enum chat_result chat_legacy_deliver_some(struct chat *, const struct chat_peer *,
    struct chat_inbound *, size_t n, size_t *taken);

/* Whether the configuration names one by its host's name: then name servers have to be asked. */
bool chat_legacy_named(const struct config *);

#endif
