/*
 * ctl_live: who is connected, and ending connections. A worker ends as when kabard stops: the
 * reply that is under way goes out.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "chat_user.h"
#include "ctl.h"

#define COLUMN_USER    20
#define COLUMN_ADDRESS 24

struct kicked {
	uint64_t user;
	unsigned int count;
};

static int
print_one(void *arg, unsigned int slot, const struct board_entry *entry)
{
	struct ctl *ctl = arg;
	struct chat_user user;
	char since[CTL_TIME_SIZE];

	(void)slot;
	if (entry->user == 0 || chat_user_get(&ctl->chat, entry->user, &user) != CHAT_OK)
		snprintf(user.name, sizeof(user.name), "-");
	ctl_time(entry->since_ms, since, sizeof(since));
	ctl_print_cell(user.name, COLUMN_USER);
	ctl_print_cell(entry->address, COLUMN_ADDRESS);
	printf("%-8s %s\n", entry->dialect, since);
	return 0;
}

int
ctl_who(struct ctl *ctl)
{
	board_each(ctl->chat.board, print_one, ctl);
	return CTL_OK;
}

static int
kick_one(void *arg, unsigned int slot, const struct board_entry *entry)
{
	struct kicked *kicked = arg;

	(void)slot;
	if (entry->user == kicked->user && kill((pid_t)entry->pid, SIGTERM) == 0)
		kicked->count++;
	return 0;
}

int
ctl_kick(struct ctl *ctl)
{
	const char *name = ctl->operands[0];
	struct chat_user user;
	struct kicked kicked = { 0 };
	enum chat_result result = chat_user_find(&ctl->chat, chat_text(name), &user);

	if (result != CHAT_OK)
		return ctl_result(result, "user", name);
	kicked.user = user.id;
	board_each(ctl->chat.board, kick_one, &kicked);
	printf("%u connection%s ended\n", kicked.count, kicked.count == 1 ? "" : "s");
	return CTL_OK;
}
