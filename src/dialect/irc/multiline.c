/* dialect_irc_multiline: batches that are open, and long texts. */
#include "dialect/irc/multiline.h"

#include "dialect/irc/out.h"

void
dialect_irc_multiline(struct dialog *dialog, const struct irc_line *line)
{
	dialect_irc_numeric(dialog, ERR_UNKNOWNCOMMAND, "%s", line->command);
}

bool
dialect_irc_multiline_take(struct dialog *dialog, const struct irc_line *line)
{
	(void)dialog;
	(void)line;
	return false;
}

bool
dialect_irc_multiline_write(struct dialog *dialog, const char *head, const char *target,
    const struct irc_tags *tags, struct chat_text text)
{
	(void)dialog;
	(void)head;
	(void)target;
	(void)tags;
	(void)text;
	return false;
}

void
dialect_irc_multiline_end(struct dialog *dialog)
{
	(void)dialog;
}
