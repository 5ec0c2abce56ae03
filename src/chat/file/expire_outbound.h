/*
 * chat_expire_outbound: removes the files of outbound messages that are lost.
 */
#ifndef KABAR_CHAT_EXPIRE_OUTBOUND_H
#define KABAR_CHAT_EXPIRE_OUTBOUND_H

#include "chat/chat.h"

/*
 * Forgets files of outbound messages that are in no outbox: the process that wrote or retired the
 * message was killed. *files is raised by their number. CHAT_OK or CHAT_FAILED.
 */
enum chat_result chat_expire_outbound(struct chat *, size_t *files);

#endif
