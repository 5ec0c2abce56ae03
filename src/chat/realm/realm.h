/* chat_realm: verbs that name a realm, which may be the own one. */
#ifndef KABAR_CHAT_REALM_H
#define KABAR_CHAT_REALM_H

#include "chat/chat.h"
#include "chat/file/upload.h"
#include "chat/realm/bridge.h"
#include "chat/realm/peer.h"
#include "chat/session.h"

/* An active peer of this name, or, with the id 0, the own realm. CHAT_NO_REALM. */
enum chat_result chat_realm_find(struct chat *, struct chat_text realm, struct chat_peer *);
/*
 * Words: a realm, and perhaps host and port, which only an administrator may give. Without these it
 * only tells whether the realm is a peer, and that to users only: CHAT_REALM_EXISTS, or
 * CHAT_BAD_ARGUMENT. With the user id 0, a stranger's, the store is not needed. CHAT_FORBIDDEN.
 */
enum chat_result chat_realm_add(struct chat *, const struct chat_session *,
    const struct chat_text *words, size_t n_words);

/*
 * Sends to a user of that realm; or, with CHAT_OUTBOUND_GROUP, to a group, also as group:NAME, or
 * to users divided by commas. Results as those of chat_message_send, _send_group and _send_list, or
 * of chat_delivery_send; CHAT_NO_REALM.
 */
enum chat_result chat_realm_send(struct chat *, const struct chat_session *, struct chat_text realm,
    enum chat_outbound_kind, struct chat_text to, struct chat_text text);
/* The same for a file, as chat_upload_to_user, _to_group, _to_list and _to_peer. */
enum chat_result chat_realm_upload(struct chat *, struct chat_upload *, struct chat_text realm,
    enum chat_outbound_kind, struct chat_text to);

/*
 * The public data of NAME or NAME@REALM. A user of the own realm has an id, and the caller finds
 * out whether that user is online. CHAT_NO_USER, CHAT_NO_REALM, CHAT_NO_ANSWER.
 */
enum chat_result chat_realm_info(struct chat *, struct chat_text who, struct chat_person *);
/* Has a legacy peer hand over the messages that it keeps for the user, if it answers in time. */
void chat_realm_pull(struct chat *, const struct chat_session *, struct chat_text realm);

#endif
