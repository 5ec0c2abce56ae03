/* dialect_irc_command: who may, and with how many parameters, is judged before a handler runs. */
#include "dialect/irc/command.h"

#include <string.h>

#include "dialect/irc/cap.h"
#include "dialect/irc/channel.h"
#include "dialect/irc/help.h"
#include "dialect/irc/history.h"
#include "dialect/irc/list.h"
#include "dialect/irc/manage.h"
#include "dialect/irc/marker.h"
#include "dialect/irc/message.h"
#include "dialect/irc/mode.h"
#include "dialect/irc/monitor.h"
#include "dialect/irc/multiline.h"
#include "dialect/irc/oper.h"
#include "dialect/irc/out.h"
#include "dialect/irc/presence.h"
#include "dialect/irc/register.h"
#include "dialect/irc/sasl.h"
#include "dialect/irc/server.h"
#include "dialect/irc/tagmsg.h"
#include "dialect/irc/topic.h"
#include "dialect/irc/welcome.h"
#include "dialect/irc/who.h"
#include "dialect/irc/whois.h"

struct command {
	const char *name;
	enum irc_when when;
	unsigned int least; /* parameters */
	void (*run)(struct dialog *, const struct irc_line *);
};

static const struct command commands[] = {
	{ .name = "ADMIN", .run = dialect_irc_admin },
	{ .name = "AUTHENTICATE", .when = IRC_WHEN_ANY, .least = 1, .run = dialect_irc_sasl },
	{ .name = "AWAY", .run = dialect_irc_away },
	{ .name = "BATCH", .least = 1, .run = dialect_irc_multiline },
	{ .name = "CAP", .when = IRC_WHEN_ANY, .least = 1, .run = dialect_irc_cap },
	{ .name = "CHATHISTORY", .run = dialect_irc_chathistory },
	{ .name = "CONNECT", .run = dialect_irc_not_here },
	{ .name = "DIE", .run = dialect_irc_not_here },
	{ .name = "HELP", .run = dialect_irc_help },
	{ .name = "HELPOP", .run = dialect_irc_help },
	{ .name = "INFO", .run = dialect_irc_info },
	{ .name = "INVITE", .run = dialect_irc_invite },
	{ .name = "ISON", .least = 1, .run = dialect_irc_ison },
	{ .name = "JOIN", .least = 1, .run = dialect_irc_join },
	{ .name = "KICK", .least = 2, .run = dialect_irc_kick },
	{ .name = "KILL", .least = 1, .run = dialect_irc_kill },
	{ .name = "LINKS", .run = dialect_irc_links },
	{ .name = "LIST", .run = dialect_irc_list },
	{ .name = "LUSERS", .run = dialect_irc_lusers },
	{ .name = "MARKREAD", .run = dialect_irc_markread },
	{ .name = "MODE", .least = 1, .run = dialect_irc_mode },
	{ .name = "MONITOR", .least = 1, .run = dialect_irc_monitor },
	{ .name = "MOTD", .run = dialect_irc_motd },
	{ .name = "NAMES", .run = dialect_irc_names },
	{ .name = "NICK", .when = IRC_WHEN_ANY, .run = dialect_irc_nick_command },
	{ .name = "NOTICE", .run = dialect_irc_multiline_line },
	{ .name = "OPER", .least = 2, .run = dialect_irc_oper },
	{ .name = "PART", .least = 1, .run = dialect_irc_part },
	{ .name = "PASS", .when = IRC_WHEN_BEFORE, .least = 1, .run = dialect_irc_pass },
	{ .name = "PING", .when = IRC_WHEN_ANY, .run = dialect_irc_ping },
	{ .name = "PONG", .when = IRC_WHEN_ANY, .run = dialect_irc_pong },
	{ .name = "PRIVMSG", .run = dialect_irc_multiline_line },
	{ .name = "QUIT", .when = IRC_WHEN_ANY, .run = dialect_irc_quit },
	{ .name = "REGISTER", .when = IRC_WHEN_ANY, .least = 3, .run = dialect_irc_register },
	{ .name = "REHASH", .run = dialect_irc_not_here },
	{ .name = "RESTART", .run = dialect_irc_not_here },
	{ .name = "SETNAME", .least = 1, .run = dialect_irc_setname },
	{ .name = "SQUIT", .run = dialect_irc_not_here },
	{ .name = "STATS", .run = dialect_irc_not_here },
	{ .name = "SUMMON", .run = dialect_irc_summon },
	{ .name = "TAGMSG", .least = 1, .run = dialect_irc_tagmsg },
	{ .name = "TIME", .run = dialect_irc_time },
	{ .name = "TOPIC", .least = 1, .run = dialect_irc_topic },
	{ .name = "USER", .when = IRC_WHEN_BEFORE, .least = 4, .run = dialect_irc_user },
	{ .name = "USERHOST", .least = 1, .run = dialect_irc_userhost },
	{ .name = "USERS", .run = dialect_irc_users },
	{ .name = "VERSION", .run = dialect_irc_version },
	{ .name = "WALLOPS", .least = 1, .run = dialect_irc_wallops },
	{ .name = "WHO", .run = dialect_irc_who_command },
	{ .name = "WHOIS", .run = dialect_irc_whois },
	{ .name = "WHOWAS", .run = dialect_irc_whowas },
};

static const struct command *
find_command(const char *name)
{
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	return NULL;
}

void
dialect_irc_command_run(struct dialog *dialog, const struct irc_line *line)
{
	const bool greeted = dialog->irc->registered;
	const struct command *command = find_command(line->command);

	if (command == NULL && greeted)
		dialect_irc_numeric(dialog, ERR_UNKNOWNCOMMAND, "%s", line->command);
	else if (!greeted && (command == NULL || command->when == IRC_WHEN_GREETED))
		dialect_irc_numeric(dialog, ERR_NOTREGISTERED, "%s", "");
	else if (greeted && command->when == IRC_WHEN_BEFORE)
		dialect_irc_numeric(dialog, ERR_ALREADYREGISTERED, "%s", "");
	else if (line->n < command->least)
		dialect_irc_numeric(dialog, ERR_NEEDMOREPARAMS, "%s", line->command);
	else
		command->run(dialog, line);
}
