/*
 * master_bridge: the bridge to other realms, as long as there are peers: starting it, starting it
 * again when it dies, ending it.
 */
#ifndef KABAR_MASTER_BRIDGE_H
#define KABAR_MASTER_BRIDGE_H

#include <sys/types.h>

#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "config/config.h"
#include "master/options.h"

#define MASTER_BRIDGE_SIGNAL SIGUSR1 /* to the master: there may be a new peer */

struct master_bridge {
	char path[PATH_MAX]; /* of the program; "": it was not found */
	bool wanted;
	bool lacking;       /* that it is missing has been said */
	pid_t pid;          /* 0: not running */
	int64_t started_ms; /* ticks */
	int64_t due_ms;     /* when it is started, if it is wanted */
	int64_t pause_ms;   /* before it is started the next time; 0: none */
};

/* Finds the program, as long as the executable has its name. */
void master_bridge_init(struct master_bridge *);
/*
 * Makes the store agree with the configuration, and sees whether a bridge is wanted. One that is
 * running is told to look, too, or to end.
 */
void master_bridge_look(struct master_bridge *, const struct config *);
/*
 * The store may have a new peer, which an administrator has added (addrealm): the same without the
 * configuration.
 */
void master_bridge_news(struct master_bridge *, const struct config *);
/* Asks the master of a state directory for that, from another process. 0, or -1: there is none. */
int master_bridge_ask(const char *state);
/* Milliseconds until it is to be started; `most` if that is sooner. */
int64_t master_bridge_wait_ms(const struct master_bridge *, int64_t most);
/*
 * Starts it if that is due. In the child, leave() is called first; alive_fd is a pipe that nobody
 * writes to, at whose end the bridge ends.
 */
void master_bridge_run(struct master_bridge *, const struct master_options *, int alive_fd,
    void (*leave)(void *arg), void *arg);
/* Takes the bridge of an old program, if there is one, and ends it: another is started then. */
void master_bridge_adopt(struct master_bridge *, pid_t);
/* Whether this child was the bridge. If it is not wanted any more it is to be looked again. */
bool master_bridge_reaped(struct master_bridge *, pid_t, int status);
/* Ends it. */
void master_bridge_stop(struct master_bridge *);

#endif
