/* dialect_irc_monitor: nicks that a client looks after. */
#include "dialect/irc/monitor.h"

#include "dialect/irc/out.h"

void
dialect_irc_monitor(struct dialog *dialog, const struct irc_line *line)
{
	dialect_irc_numeric(dialog, ERR_UNKNOWNCOMMAND, "%s", line->command);
}

void
dialect_irc_monitor_end(struct dialog *dialog)
{
	(void)dialog;
}
