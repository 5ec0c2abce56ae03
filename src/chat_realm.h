/*
 * chat_realm: verbs that name a realm. The own realm is one of them.
 */
#ifndef KABAR_CHAT_REALM_H
#define KABAR_CHAT_REALM_H

#include "chat.h"
#include "chat_session.h"
#include "chat_upload.h"

/* CHAT_OK or CHAT_NO_REALM. */
enum chat_result chat_realm_known(struct chat *, struct chat_text realm);
/* Words: a realm, and perhaps host and port. CHAT_REALM_EXISTS, CHAT_BAD_ARGUMENT. */
enum chat_result chat_realm_add(struct chat *, const struct chat_session *,
    const struct chat_text *words, size_t n_words);
/* As chat_message_send, to a user of that realm. CHAT_NO_REALM. */
enum chat_result chat_realm_send(struct chat *, const struct chat_session *, struct chat_text realm,
    struct chat_text user, struct chat_text text);
/* `to` is a group, also as group:NAME, or users divided by commas. */
enum chat_result chat_realm_send_group(struct chat *, const struct chat_session *,
    struct chat_text realm, struct chat_text to, struct chat_text text);
/* As chat_upload_to_user and, for a group or users divided by commas, to_group and to_list. */
enum chat_result chat_realm_upload(struct chat *, struct chat_upload *, struct chat_text realm,
    struct chat_text user);
enum chat_result chat_realm_upload_group(struct chat *, struct chat_upload *,
    struct chat_text realm, struct chat_text to);

#endif
