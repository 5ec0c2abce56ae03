/*
 * stand_in: a process that plays the bridge in tests of sending to other realms, with links that
 * are up. A message to "late" has no delivery result until the stand-in is released, and then
 * no_user; later messages wait behind it. A message to "nobody" has no_user, others are delivered.
 * Asked for the data of a user, the stand-in knows no "nobody", does not answer for "silent", and
 * answers with LINEKER of Inggris for all others. Each pull brings one message, "titipan" from
 * gary.
 */
#ifndef STAND_IN_H
#define STAND_IN_H

#include <sys/types.h>

struct stand_in {
	pid_t pid;
	int release; /* closing it, or stand_in_release, lets the late ones go */
};

/*
 * Begins for the realm of this configuration, whose peers it loads into the store; they are up
 * when this returns. The store may not be open in this process.
 */
void stand_in_begin(struct stand_in *, const char *config);
/* Gives all messages that wait, and those to come, their delivery results at once. */
void stand_in_release(struct stand_in *);
/* Kills it. */
void stand_in_end(struct stand_in *);

#endif
