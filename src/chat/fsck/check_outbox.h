/*
 * chat_check_outbox: what must be true of what waits for other realms. Only chat_check uses it.
 */
#ifndef KABAR_CHAT_CHECK_OUTBOX_H
#define KABAR_CHAT_CHECK_OUTBOX_H

#include "chat/fsck/check_rule.h"
#include "store/store_admin.h"

/* Looks through all outboxes. 0, or -1 when that was not possible. */
int chat_check_outboxes(struct chat *, chat_check_found *, void *arg);

#endif
