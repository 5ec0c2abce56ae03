/*
 * old_keeper: for integration tests: the messages that the server of old_server keeps, as existing
 * servers do: all messages between the realms, by the full name of the receiver, until a pull asks
 * for those of a user of the server who has that full name.
 */
#ifndef OLD_KEEPER_H
#define OLD_KEEPER_H

#include "old_server.h"

/* It keeps no message yet, or was restarted and has forgotten all. */
void old_keeper_forget(void);
/*
 * A message comes over the connection for messages and is kept; what is answered to that is said by
 * old_keeper_agrees. Its users are messi, henderson, lineker and bambang, with their full names,
 * and "kapten", whose full name is henderson's: both have to be among them.
 */
void old_keeper_hears(const char *from, const char *to, const char *text);
void old_keeper_agrees(void);
/* Keeps a message from its own user to one here. The test delivers it, or not. */
void old_keeper_writes(const char *from, const char *to, const char *text);
/*
 * Expects a pull for a user, hands the messages over and forgets them. For an unknown user it does
 * not answer, and the connection stays open.
 */
void old_keeper_is_asked(const char *user);

#endif
