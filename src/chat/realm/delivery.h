/* chat_delivery: sends messages to other realms, and waits a moment for their delivery results. */
#ifndef KABAR_CHAT_DELIVERY_H
#define KABAR_CHAT_DELIVERY_H

#include "chat/realm/outbound.h"

/*
 * Puts a message into a peer's outbox and, if the link is up, waits (delivery_wait) for its
 * delivery result. CHAT_OK: it is delivered. CHAT_QUEUED: it will be, or will bounce. Otherwise the
 * peer has refused it, or it could not be queued (see chat_outbound_put): *queued tells these
 * apart. It may be NULL.
 */
enum chat_result chat_delivery_send(struct chat *, const struct chat_peer *, struct chat_outbound *,
    bool *queued);

#endif
