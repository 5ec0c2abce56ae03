/*
 * chat_page: a part of a conversation, from any point of it: the ids of its messages in their
 * order. Reading n of them costs as much in a long log as in a short one, but for the logarithm of
 * its length.
 */
#ifndef KABAR_CHAT_HISTORY_PAGE_H
#define KABAR_CHAT_HISTORY_PAGE_H

#include "chat/history/item.h"
#include "chat/history/place.h"

#define CHAT_PAGE_DEFAULT 50
#define CHAT_PAGE_MOST    500

/* The part that is wanted: the n messages next to an id. */
struct chat_page_wish {
	bool forward; /* those after `id`; else those before it */
	uint64_t id;  /* it need be no message's; with 0 and not forward: the newest */
	size_t n;     /* 1 to CHAT_PAGE_MOST */
};

struct chat_page {
	uint64_t *ids; /* oldest first */
	size_t n;
	bool more; /* there are more messages in the direction that was asked for */
	/* Where n is 0 and there are more: the id from which to go on, else 0. */
	uint64_t next;
};

/*
 * Finds the part. What the reader may not see, because it is older than the membership or by one
 * whom the reader blocks, is not in it. CHAT_OK or CHAT_FAILED; to be freed in either case.
 */
enum chat_result chat_page_find(struct chat_item_reader *, const struct chat_place *,
    const struct chat_page_wish *, struct chat_page *);
void chat_page_free(struct chat_page *);

#endif
