/*
 * chat_legacy: what an older server delivers here, which knows neither numbers nor keys: its
 * messages and files lie with those of other realms, each delivered for itself.
 */
#ifndef KABAR_CHAT_LEGACY_H
#define KABAR_CHAT_LEGACY_H

#include "chat/realm/inbound.h"
#include "chat/realm/peer.h"

/* The active legacy peers, by index from 0, until CHAT_NO_REALM. */
enum chat_result chat_legacy_at(struct chat *, uint32_t *index, struct chat_peer *);

/*
 * Delivers a message, or a file whose content is kept and safe from the janitor. Of a list all get
 * it who are there and have room: CHAT_OK when anybody has it, durably, and is woken. Else as for
 * the first of them: CHAT_NO_USER, CHAT_NO_GROUP, CHAT_INBOX_FULL, CHAT_QUOTA, CHAT_TOO_BIG,
 * CHAT_NO_SPACE, CHAT_FAILED; CHAT_BAD_ARGUMENT: the sender's name or the text cannot be. Instead
 * of a full name that is empty, or cannot be, the name is shown.
 */
enum chat_result chat_legacy_deliver(struct chat *, const struct chat_peer *,
    const struct chat_inbound *);

#endif
