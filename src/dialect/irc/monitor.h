/* dialect_irc_monitor: MONITOR: which of some nicks are online, and who comes and goes. */
#ifndef KABAR_DIALECT_IRC_MONITOR_H
#define KABAR_DIALECT_IRC_MONITOR_H

#include "dialect/irc/line.h"

struct dialog;

#define IRC_MONITOR_MOST 100 /* nicks */

void dialect_irc_monitor(struct dialog *, const struct irc_line *);
void dialect_irc_monitor_end(struct dialog *);

#endif
