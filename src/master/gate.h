/*
 * master_gate: the gate, which judges logins: its listening socket, starting it, starting it again
 * when it dies or hangs, ending it. The socket outlives the gate: who connects meanwhile waits.
 */
#ifndef KABAR_MASTER_GATE_H
#define KABAR_MASTER_GATE_H

#include <sys/types.h>

#include <stdbool.h>
#include <stdint.h>

#include "config/config.h"

struct master_gate {
	int listen_fd;         /* -1: not made yet */
	pid_t pid;             /* 0: not running */
	int ask_fd;            /* over which it is asked whether it serves; -1: it does not run */
	int64_t asked_ms;      /* ticks, when that was last */
	unsigned int silences; /* how often in a row there was no answer */
	int64_t started_ms;    /* ticks */
	int64_t due_ms;        /* when it is started */
	int64_t pause_ms;      /* before it is started the next time; 0: none */
};

/* Makes the socket, unless it was taken over. 0, or -1 with errno set. */
int master_gate_open(struct master_gate *, const struct config *);
/* Takes over from an old program, whose gate serves its workers until they go. */
void master_gate_adopt(struct master_gate *);
/* Milliseconds until it is to be started; `most` if that is sooner. */
int64_t master_gate_wait_ms(const struct master_gate *, int64_t most);
/* Starts it if that is due. In the child, leave() is called first. */
void master_gate_run(struct master_gate *, struct config *, int alive_fd, void (*leave)(void *arg),
    void *arg);
/*
 * Asks it whether it serves, and kills it when it has not answered several times. It may be waiting
 * for the committer: it has time as long as that one does not answer either.
 */
void master_gate_watch(struct master_gate *, bool store_answers);
/* The configuration is another. */
void master_gate_reload(const struct master_gate *);
/* Whether this child was the gate. */
bool master_gate_reaped(struct master_gate *, pid_t, int status);
/* Ends it, within seconds. */
void master_gate_stop(struct master_gate *);
/* Removes the socket. */
void master_gate_close(struct master_gate *, const struct config *);

#endif
