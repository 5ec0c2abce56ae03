/*
 * chat_list: the conversations of a user: with others, with the server, and those of the user's
 * groups. Each costs a few look-ups, however long it is.
 */
#ifndef KABAR_CHAT_HISTORY_LIST_H
#define KABAR_CHAT_HISTORY_LIST_H

#include "chat/history/who.h"
#include "chat/user.h"

#define CHAT_LIST_SCAN 100 /* entries of a group that are looked at, to leave out the own */

struct chat_list_entry {
	enum chat_who_kind kind;
	uint64_t partner; /* or the group: its id */
	char with[CHAT_WHO_TEXT];
	uint64_t last;   /* id of the newest message; 0: none that the user may see */
	int64_t time_ms; /* its time, or that of joining the group */
	/*
	 * Messages of others behind the read marker; in a group with more than CHAT_LIST_SCAN all
	 * are counted, the own too.
	 */
	uint64_t unread;
	bool online;      /* of a user of this realm */
	uint32_t members; /* of a group of this realm */
};

struct chat_list {
	struct chat_list_entry *entries; /* newest first */
	size_t n;
};

/* CHAT_OK, CHAT_HISTORY_OFF or CHAT_FAILED; to be freed in any case. */
enum chat_result chat_list_make(struct chat *, const struct chat_user *, struct chat_list *);
void chat_list_free(struct chat_list *);

#endif
