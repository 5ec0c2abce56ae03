/* dialect_irc_command: the table of the commands. */
#ifndef KABAR_DIALECT_IRC_COMMAND_H
#define KABAR_DIALECT_IRC_COMMAND_H

#include "dialect/irc/line.h"

struct dialog;

/* When a command may come. */
enum irc_when {
	IRC_WHEN_GREETED, /* only after the greeting */
	IRC_WHEN_ANY,
	IRC_WHEN_BEFORE /* only before: later it is an attempt to register again */
};

/* Runs the command of a line, or says what is wrong with it. */
void dialect_irc_command_run(struct dialog *, const struct irc_line *);

#endif
