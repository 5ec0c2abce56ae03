/* dialect_help: `help` for a person at a terminal. */
#ifndef KABAR_DIALECT_HELP_H
#define KABAR_DIALECT_HELP_H

#include "dialect/line.h"

/* Lists the commands that the listener understands, or those that begin with the only word. */
enum chat_result dialect_help(struct dialog *, struct line_request *);

#endif
