/*
 * chat_janitor: removes what has expired: read messages, unread ones after a longer time, unused
 * tokens, files, guests; and temporary groups that nobody is in.
 */
#ifndef KABAR_CHAT_JANITOR_H
#define KABAR_CHAT_JANITOR_H

#include "chat/chat.h"

struct chat_janitor {
	uint64_t messages;  /* removed */
	size_t tokens;      /* expired */
	size_t files;       /* of logs, removed */
	size_t sent_files;  /* too old files that users had sent */
	size_t blobs;       /* contents that belong to no file any more */
	size_t invitations; /* that ended long ago */
	size_t guests;      /* accounts of guests whose connections have gone */
};

/*
 * Makes one pass by the limits of the configuration; waits until no other process makes one.
 * CHAT_OK or CHAT_FAILED.
 */
enum chat_result chat_janitor_run(struct chat *, struct chat_janitor *);

#endif
