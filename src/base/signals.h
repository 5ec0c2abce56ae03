/* signals: what the processes of kabar do with signals, which they take only while they wait. */
#ifndef KABAR_SIGNALS_H
#define KABAR_SIGNALS_H

#include <signal.h>

/* Lists of signals end with 0. */

/*
 * Catches these signals, which stay blocked from here on, and only these: a process lets them in by
 * signals_let_in(), or while it waits with the mask of signals_waiting().
 */
void signals_catch(const int *signals, void (*handler)(int));
void signals_ignore(const int *signals);
/* As if the program had just started. What is blocked stays blocked. */
void signals_reset(const int *signals);
/* Every signal as if the program had just started, and none blocked; SIGPIPE is ignored. */
void signals_reset_all(void);
/* For ppoll(): nothing is blocked. */
sigset_t signals_waiting(void);
/*
 * Handles what has come. Needed in every turn of a loop: ppoll() delivers no signal while there is
 * always something to read.
 */
void signals_let_in(void);

#endif
