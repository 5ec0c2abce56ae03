/*
 * chat_expire: removes files that are too old or whose conversation is gone, and blobs that belong
 * to no file.
 */
#ifndef KABAR_CHAT_EXPIRE_H
#define KABAR_CHAT_EXPIRE_H

#include "chat/chat.h"

struct chat_expired {
	size_t files;
	size_t blobs; /* contents, temporary and partial files */
};

/* Makes one pass and counts what it removes. CHAT_OK or CHAT_FAILED. */
enum chat_result chat_expire(struct chat *, struct chat_expired *);

#endif
