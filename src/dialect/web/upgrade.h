/* dialect_web_upgrade: from HTTP to a WebSocket (RFC 6455), whose messages are requests of realm.
 */
#ifndef KABAR_DIALECT_WEB_UPGRADE_H
#define KABAR_DIALECT_WEB_UPGRADE_H

#include "dialect/web/reply.h"

/* Answers the handshake. With a good cookie the client is logged in from then on. */
void dialect_web_upgrade(struct dialect_web_exchange *, const struct dialect_web_request *);

#endif
