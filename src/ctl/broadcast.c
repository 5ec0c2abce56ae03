/*
 * ctl_broadcast: a message from the server itself to all users, or to those who are online.
 */
#include <stdio.h>
#include <stdlib.h>

#include "chat/broadcast.h"
#include "ctl/ctl.h"

struct search {
	uint64_t user;
	bool found;
};

static int
compare_one(void *arg, unsigned int slot, const struct scoreboard_entry *entry)
{
	struct search *search = arg;

	(void)slot;
	search->found = entry->user == search->user;
	return search->found;
}

static bool
is_online(const struct chat *chat, uint64_t user)
{
	struct search search = { .user = user };

	scoreboard_each(chat->scoreboard, compare_one, &search);
	return search.found;
}

static void
keep_online(const struct chat *chat, struct ctl_users *users)
{
	size_t kept = 0;

	for (size_t i = 0; i < users->n; i++)
		if (is_online(chat, users->list[i].id))
			users->list[kept++] = users->list[i];
	users->n = kept;
}

int
ctl_broadcast(struct ctl *ctl)
{
	struct ctl_users users;
	size_t reached;
	int status = ctl_users_read(ctl, &users);

	if (status != CTL_OK)
		return status;
	if (ctl->options['o'] != NULL)
		keep_online(&ctl->chat, &users);
	enum chat_result result =
	    chat_broadcast(&ctl->chat, users.list, users.n, chat_text(ctl->operands[0]), &reached);
	ctl_say(ctl, "%zu of %zu users reached\n", reached, users.n);
	ctl_report_int(ctl, "users", (int64_t)users.n);
	ctl_report_int(ctl, "reached", (int64_t)reached);
	free(users.list);
	if (result == CHAT_BAD_ARGUMENT)
		return ctl_error(CTL_REFUSED, "this is no text that can be sent");
	return ctl_result(result, "message", "to all");
}
