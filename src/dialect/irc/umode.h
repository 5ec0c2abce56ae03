/* dialect_irc_umode: MODE of the own nick. */
#ifndef KABAR_DIALECT_IRC_UMODE_H
#define KABAR_DIALECT_IRC_UMODE_H

#include "dialect/irc/line.h"
#include "dialect/irc/state.h"

struct dialog;

#define IRC_UMODES_SIZE 8 /* bytes of all letters, and NUL */

/* The command MODE, with a nick. */
void dialect_irc_umode(struct dialog *, const struct irc_line *);
/* Sets or ends a mode (enum irc_user_mode), as others see it, and tells the client. */
void dialect_irc_umode_set(struct dialog *, uint64_t mode, bool on);
/* The letters of modes. */
void dialect_irc_umode_letters(uint64_t modes, char letters[IRC_UMODES_SIZE]);

#endif
