/*
 * dialect_web_session: a session that a cookie holds: who it is, and how it begins and ends.
 */
#ifndef KABAR_DIALECT_WEB_SESSION_H
#define KABAR_DIALECT_WEB_SESSION_H

#include "chat/session.h"
#include "dialect/web/reply.h"

#define DIALECT_WEB_COOKIE_SIZE 256 /* of a header line that sets the cookie */

/* Finds the cookie's token, for the exchange; a cookie that is none counts as missing. */
void dialect_web_session_read_cookie(struct dialect_web_exchange *,
    const struct dialect_web_request *);
/* The whole header line that keeps the token in the client; token "": that removes it. */
void dialect_web_session_write_cookie(const struct dialect_web_exchange *, const char *token,
    char out[DIALECT_WEB_COOKIE_SIZE]);
/* The session of the exchange's token. CHAT_OK, CHAT_NO_SESSION or CHAT_FAILED. */
enum chat_result dialect_web_session_find(struct dialect_web_exchange *, struct chat_session *);

/* Replies to these paths. */
void dialect_web_session_show(struct dialect_web_exchange *, const struct dialect_web_request *);
void dialect_web_session_login(struct dialect_web_exchange *, const struct dialect_web_request *);
void dialect_web_session_register(struct dialect_web_exchange *,
    const struct dialect_web_request *);
void dialect_web_session_logout(struct dialect_web_exchange *, const struct dialect_web_request *);

#endif
