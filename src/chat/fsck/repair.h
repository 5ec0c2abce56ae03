/*
 * chat_repair: puts right what the tables of a damaged store say: names, memberships, files, other
 * realms; and says of what was lost whose it was. For who holds the store and writes to it himself
 * (store_fsck_begin), when the logs are in order.
 */
#ifndef KABAR_CHAT_REPAIR_H
#define KABAR_CHAT_REPAIR_H

#include "chat/chat.h"
#include "store/fsck/fsck.h"

/* Whether the data of a log's entry is a message, a letter with its content, or a refusal. */
bool chat_repair_judge(struct chat *, const void *data, size_t len);

/* 0, or -1: it failed half-way, and can be done again. */
int chat_repair(struct chat *, struct store_fsck *);

#endif
