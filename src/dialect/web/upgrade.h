/* dialect_web_upgrade: from HTTP to a WebSocket (RFC 6455), whose messages are requests of realm,
 * or lines of IRC.
 */
#ifndef KABAR_DIALECT_WEB_UPGRADE_H
#define KABAR_DIALECT_WEB_UPGRADE_H

#include "dialect/web/reply.h"

/* Answers the handshake. With a good cookie the client is logged in from then on. */
void dialect_web_upgrade(struct dialect_web_exchange *, const struct dialect_web_request *);

/*
 * The same for a client of IRC, which asks for one of its subprotocols, at the page's address or at
 * that of its WebSocket.
 */
bool dialect_web_upgrade_is_irc(const struct dialect_web_request *);
void dialect_web_upgrade_irc(struct dialect_web_exchange *, const struct dialect_web_request *);

#endif
