/*
 * chat_place: where the messages of one conversation lie, for one who reads them: a log for each
 * direction, or all logs of a group.
 */
#ifndef KABAR_CHAT_HISTORY_PLACE_H
#define KABAR_CHAT_HISTORY_PLACE_H

#include "chat/history/who.h"

struct chat_place_log {
	uint64_t log;
	bool own; /* of what the reader has sent: there is no marker in it */
};

/* All zero: nothing to free. */
struct chat_place {
	struct chat_who who;
	uint64_t reader;
	uint64_t group; /* of this realm; 0: it is none */
	struct chat_place_log *logs;
	size_t n;         /* 0: nothing was ever said */
	int64_t since_ms; /* what is older is not for this reader; 0: all is */
};

/*
 * Finds the conversation of a user with whom a text names. CHAT_OK; the results of chat_who_find();
 * CHAT_NOT_MEMBER: of the group; CHAT_HISTORY_OFF. To be freed in any case.
 */
enum chat_result chat_place_find(struct chat *, uint64_t reader, struct chat_text who,
    struct chat_place *);
void chat_place_free(struct chat_place *);
/*
 * Adds what became of a group and of its members, so that a page has the ids of these entries, too,
 * which are no messages (chat_activity). CHAT_OK or CHAT_FAILED.
 */
enum chat_result chat_place_add_activity(struct chat *, struct chat_place *);

/*
 * The id of the oldest entry kept that is not older than a time, in ms since 1970; UINT64_MAX:
 * there is none. Of each log it reads as many entries as the logarithm of their number. CHAT_OK or
 * CHAT_FAILED.
 */
enum chat_result chat_place_at(struct chat *, const struct chat_place *, int64_t time_ms,
    uint64_t *id);

#endif
