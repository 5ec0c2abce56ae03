/*
 * process: for tests: the state of a process, as the kernel shows it, and its end.
 */
#ifndef PROCESS_H
#define PROCESS_H

#include <stdbool.h>
#include <sys/types.h>

#define PROCESS_TITLE 256 /* bytes of one that are looked at */

/* Tells whether the process is in this state, a letter of proc(5). False when it has ended. */
bool process_is_in_state(pid_t, char state);
/* A condition for loops that wait: arg is the pid_t of a process, which SIGSTOP has stopped. */
bool process_is_stopped(void *arg);
/* Reads the beginning of a file of a process as a string: "" if it has ended. */
void process_read(pid_t, const char *name, char *text, size_t size);
/*
 * The children of a process whose title has this text, as many as there is room for. Returns how
 * many there are.
 */
size_t process_children(pid_t parent, const char *title, pid_t *pids, size_t size);
/* One of them; 0: there is none. */
pid_t process_child(pid_t parent, const char *title);
/*
 * A condition for loops that wait: arg is the pid_t of a process. It, its children and theirs wait,
 * or are stopped, having passed on what was sent to one of them: from one to the next, a few times.
 */
bool process_family_waits(void *arg);
/* The most memory that a process has had, in kB. */
long process_peak_kb(pid_t);
/* Kills a child and waits for its end. */
void process_kill(pid_t);

#endif
