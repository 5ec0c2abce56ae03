/* dialect_irc_server: PING, PONG, TIME. */
#include "dialect/irc/server.h"

#include <time.h>

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

void
dialect_irc_time(struct dialog *dialog, const struct irc_line *line)
{
	time_t now = time(NULL);
	char text[64] = "";
	struct tm tm;

	(void)line;
	if (localtime_r(&now, &tm) != NULL)
		strftime(text, sizeof(text), "%A %d %B %Y, %H:%M:%S %z", &tm);
	dialect_irc_numeric(dialog, RPL_TIME, "%s :%s", dialect_irc_server(dialog), text);
}
