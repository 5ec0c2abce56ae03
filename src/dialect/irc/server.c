/* dialect_irc_server: a realm is one server, which its masters manage with kabarctl. */
#include "dialect/irc/server.h"

#include <time.h>

#include "chat/realm/peer.h"
#include "chat/user.h"
#include "dialect/irc/out.h"

void
dialect_irc_ping(struct dialog *dialog, const struct irc_line *line)
{
	if (line->n == 0 || line->params[0].len == 0) {
		dialect_irc_numeric(dialog, line->n == 0 ? ERR_NEEDMOREPARAMS : ERR_NOORIGIN, "%s",
		    line->n == 0 ? "PING" : "");
		return;
	}
	dialect_irc_send(dialog, NULL, ":%s PONG %s :%.*s", dialect_irc_server(dialog),
	    dialect_irc_server(dialog), (int)line->params[0].len, line->params[0].data);
}

/* That the client is there was noted with the line. */
void
dialect_irc_pong(struct dialog *dialog, const struct irc_line *line)
{
	(void)dialog;
	(void)line;
}

bool
dialect_irc_server_is_here(struct dialog *dialog, const struct irc_line *line, size_t param)
{
	struct chat_text target = line->n > param ? line->params[param] : chat_text("");
	char mask[IRC_NAME_SIZE] = "";
	struct chat_user user;

	if (target.len == 0 ||
	    (dialect_copy(mask, sizeof(mask), target) &&
	        name_matches(mask, dialect_irc_server(dialog))) ||
	    chat_user_find(&dialog->chat, target, &user) == CHAT_OK)
		return true;
	dialect_irc_numeric(dialog, ERR_NOSUCHSERVER, "%.*s", (int)target.len, target.data);
	return false;
}

void
dialect_irc_time(struct dialog *dialog, const struct irc_line *line)
{
	time_t now = time(NULL);
	char text[64] = "";
	struct tm tm;

	if (!dialect_irc_server_is_here(dialog, line, 0))
		return;
	if (localtime_r(&now, &tm) != NULL)
		strftime(text, sizeof(text), "%A %d %B %Y, %H:%M:%S %z", &tm);
	dialect_irc_numeric(dialog, RPL_TIME, "%s :%s", dialect_irc_server(dialog), text);
}

void
dialect_irc_info(struct dialog *dialog, const struct irc_line *line)
{
	if (!dialect_irc_server_is_here(dialog, line, 0))
		return;
	dialect_irc_numeric(dialog, RPL_INFO, ":This is %s, a realm of kabar",
	    dialect_irc_server(dialog));
	dialect_irc_numeric(dialog, RPL_INFO,
	    ":What is said here is kept: whoever is away gets it later, once");
	dialect_irc_numeric(dialog, RPL_INFO,
	    ":Channels are groups, whose members stay in them when they disconnect");
	dialect_irc_numeric(dialog, RPL_ENDOFINFO, "%s", "");
}

void
dialect_irc_admin(struct dialog *dialog, const struct irc_line *line)
{
	if (!dialect_irc_server_is_here(dialog, line, 0))
		return;
	dialect_irc_numeric(dialog, RPL_ADMINME, "%s", dialect_irc_server(dialog));
	dialect_irc_numeric(dialog, RPL_ADMINLOC1, ":The realm %s", dialect_irc_server(dialog));
	dialect_irc_numeric(dialog, RPL_ADMINEMAIL,
	    ":Its administrators are those of whom WHOIS says so");
}

/* The realms that this one knows; itself it does not tell. */
void
dialect_irc_links(struct dialog *dialog, const struct irc_line *line)
{
	char mask[IRC_NAME_SIZE] = "*";
	struct chat_peer peer;

	if (line->n > 0 && !dialect_copy(mask, sizeof(mask), line->params[line->n - 1]))
		mask[0] = '\0';
	for (uint32_t i = 0; chat_peer_at(&dialog->chat, i, &peer) == CHAT_OK; i++)
		if (peer.active && name_matches(mask, peer.name))
			dialect_irc_numeric(dialog, RPL_LINKS,
			    "%s %s :1 a realm that is known here", peer.name,
			    dialect_irc_server(dialog));
	dialect_irc_numeric(dialog, RPL_ENDOFLINKS, "*");
}

void
dialect_irc_summon(struct dialog *dialog, const struct irc_line *line)
{
	(void)line;
	dialect_irc_numeric(dialog, ERR_SUMMONDISABLED, "%s", "");
}

void
dialect_irc_users(struct dialog *dialog, const struct irc_line *line)
{
	(void)line;
	dialect_irc_numeric(dialog, ERR_USERSDISABLED, "%s", "");
}

void
dialect_irc_not_here(struct dialog *dialog, const struct irc_line *line)
{
	(void)line;
	dialect_irc_numeric(dialog, ERR_NOPRIVILEGES, "%s", "");
}
