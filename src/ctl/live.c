/*
 * ctl_live: who is connected, and ending connections. A worker ends as when kabard stops: the
 * reply that is under way goes out.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "chat/user.h"
#include "ctl/ctl.h"

#define COLUMN_USER    20
#define COLUMN_ADDRESS 24

/* The name of who is there; "-": nobody has logged in. */
static void
name_of(struct ctl *ctl, const struct scoreboard_entry *entry, struct chat_user *user)
{
	if (entry->user == 0 && entry->name[0] == '@')
		snprintf(user->name, sizeof(user->name), "%.*s", NAME_MAX_BYTES, entry->name);
	else if (entry->user == 0 || chat_user_get(&ctl->chat, entry->user, user) != CHAT_OK)
		snprintf(user->name, sizeof(user->name), "-");
}

static int
print_one(void *arg, unsigned int slot, const struct scoreboard_entry *entry)
{
	struct chat_user user;
	char since[CTL_TIME_SIZE];

	(void)slot;
	name_of(arg, entry, &user);
	ctl_time(entry->since_ms, since, sizeof(since));
	ctl_print_cell(user.name, COLUMN_USER);
	ctl_print_cell(entry->address, COLUMN_ADDRESS);
	printf("%-8s %s\n", entry->dialect, since);
	return 0;
}

struct who {
	struct ctl *ctl;
	struct json_out json;
};

static int
put_one(void *arg, unsigned int slot, const struct scoreboard_entry *entry)
{
	struct who *who = arg;
	struct chat_user user;

	(void)slot;
	name_of(who->ctl, entry, &user);
	json_out_object_begin(&who->json);
	if (strcmp(user.name, "-") == 0)
		ctl_json_null(&who->json, "user");
	else
		ctl_json_text(&who->json, "user", user.name);
	ctl_json_text(&who->json, "address", entry->address);
	ctl_json_text(&who->json, "dialect", entry->dialect);
	ctl_json_int(&who->json, "since_ms", entry->since_ms);
	ctl_json_int(&who->json, "pid", entry->pid);
	json_out_object_end(&who->json);
	return 0;
}

int
ctl_live_who(struct ctl *ctl)
{
	struct who who = { .ctl = ctl };

	if (!ctl->json) {
		scoreboard_each(ctl->chat.scoreboard, print_one, ctl);
		return CTL_OK;
	}
	ctl_json_begin(&who.json);
	json_out_array_begin(&who.json);
	scoreboard_each(ctl->chat.scoreboard, put_one, &who);
	json_out_array_end(&who.json);
	ctl_json_end(&who.json);
	return CTL_OK;
}

int
ctl_live_kick(struct ctl *ctl)
{
	const char *name = ctl->operands[0];
	struct chat_user user;
	enum chat_result result = chat_user_find(&ctl->chat, chat_text(name), &user);

	if (result != CHAT_OK)
		return ctl_result(result, "user", name);
	unsigned int count = scoreboard_signal(ctl->chat.scoreboard, user.id, SIGTERM);
	ctl_say(ctl, "%u connection%s ended\n", count, count == 1 ? "" : "s");
	ctl_report_int(ctl, "connections", count);
	return CTL_OK;
}
