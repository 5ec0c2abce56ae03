/* chat_presence: which of some users are online. */
#include "chat/history/presence.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/vector.h"
#include "chat/history/logs.h"
#include "chat/push.h"

static struct chat_presence_user *
find_user(const struct chat_presence *presence, uint64_t id)
{
	const struct chat_presence_user key = { .id = id };

	return presence->n == 0 ? NULL
	                        : bsearch(&key, presence->users, presence->n,
	                              sizeof(*presence->users), vector_compare_u64);
}

static enum chat_result
append_user(struct chat_presence *presence, uint64_t id)
{
	struct chat_presence_user *added =
	    vector_add(&presence->users, &presence->n, sizeof(*added));

	if (added == NULL)
		return CHAT_FAILED;
	*added = (struct chat_presence_user){ .id = id };
	return CHAT_OK;
}

enum chat_result
chat_presence_begin(struct chat *chat, struct chat_presence *presence, uint64_t user)
{
	enum chat_result result = CHAT_OK;
	uint64_t partner;

	*presence = (struct chat_presence){ .n = 0 };
	/* Those of other realms are never on the scoreboard, and cost nothing but their room. */
	for (uint32_t at = 0; result == CHAT_OK;) {
		result = chat_history_next(chat, user, &at, &partner);
		if (result == CHAT_OK && partner != CHAT_HISTORY_SERVER && partner != user)
			result = append_user(presence, partner);
	}
	if (presence->n > 1)
		qsort(presence->users, presence->n, sizeof(*presence->users), vector_compare_u64);
	return result == CHAT_NO_USER ? CHAT_OK : result;
}

enum chat_result
chat_presence_add(struct chat_presence *presence, uint64_t user)
{
	size_t at;

	if (find_user(presence, user) != NULL)
		return CHAT_OK;
	if (append_user(presence, user) != CHAT_OK)
		return CHAT_FAILED;
	for (at = presence->n - 1; at > 0 && presence->users[at - 1].id > user; at--)
		presence->users[at] = presence->users[at - 1];
	presence->users[at] = (struct chat_presence_user){ .id = user };
	presence->changes = 0;
	return CHAT_OK;
}

bool
chat_presence_told(struct chat_presence *presence, uint64_t id, bool online)
{
	struct chat_presence_user *user = find_user(presence, id);

	if (user == NULL || user->online == online)
		return false;
	user->online = online;
	presence->changes = 0; /* it may be otherwise by now */
	return true;
}

void
chat_presence_free(struct chat_presence *presence)
{
	free(presence->users);
	*presence = (struct chat_presence){ .n = 0 };
}

static int
mark_user(void *arg, unsigned int slot, const struct scoreboard_entry *entry)
{
	struct chat_presence_user *user = find_user(arg, entry->user);

	(void)slot;
	if (user != NULL)
		user->here = true;
	return 0;
}

int64_t
chat_presence_look(struct chat *chat, struct chat_presence *presence,
    void (*visit)(void *arg, uint64_t user, bool online), void *arg)
{
	/* Read before the look, so that no change in between is lost. */
	uint64_t changes = chat_push_changes(chat, WAKEUP_PEOPLE) + 1;
	int64_t now = clock_monotonic_ms();

	if (now < presence->due_ms)
		return presence->due_ms;
	presence->due_ms = 0;
	if (changes == presence->changes || chat->scoreboard == NULL)
		return 0;
	presence->changes = changes;
	presence->due_ms = now + CHAT_PRESENCE_PAUSE_MS;
	for (size_t i = 0; i < presence->n; i++)
		presence->users[i].here = false;
	scoreboard_list_fast(chat->scoreboard, mark_user, presence);
	for (size_t i = 0; i < presence->n; i++) {
		struct chat_presence_user *user = &presence->users[i];

		if (user->here == user->online)
			continue;
		user->online = user->here;
		visit(arg, user->id, user->online);
	}
	return presence->due_ms;
}

struct online {
	uint64_t *ids;
	size_t n;
	bool failed;
};

static int
note_user(void *arg, unsigned int slot, const struct scoreboard_entry *entry)
{
	struct online *online = arg;
	uint64_t *added;

	(void)slot;
	if (entry->user == 0)
		return 0;
	added = vector_add(&online->ids, &online->n, sizeof(*added));
	online->failed = added == NULL;
	if (added != NULL)
		*added = entry->user;
	return online->failed;
}

enum chat_result
chat_presence_list(struct chat *chat, uint64_t **ids, size_t *n)
{
	struct online online = { .n = 0 };

	if (chat->scoreboard != NULL)
		scoreboard_list_fast(chat->scoreboard, note_user, &online);
	*n = vector_sort_u64(online.ids, online.n);
	*ids = online.ids;
	return online.failed ? CHAT_FAILED : CHAT_OK;
}

bool
chat_presence_has(const uint64_t *ids, size_t n, uint64_t user)
{
	return n > 0 && bsearch(&user, ids, n, sizeof(*ids), vector_compare_u64) != NULL;
}
