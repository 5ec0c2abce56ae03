/* dialect_irc_monitor: MONITOR: which of some nicks are online, and who comes and goes. */
#ifndef KABAR_DIALECT_IRC_MONITOR_H
#define KABAR_DIALECT_IRC_MONITOR_H

#include "dialect/irc/line.h"

struct dialog;

#define IRC_MONITOR_MOST 100 /* nicks */

/* The command MONITOR. */
void dialect_irc_monitor(struct dialog *, const struct irc_line *);
/*
 * Tells which of the nicks have come or gone, if anybody has; not more than once a second in the
 * long run, unless it is to be done at once. It may ask to be called later (wake_ms).
 */
void dialect_irc_monitor_look(struct dialog *, bool at_once);
/* Whether the client looks after a nick. */
bool dialect_irc_monitor_has(const struct dialog *, const char *nick);
void dialect_irc_monitor_end(struct dialog *);

#endif
