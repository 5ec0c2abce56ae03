/*
 * chat_pack: texts in the records of chat.
 */
#ifndef KABAR_CHAT_PACK_H
#define KABAR_CHAT_PACK_H

#include "base/pack.h"
#include "chat/chat.h"

static inline void
chat_pack_text(struct pack *p, struct chat_text text)
{
	pack_blob(p, text.data, text.len);
}

/* The text is the record's. */
static inline struct chat_text
chat_unpack_text(struct unpack *u)
{
	struct chat_text text;

	text.data = (const char *)unpack_blob(u, &text.len);
	return text;
}

#endif
