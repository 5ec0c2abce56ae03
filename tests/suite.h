/*
 * suite: the main() of every test program: what is no pass is told from what is one, and nothing
 * that a test has started outlives its program.
 */
#ifndef SUITE_H
#define SUITE_H

#include <check.h>
#include <stdbool.h>

#define SUITE_SKIPPED 77 /* exit status, as automake has it */

/* The time that a failing test waits at most: busy machines and slow disks take theirs. */
#define SUITE_PATIENCE_MS 60000

/* The reason that continuous integration accepts where the tests do not run as root. */
#define SUITE_NEEDS_ROOT "needs root"

/*
 * Runs the suite and returns the exit status: SUITE_SKIPPED when a test was skipped and none has
 * failed. A suite that checks nothing fails. Processes that the tests leave behind are waited for,
 * then ended, and fail it too. With CK_FORK=no, for debuggers, there is only this process.
 */
int suite_run(Suite *);

/*
 * Where this machine does not allow a test, the test returns when this is true, and the program is
 * skipped. In main() before any suite runs, the program itself returns SUITE_SKIPPED then.
 */
bool suite_skip_if(bool impossible, const char *reason);

#endif
