/*
 * stand_in: for tests of those who write to other realms: a process that plays the bridge, with
 * links that are up and peers that it makes up. What it says of a message depends on whom it is
 * for: late     nothing, until it is released: then that there is no such user; others wait behind
 * it nobody   that there is no such user others   that it is delivered Asked who somebody is: for
 * nobody as above, for silent nothing at all, else LINEKER of Inggris. What a peer holds for
 * somebody is one message, "titipan" from gary, each time it is pulled.
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
/* All messages that are there, and come from now on, are decided at once. */
void stand_in_release(struct stand_in *);
/* Kills it. */
void stand_in_end(struct stand_in *);

#endif
