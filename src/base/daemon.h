/* daemon: goes into the background, and tells the parent when it is ready. */
#ifndef KABAR_DAEMON_H
#define KABAR_DAEMON_H

/*
 * Descriptors 0 to 2 are open: else a socket would become the standard error of something. From
 * `first` on (INT_MAX: all stay) none are: a daemon must not hold what its caller forgot to close.
 */
void daemon_tidy(int first);
/* Makes a descriptor one of /dev/null. */
void daemon_to_null(int fd);
/*
 * For a child whose standard input and output are /dev/null already, and that lives on as a process
 * of its own, shown as "name (of)": takes signals as a program does that was just started, keeps no
 * descriptor above 2 but this one, as DAEMON_KEPT_FD, and logs where that needs none that was
 * closed.
 */
#define DAEMON_KEPT_FD 3
void daemon_detach(int fd, const char *name, const char *of);
/*
 * Goes on in a child in the background. The parent returns to the shell only when the child is
 * ready, or with the child's status if it fails before. The descriptor for telling it.
 */
int daemon_fork(void);
/* The exit status of a start that failed: EX_NOPERM if we may not use the state. */
int daemon_failure(const char *state);

struct daemon {
	const char *progname;
	int log_facility;
	int ready_fd; /* from daemon_fork() */
};

/* The daemon has started: it lets go of the terminal, and of the parent that waits for it. */
void daemon_ready(void *daemon);

#endif
