/*
 * chat_expire: throwing files away: those that are too old or whose conversation is gone, and
 * contents that belong to no file.
 */
#ifndef KABAR_CHAT_EXPIRE_H
#define KABAR_CHAT_EXPIRE_H

#include "chat/chat.h"

struct chat_expired {
	size_t files;
	size_t bodies; /* contents, and what uploads left that broke off */
};

/* Goes through everything once. CHAT_OK or CHAT_FAILED. */
enum chat_result chat_expire(struct chat *, struct chat_expired *);

#endif
