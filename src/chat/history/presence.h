/*
 * chat_presence: which of some users are online, as the scoreboard shows it, and who comes and
 * goes.
 */
#ifndef KABAR_CHAT_HISTORY_PRESENCE_H
#define KABAR_CHAT_HISTORY_PRESENCE_H

#include "chat/chat.h"

#define CHAT_PRESENCE_PAUSE_MS 1000 /* between looks at the scoreboard */

struct chat_presence_user {
	uint64_t id; /* first, for vector_compare_u64() */
	bool online; /* as it was told last */
	bool here;   /* as it is now */
};

/* All zero: nobody is looked after. */
struct chat_presence {
	struct chat_presence_user *users; /* by id */
	size_t n;
	uint64_t changes; /* of WAKEUP_PEOPLE at the last look, plus 1; 0: there was none */
	int64_t due_ms;   /* monotonic; nothing is looked at before then */
};

/* Everybody with whom a user has a conversation, as offline. To be freed in any case. */
enum chat_result chat_presence_begin(struct chat *, struct chat_presence *, uint64_t user);
/* One more; CHAT_OK also for one who is there already. */
enum chat_result chat_presence_add(struct chat_presence *, uint64_t user);
/*
 * The client was told otherwise than by a visit that a user is online, or not. True: the state of
 * before was another, so the next look is due.
 */
bool chat_presence_told(struct chat_presence *, uint64_t user, bool online);
void chat_presence_free(struct chat_presence *);
/*
 * Visits those who have come or gone since the last look, if anybody has and the pause is over;
 * visit may use the store. Returns the time of the monotonic clock at which to call again; 0: when
 * somebody has come or gone.
 */
int64_t chat_presence_look(struct chat *, struct chat_presence *,
    void (*visit)(void *arg, uint64_t user, bool online), void *arg);

/* The users who are online, each once, in the order of ids; to be freed. CHAT_OK or CHAT_FAILED. */
enum chat_result chat_presence_list(struct chat *, uint64_t **ids, size_t *n);
bool chat_presence_has(const uint64_t *ids, size_t n, uint64_t user);

#endif
