/*
 * listeners: for integration tests: a realm with a listener for each dialect, users and a group for
 * all of them, and speakers who are connected to those listeners.
 */
#ifndef LISTENERS_H
#define LISTENERS_H

#include "config/dialects.h"
#include "dialogue.h"

#define LISTENERS_ONE(name) +1
#define LISTENERS           (0 CONFIG_DIALECTS(LISTENERS_ONE))
#define LISTENERS_LINE      (LISTENERS - 1) /* all but the last, `room`, are line dialects */

/* The names of the dialects; the first is `realm`, and its listener the realm's own. */
extern const char *const listeners_dialects[LISTENERS];

/*
 * Makes the realm with two users more: gerrard and owen. All but owen are members of the group
 * kopi, which is messi's.
 */
void listeners_make(struct realm *);
void listeners_remove(struct realm *);
/* Writes the configuration anew, with these settings besides the listeners. */
void listeners_configure(const struct realm *, const char *settings);

/*
 * As dialogue_begin(), for speakers a to e: each has the dialect of that index, over TCP through
 * its listener.
 */
void listeners_begin(struct dialogue *, struct realm *, enum dialogue_way);
/* A new connection to the listener of the dialect of this index, once it accepts them. */
int listeners_connect(const struct realm *, int dialect);

#endif
