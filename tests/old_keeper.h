/*
 * old_keeper: for integration tests: what the server of old_server keeps by itself, as existing
 * ones do: all messages between the realms, whoever wrote them, by the full name of the receiver,
 * until somebody asks for those of a user of its own who has that full name.
 */
#ifndef OLD_KEEPER_H
#define OLD_KEEPER_H

#include "old_server.h"

/* It keeps nothing yet, or was started anew and has forgotten all. */
void old_keeper_forget(void);
/*
 * A message comes over the connection for messages and is kept; what is answered to that is said by
 * old_keeper_agrees. Its users are messi, henderson, lineker and bambang, with their full names,
 * and "kapten", whose full name is henderson's: both have to be among them.
 */
void old_keeper_hears(const char *from, const char *to, const char *text);
void old_keeper_agrees(void);
/* A user of its own writes to one here: that is kept, too. Whether it is said here is not its. */
void old_keeper_writes(const char *from, const char *to, const char *text);
/*
 * It is asked for what it keeps for a user, hands that over and forgets it. One whom it does not
 * know ends the thread that was asked: there is no answer, and the connection stays.
 */
void old_keeper_is_asked(const char *user);

#endif
