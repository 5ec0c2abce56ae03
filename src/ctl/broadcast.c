/*
 * ctl_broadcast: a message from the server itself to all users, or to those who are online.
 */
#include <stdio.h>
#include <stdlib.h>

#include "chat/broadcast.h"
#include "ctl/account.h"

struct search {
	uint64_t user;
	bool found;
};

static int
compare_user(void *arg, unsigned int slot, const struct scoreboard_entry *entry)
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

	scoreboard_each(chat->scoreboard, compare_user, &search);
	return search.found;
}

/* Keeps the users who are online; how many they are. */
static size_t
keep_online(const struct chat *chat, struct chat_user *users, size_t n)
{
	size_t kept = 0;

	for (size_t i = 0; i < n; i++)
		if (is_online(chat, users[i].id))
			users[kept++] = users[i];
	return kept;
}

int
ctl_broadcast(struct ctl *ctl)
{
	struct chat_user *users;
	size_t n, reached;
	int status = ctl_account_read_all(ctl, &users, &n);

	if (status != CTL_OK)
		return status;
	if (ctl->options['o'] != NULL)
		n = keep_online(&ctl->chat, users, n);
	enum chat_result result =
	    chat_broadcast(&ctl->chat, users, n, chat_text(ctl->operands[0]), &reached);
	free(users);
	ctl_say(ctl, "%zu of %zu users reached\n", reached, n);
	ctl_report_int(ctl, "users", (int64_t)n);
	ctl_report_int(ctl, "reached", (int64_t)reached);
	if (result == CHAT_BAD_ARGUMENT)
		return ctl_error(CTL_REFUSED, "this is no text that can be sent");
	return ctl_result(result, "message", "to all");
}
