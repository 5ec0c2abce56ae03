/* signals: what the processes of kabar do with signals, which they take only while they wait. */
#ifndef KABAR_SIGNALS_H
#define KABAR_SIGNALS_H

#include <poll.h>
#include <signal.h>
#include <stdint.h>

/* Lists of signals end with 0. */

/*
 * Catches these signals, which stay blocked from here on, and only these. A process lets
 * them in by signals_poll() and signals_let_in().
 */
void signals_catch(const int *signals, void (*handler)(int));
void signals_ignore(const int *signals);
/* As if the program had just started. What is blocked stays blocked. */
void signals_reset(const int *signals);
/* Every signal as if the program had just started, and SIGPIPE ignored. */
void signals_reset_all(void);
void signals_unblock_all(void);
/* As poll(), for so many microseconds at most (below 0: no limit); EINTR: a signal came. */
int signals_poll(struct pollfd *, size_t n, int64_t us);
/*
 * Handles what has come. Needed in every turn of a loop: signals_poll() delivers no signal while
 * there is always something to read.
 */
void signals_let_in(void);

#endif
