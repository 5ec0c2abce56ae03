/*
 * chat_janitor: what has to be thrown away in time: read messages, unread ones after a longer
 * time, tokens that nobody uses, files.
 */
#ifndef KABAR_CHAT_JANITOR_H
#define KABAR_CHAT_JANITOR_H

#include "chat/chat.h"

struct chat_janitor {
	uint64_t messages; /* trimmed */
	size_t tokens;     /* expired */
	size_t files;      /* of logs given back */
	size_t sent_files; /* that users have sent each other, and that were too old */
	size_t bodies;     /* contents of such files that nobody has any more */
};

/*
 * Goes through everything once, by the limits of the configuration, when no other process does
 * any more. CHAT_OK or CHAT_FAILED.
 */
enum chat_result chat_janitor_run(struct chat *, struct chat_janitor *);

#endif
