/*
 * ctl_connection: the table of a connection's fields, the list of all, and ending connections. A
 * worker ends as when kabard stops: the reply that is under way goes out.
 */
#include "ctl/connection.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "chat/user.h"
#include "ctl/list.h"
#include "live/tell_master.h"

#define AT(member) CTL_FIELD_AT(struct ctl_connection, member)

static const struct ctl_field fields[] = {
	{ .key = "user", .forms = CTL_IN_LIST, .optional = true, AT(user) },
	{ .key = "address", .forms = CTL_IN_LIST | CTL_SHOW_KEY, AT(entry.address) },
	{ .key = "dialect", .forms = CTL_IN_LIST | CTL_SHOW_KEY, AT(entry.dialect) },
	{ .key = "since_ms",
	    .label = "since",
	    .forms = CTL_IN_LIST | CTL_SHOW_KEY,
	    .type = CTL_TIME,
	    AT(entry.since_ms) },
	{ .key = "client",
	    .forms = CTL_IN_LIST | CTL_SHOW_KEY,
	    .optional = true,
	    AT(entry.program) },
	{ .key = "pid", .forms = CTL_LIST_KEY | CTL_SHOW_KEY, .type = CTL_NUMBER, AT(entry.pid) },
};
const struct ctl_fields ctl_connection_fields = CTL_FIELDS(fields);

static int
list_connection(void *arg, unsigned int slot, const struct scoreboard_entry *entry)
{
	struct ctl_list *list = arg;
	struct ctl_connection connection = { .entry = *entry };
	struct chat_user user;

	(void)slot;
	if (entry->user == 0 && entry->name[0] == '@')
		snprintf(connection.user, sizeof(connection.user), "%.*s", NAME_MAX_BYTES + 1,
		    entry->name);
	else if (entry->user != 0 && chat_user_get(&list->ctl->chat, entry->user, &user) == CHAT_OK)
		snprintf(connection.user, sizeof(connection.user), "%s", user.name);
	ctl_list_row(list, &connection);
	return 0;
}

int
ctl_connection_list(struct ctl *ctl)
{
	struct ctl_list list;

	ctl_list_begin(&list, ctl, &ctl_connection_fields);
	scoreboard_each(ctl->chat.scoreboard, list_connection, &list);
	return ctl_list_end(&list);
}

int
ctl_connection_kick(struct ctl *ctl)
{
	struct chat_user user;
	int status = ctl_find_user(ctl, ctl->operands[0], &user);

	if (status != CTL_OK)
		return status;
	unsigned int denied;
	unsigned int count = scoreboard_signal(ctl->chat.scoreboard, user.id, SIGTERM, &denied);
	if (denied > 0 && tell_master_number(ctl->config.state, TELL_MASTER_KICK, user.id) != 0)
		return ctl_error(CTL_SYSTEM, "cannot tell kabard to end connections: %s",
		    strerror(errno));
	ctl_say(ctl, "%u connection%s ended\n", count, count == 1 ? "" : "s");
	ctl_report_int(ctl, "connections", count);
	return CTL_OK;
}
