/*
 * chat_ring: whom events concern, many at once: each subscription is looked at once, and woken
 * once, however many of them concern it.
 */
#include "chat/ring.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/vector.h"
#include "chat/member.h"
#include "chat/push.h"

/* Numbers in ascending order, each once. */
struct numbers {
	uint64_t *list;
	size_t n;
};

/* The events of one call. */
struct ringing {
	struct chat *chat;
	struct numbers users;
	struct numbers groups;
	struct numbers members; /* of groups with fewer than there are subscriptions */
	struct numbers others;  /* the other groups: each subscription's user is looked up */
	struct numbers people;  /* groups whose people have changed */
	struct numbers sessions;
	bool rooms;
	bool bridge;
};

/* What is kept from call to call. */
struct kept {
	struct config config; /* the state directory alone */
	struct chat chat;
};

static bool
has_number(const struct numbers *numbers, uint64_t number)
{
	return number != 0 && numbers->n > 0 &&
	    bsearch(&number, numbers->list, numbers->n, sizeof(number), vector_compare_u64) != NULL;
}

static void
add_event(struct ringing *ringing, const struct store_event *event)
{
	switch (event->kind) {
	case CHAT_RING_USERS:
		ringing->users.list[ringing->users.n++] = event->a;
		ringing->users.list[ringing->users.n++] = event->b;
		break;
	case CHAT_RING_GROUP:
		ringing->groups.list[ringing->groups.n++] = event->a;
		break;
	case CHAT_RING_PEOPLE:
		ringing->people.list[ringing->people.n++] = event->a;
		break;
	case CHAT_RING_ROOMS:
		ringing->rooms = true;
		break;
	case CHAT_RING_SESSION:
		ringing->sessions.list[ringing->sessions.n++] = event->a;
		break;
	case CHAT_RING_BRIDGE:
		ringing->bridge = true;
		break;
	default:
		break; /* of a newer version */
	}
}

/* Those who cannot be looked up are woken for nothing. */
static bool
is_in_group(struct ringing *ringing, uint64_t user)
{
	if (has_number(&ringing->members, user))
		return true;
	for (size_t i = 0; i < ringing->others.n; i++) {
		enum chat_result result = ringing->chat->store == NULL
		    ? CHAT_FAILED
		    : chat_member_find(ringing->chat, ringing->others.list[i], user);

		if (result == CHAT_OK || result == CHAT_FAILED)
			return true;
	}
	return false;
}

static bool
is_concerned(void *arg, const struct wakeup_subscription *subscription)
{
	struct ringing *ringing = arg;
	const bool room = subscription->kind == WAKEUP_ROOM || subscription->kind == WAKEUP_BUSY;

	if (has_number(&ringing->users, subscription->user) ||
	    has_number(&ringing->groups, subscription->room))
		return true;
	if (subscription->kind == WAKEUP_ROOM || wakeup_watches(subscription))
		if (ringing->rooms || has_number(&ringing->people, subscription->room))
			return true;
	return !room && is_in_group(ringing, subscription->user);
}

/*
 * Adds the members of a group, of whom one look-up each tells. False: not all could be read. The
 * last comes first: where one leaves meanwhile, the last member moves to the place that is free,
 * and is read twice, or not at all the other way round.
 */
static bool
read_members(struct ringing *ringing, uint64_t group, uint32_t count)
{
	uint64_t user, *added;

	while (count > 0) {
		enum chat_result result = chat_member_user(ringing->chat, group, --count, &user);

		if (result == CHAT_NOT_MEMBER)
			continue; /* there are fewer by now */
		if (result != CHAT_OK)
			return false;
		added = vector_add(&ringing->members.list, &ringing->members.n, sizeof(*added));
		if (added == NULL)
			return false;
		*added = user;
	}
	return true;
}

/*
 * A group's members are read where that costs less than to look each subscription's user up.
 * Whoever joins meanwhile rings the group anew.
 */
