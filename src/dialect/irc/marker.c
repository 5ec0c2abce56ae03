/* dialect_irc_marker: read markers. */
#include "dialect/irc/marker.h"

#include "dialect/irc/out.h"

void
dialect_irc_markread(struct dialog *dialog, const struct irc_line *line)
{
	dialect_irc_numeric(dialog, ERR_UNKNOWNCOMMAND, "%s", line->command);
}

void
dialect_irc_marker_show(struct dialog *dialog, const char *target)
{
	(void)dialog;
	(void)target;
}

void
dialect_irc_marker_tell(struct dialog *dialog, const struct chat_watch_event *event)
{
	(void)dialog;
	(void)event;
}

void
dialect_irc_marker_touch(struct dialog *dialog, const char *with, uint64_t id)
{
	(void)dialog;
	(void)with;
	(void)id;
}

void
dialect_irc_marker_settle(struct dialog *dialog, bool end)
{
	(void)dialog;
	(void)end;
}

void
dialect_irc_marker_end(struct dialog *dialog)
{
	(void)dialog;
}
