/* dialect_irc_help: the texts, in the order of the commands' names. */
#include "dialect/irc/help.h"

#include <bsd/string.h>
#include <string.h>

#include "dialect/irc/out.h"

#define NAMES_ROOM 400 /* bytes of names in one line */

static const struct help {
	const char *name;
	const char *usage;
	const char *text;
} helps[] = {
	{ "ADMIN", "[server]", "tells who manages the realm" },
	{ "AUTHENTICATE", "mechanism", "logs in to an account with SASL" },
	{ "AWAY", "[text]", "says that you are away, or here again" },
	{ "BATCH", "+name type | -name", "begins or ends lines that belong together" },
	{ "CAP", "LS | LIST | REQ | END", "asks for what goes beyond plain IRC" },
	{ "CHATHISTORY", "subcommand target ... limit", "fetches what was said before" },
	{ "HELP", "[command]", "tells what commands do" },
	{ "INFO", "[server]", "tells what this server is" },
	{ "INVITE", "[nick channel]", "invites somebody to a channel, or lists who invites you" },
	{ "ISON", "nick...", "tells which of these users are online" },
	{ "JOIN", "channel[,channel] [key]", "makes you a member of channels; 0 leaves all" },
	{ "KICK", "channel nick[,nick] [reason]", "ends memberships, as an operator" },
	{ "KILL", "nick [reason]", "disconnects a user, as an administrator" },
	{ "LINKS", "[mask]", "lists the realms that this one knows" },
	{ "LIST", "[mask | !mask | >users | C>minutes | T>minutes]", "lists channels" },
	{ "LUSERS", "", "tells how many users there are" },
	{ "MARKREAD", "target [timestamp=TIME]", "tells or moves up to where you have read" },
	{ "MODE", "channel | nick [letters [parameters]]", "shows or changes modes: biklmnostv" },
	{ "MONITOR", "+ | - | C | L | S [nicks]", "tells when users come and go" },
	{ "MOTD", "[server]", "shows the message of the day" },
	{ "NAMES", "channel", "lists the members of a channel" },
	{ "NICK", "nick", "gives a guest another name" },
	{ "NOTICE", "target text", "sends what no program answers" },
	{ "OPER", "account password", "makes you an operator, as an administrator" },
	{ "PART", "channel [reason]", "leaves a channel" },
	{ "PASS", "password", "logs in to the account of your nick, before USER" },
	{ "PING", "text", "asks whether the server is there" },
	{ "PRIVMSG", "target[,target] text", "sends a message to a channel or a user" },
	{ "QUIT", "[reason]", "ends the connection; you stay a member of your channels" },
	{ "REGISTER", "* * password", "makes an account of your nick" },
	{ "SETNAME", "name", "changes your name" },
	{ "TAGMSG", "target", "sends tags without a text" },
	{ "TIME", "[server]", "tells the server's time" },
	{ "TOPIC", "channel [text]", "shows or sets what a channel is about" },
	{ "USERHOST", "nick...", "tells of these users whether they are away" },
	{ "VERSION", "[server]", "tells which program this is" },
	{ "WALLOPS", "text", "tells all who have mode w something, as an administrator" },
	{ "WHO", "mask [fields]", "lists users" },
	{ "WHOIS", "nick", "tells who somebody is" },
	{ "WHOWAS", "nick", "tells who somebody was" },
};
#define N_HELPS (sizeof(helps) / sizeof(helps[0]))

static void
list_commands(struct dialog *dialog)
{
	char line[NAMES_ROOM + IRC_COMMAND_MOST] = "";

	dialect_irc_numeric(dialog, RPL_HELPSTART, "* :Commands, of each of which HELP tells more");
	for (size_t i = 0; i < N_HELPS; i++) {
		if (line[0] != '\0')
			strlcat(line, " ", sizeof(line));
		strlcat(line, helps[i].name, sizeof(line));
		if (strlen(line) < NAMES_ROOM && i + 1 < N_HELPS)
			continue;
		dialect_irc_numeric(dialog, RPL_HELPTXT, "* :%s", line);
		line[0] = '\0';
	}
	dialect_irc_numeric(dialog, RPL_ENDOFHELP, "* :End of HELP");
}

void
dialect_irc_help(struct dialog *dialog, const struct irc_line *line)
{
	struct chat_text subject = line->n > 0 ? line->params[0] : chat_text("");
	struct chat_text word;

	if (subject.len == 0) {
		list_commands(dialog);
		return;
	}
	for (size_t i = 0; i < N_HELPS; i++) {
		const struct help *help = &helps[i];

		if (!chat_text_is(subject, help->name))
			continue;
		dialect_irc_numeric(dialog, RPL_HELPSTART, "%s :%s%s%s", help->name, help->name,
		    help->usage[0] == '\0' ? "" : " ", help->usage);
		dialect_irc_numeric(dialog, RPL_HELPTXT, "%s :%s", help->name, help->text);
		dialect_irc_numeric(dialog, RPL_ENDOFHELP, "%s :End of HELP", help->name);
		return;
	}
	dialect_irc_line_next(&subject, ' ', &word);
	dialect_irc_numeric(dialog, ERR_HELPNOTFOUND, "%.*s", (int)word.len, word.data);
}
