/*
 * dialect_names: a list of names in a reply, which begins only when all of them are there: a part
 * of a list looks like all of it.
 */
#ifndef KABAR_DIALECT_NAMES_H
#define KABAR_DIALECT_NAMES_H

#include "chat/block.h"
#include "dialect/line.h"

/* Empty at first; freed by both functions that write it. */
struct dialect_names {
	char (*list)[CHAT_BLOCK_TEXT];
	size_t n;
};

/* Copies a name. CHAT_OK, or CHAT_FAILED without memory. */
enum chat_result dialect_names_add(struct dialect_names *, const char *name);
/* A member of the object that is open. */
void dialect_names_write(struct dialect_names *, struct json_out *, const char *key);
/* A reply that has the list alone, LINE_REPLIED; or `read`, if that is not CHAT_OK. */
enum chat_result dialect_names_reply(struct dialect_names *, struct dialog *, const char *key,
    enum chat_result read);

#endif
