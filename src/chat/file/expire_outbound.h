/*
 * chat_expire_outbound: the part of chat_expire that concerns letters for other realms.
 */
#ifndef KABAR_CHAT_EXPIRE_OUTBOUND_H
#define KABAR_CHAT_EXPIRE_OUTBOUND_H

#include "chat/file/expire.h"

/* Files of letters that are in no outbox: their writer was killed, or whoever settled them. */
enum chat_result chat_expire_outbounds(struct chat *, struct chat_expired *);

#endif
