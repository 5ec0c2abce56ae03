/* The log: to syslog, or to the standard error in the foreground. */
#ifndef KABAR_LOG_H
#define KABAR_LOG_H

#include <stdbool.h>

/*
 * Every call keeps errno, and writes one line: whatever could end it or act on
 * a terminal is escaped as vis(3) does. Before log_init() all goes to stderr.
 */

enum log_target {
	LOG_TO_SYSLOG,
	LOG_TO_STDERR,    /* while the caller at the terminal waits for us */
	LOG_IN_FOREGROUND /* standard error, for us and all our children */
};

/*
 * `progname` is kept by reference. Messages go to stderr as "progname[pid]: tag: message"
 * or to syslog with `facility` (LOG_DAEMON, ...). Where stderr is a stream of systemd's journal,
 * as JOURNAL_STREAM in the environment says, they go there as "<priority>tag: message".
 */
void log_init(const char *progname, enum log_target, int facility);

/* For a process that outlives its caller: false when its standard error is to be closed. */
bool log_detach(void);

/* Messages less important than `priority` (LOG_ERR ... LOG_DEBUG) are dropped. Default: LOG_INFO.
 */
void log_set_level(int priority);

/* Sets what stands before every message of this process. Long tags are cut. */
void log_set_tag(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_clear_tag(void);

/* The forms without x append ": " and the text of errno. */
void log_warn(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_warnx(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_info(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_debug(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* The environment failed us: logs and exits with EX_OSERR. */
void fatal(const char *fmt, ...) __attribute__((noreturn, format(printf, 1, 2)));
void fatalx(const char *fmt, ...) __attribute__((noreturn, format(printf, 1, 2)));

/* An invariant of our own is broken: logs and aborts. */
void bug(const char *fmt, ...) __attribute__((noreturn, format(printf, 1, 2)));

#endif
