/* dialect_item: a message of a conversation as newer commands of realm show it. */
#ifndef KABAR_DIALECT_ITEM_H
#define KABAR_DIALECT_ITEM_H

#include "base/json_out.h"
#include "chat/history/item.h"

/* The members of the object for a message, from its id on; without whom it is with. */
void dialect_item_members(struct json_out *, const struct chat_item *);
/* The members that say what became of a message for another realm; nothing where it is none. */
void dialect_item_delivery(struct json_out *, enum chat_item_delivery, enum chat_reason);
/* A member that is a time in ms since 1970. */
void dialect_item_time(struct json_out *, const char *key, int64_t ms);
/* The members of the object for a file: its size in bytes and its SHA-256. */
void dialect_item_content(struct json_out *, uint64_t size,
    const unsigned char hash[CHAT_BLOB_HASH]);

#endif
