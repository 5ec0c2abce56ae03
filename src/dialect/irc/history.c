/* dialect_irc_history: what was said before. */
#include "dialect/irc/history.h"

#include "dialect/irc/out.h"

void
dialect_irc_chathistory(struct dialog *dialog, const struct irc_line *line)
{
	dialect_irc_numeric(dialog, ERR_UNKNOWNCOMMAND, "%s", line->command);
}

void
dialect_irc_history_replay(struct dialog *dialog)
{
	(void)dialog;
}
