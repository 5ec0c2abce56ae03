/* dialect_help: `help` for somebody at a terminal: the commands that a listener understands. */
#ifndef KABAR_DIALECT_HELP_H
#define KABAR_DIALECT_HELP_H

#include "dialect/line.h"

/* Lists the commands of the dialect, or those that begin with the request's only word. */
void dialect_help(struct dialog *, const struct line_request *);

#endif
