/*
 * realm_clock: for integration tests: the clocks of the programs that are started with it, which a
 * test puts forward or back at any time, also while they wait. What takes half a minute takes no
 * time then. The clocks of the test itself stay as they are.
 */
#ifndef REALM_CLOCK_H
#define REALM_CLOCK_H

#include <stdatomic.h>
#include <stdint.h>
#include <sys/types.h>

/* Names the file to preload_clock. */
#define REALM_CLOCK_VARIABLE "KABAR_TEST_CLOCK"

/* A process that has looked at the clock and waits on, and what had been added by then. */
struct realm_clock_seen {
	_Atomic int64_t pid;
	_Atomic int64_t monotonic_ms;
};

#define REALM_CLOCK_SEEN 4096

/* The offsets that are added to the clocks. */
struct realm_clock_file {
	_Atomic int64_t monotonic_ms;
	_Atomic int64_t realtime_ms;
	/* The clocks stand still at these; 0: they go. */
	_Atomic int64_t stopped_monotonic_ns;
	_Atomic int64_t stopped_realtime_ns;
	struct realm_clock_seen seen[REALM_CLOCK_SEEN]; /* by the last digits of the process id */
};

struct realm_clock {
	char path[256];
	struct realm_clock_file *file;
};

/* Makes a new file of this name, removed by whoever removes its directory. */
void realm_clock_open(struct realm_clock *, const char *path);
void realm_clock_close(struct realm_clock *);
/* Programs that are started from here on have this clock; NULL: the machine's. */
void realm_clock_use(const struct realm_clock *);

/* From here on their clocks stand still, but for what a test adds: no time goes by unseen. */
void realm_clock_stop(struct realm_clock *);
/* Both, with a file in the directory of a realm that is not yet running. */
void realm_clock_begin(struct realm_clock *, const char *dir);

/* Time goes by for them: both clocks go forward. */
void realm_clock_pass(struct realm_clock *, int64_t ms);
/*
 * Waits until this process, which waits for some time to come, has seen how late it is and waits
 * on: nothing was due for it.
 */
void realm_clock_await(const struct realm_clock *, pid_t);
/*
 * Time goes by, as much as it takes, until there is something to read on this socket, such as its
 * end. How much that was; -1 when nothing came.
 */
int64_t realm_clock_pass_until(struct realm_clock *, int fd);
/* Sets the clock of the day, as an administrator does. */
void realm_clock_set(struct realm_clock *, int64_t ms);

#endif