static void
read_groups(struct ringing *ringing, const struct wakeup *wakeup)
{
	const unsigned int subscriptions = wakeup_count(wakeup);
	uint32_t members;

	for (size_t i = 0; i < ringing->groups.n; i++) {
		const uint64_t group = ringing->groups.list[i];

		if (ringing->chat->store == NULL ||
		    chat_member_count(ringing->chat, group, &members) != CHAT_OK ||
		    members >= subscriptions || !read_members(ringing, group, members))
			ringing->others.list[ringing->others.n++] = group;
	}
	ringing->members.n = vector_sort_u64(ringing->members.list, ringing->members.n);
}

static void
ring(struct ringing *ringing)
{
	struct wakeup *wakeup = chat_push_wakeup(ringing->chat);

	for (size_t i = 0; i < ringing->sessions.n; i++)
		chat_push_session(ringing->chat, ringing->sessions.list[i]);
	if (wakeup == NULL)
		return;
	if (ringing->rooms)
		wakeup_change(wakeup, WAKEUP_ROOMS);
	if (ringing->people.n > 0)
		wakeup_change(wakeup, WAKEUP_PEOPLE);
	if (ringing->groups.n > 0)
		read_groups(ringing, wakeup);
	if (ringing->rooms || ringing->users.n + ringing->groups.n + ringing->people.n > 0)
		wakeup_notify(wakeup, is_concerned, ringing);
	if (ringing->bridge)
		wakeup_notify_bridge(wakeup);
}

/* All that the events name has room in one list. */
static void
ring_events(struct chat *chat, const struct store_event *events, size_t n)
{
	uint64_t *list = calloc(n, 6 * sizeof(*list));
	struct ringing ringing = { .chat = chat };

	if (list == NULL) {
		chat_push_everyone(chat);
		return;
	}
	ringing.users.list = list;
	ringing.groups.list = list + 2 * n;
	ringing.people.list = list + 3 * n;
	ringing.sessions.list = list + 4 * n;
	ringing.others.list = list + 5 * n;
	for (size_t i = 0; i < n; i++)
		add_event(&ringing, &events[i]);
	ringing.users.n = vector_sort_u64(ringing.users.list, ringing.users.n);
	ringing.groups.n = vector_sort_u64(ringing.groups.list, ringing.groups.n);
	ringing.people.n = vector_sort_u64(ringing.people.list, ringing.people.n);
	ringing.sessions.n = vector_sort_u64(ringing.sessions.list, ringing.sessions.n);
	ring(&ringing);
	free(ringing.members.list);
	free(list);
}

static struct kept *
make_kept(const char *state)
{
	struct kept *kept = calloc(1, sizeof(*kept));

	if (kept == NULL)
		return NULL;
	memcpy(kept->config.state, state, strlen(state) + 1);
	kept->chat.config = &kept->config;
	return kept;
}

/* The scoreboard may be made anew between two calls. */
static bool
has_sessions(const struct store_event *events, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (events[i].kind == CHAT_RING_SESSION)
			return true;
	return events == NULL;
}

void
chat_ring(struct store *store, const char *state, const struct store_event *events, size_t n,
    void **keep)
{
	struct kept *kept = keep != NULL && *keep != NULL ? *keep : make_kept(state);
	struct chat *chat = kept == NULL ? NULL : &kept->chat;

	if (chat == NULL) {
		log_warn("nobody is told of events");
		return;
	}
	chat->store = store;
	if (has_sessions(events, n))
		chat->scoreboard = scoreboard_open(state, 1);
	if (events == NULL)
		chat_push_everyone(chat);
	else
		ring_events(chat, events, n);
	scoreboard_close(chat->scoreboard);
	chat->scoreboard = NULL;
	if (keep != NULL) {
		*keep = kept;
		return;
	}
	if (chat->wakeup != NULL)
		wakeup_close(chat->wakeup);
	free(kept);
}

void
chat_ring_tx_users(struct store_tx *tx, const uint64_t *users, size_t n)
{
	uint64_t first = 0, last = 0;

	for (size_t i = 0; i < n; i++) {
		if (users[i] == last)
			continue;
		last = users[i];
		if (first != 0)
			store_tx_ring(tx, CHAT_RING_USERS, first, last);
		first = first == 0 ? last : 0;
	}
	if (first != 0)
		store_tx_ring(tx, CHAT_RING_USERS, first, 0);
}
