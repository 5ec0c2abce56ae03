/*
 * process: for tests: the state of a process, as the kernel shows it, and its end.
 */
#ifndef PROCESS_H
#define PROCESS_H

#include <stdbool.h>
#include <sys/types.h>

/* Tells whether the process is in this state, a letter of proc(5). False when it has ended. */
bool process_is_in_state(pid_t, char state);
/* A condition for loops that wait: arg is the pid_t of a process, which SIGSTOP has stopped. */
bool process_is_stopped(void *arg);
/* The most memory that a process has had, in kB. */
long process_peak_kb(pid_t);
/* Kills a child and waits for its end. */
void process_kill(pid_t);

#endif
