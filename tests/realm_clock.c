/*
 * realm_clock: for integration tests: the clocks of the programs that are started with it.
 */
#include "realm_clock.h"

#include <sys/mman.h>

#include <check.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "realm.h"

#define STEP_MS       1000
#define STEP_PAUSE_MS 10 /* twice as long as a program needs to notice */

#include "realm_int.h"
#include "realm_preload.h"

void
realm_clock_open(struct realm_clock *clock, const char *path)
{
	int fd;

	/* Somebody may still have the last one of this name, and would see it set back. */
	unlink(path);
	fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_lt(snprintf(clock->path, sizeof(clock->path), "%s", path),
	    (int)sizeof(clock->path));
	ck_assert_int_eq(ftruncate(fd, sizeof(*clock->file)), 0);
	clock->file = mmap(NULL, sizeof(*clock->file), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	ck_assert_ptr_ne(clock->file, MAP_FAILED);
	close(fd);
}

void
realm_clock_close(struct realm_clock *clock)
{
	/* Who only waits before it ends would else wait for ever. */
	atomic_store(&clock->file->stopped_monotonic_ns, 0);
	atomic_store(&clock->file->stopped_realtime_ns, 0);
	munmap(clock->file, sizeof(*clock->file));
}

void
realm_clock_use(const struct realm_clock *clock)
{
	if (clock == NULL) {
		unsetenv(REALM_CLOCK_VARIABLE);
		return;
	}
	realm_preload(PRELOAD_CLOCK_PATH);
	setenv(REALM_CLOCK_VARIABLE, clock->path, 1);
}

static int64_t
read_ns(clockid_t clock)
{
	struct timespec now;

	ck_assert_int_eq(clock_gettime(clock, &now), 0);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

void
realm_clock_stop(struct realm_clock *clock)
{
	atomic_store(&clock->file->stopped_monotonic_ns, read_ns(CLOCK_MONOTONIC));
	atomic_store(&clock->file->stopped_realtime_ns, read_ns(CLOCK_REALTIME));
}

void
realm_clock_pass(struct realm_clock *clock, int64_t ms)
{
	atomic_fetch_add(&clock->file->monotonic_ms, ms);
	atomic_fetch_add(&clock->file->realtime_ms, ms);
}

void
realm_clock_begin(struct realm_clock *clock, const char *dir)
{
	char path[sizeof(clock->path)];

	ck_assert_int_lt(snprintf(path, sizeof(path), "%s/clock", dir), (int)sizeof(path));
	realm_clock_open(clock, path);
	realm_clock_use(clock);
}

struct passing {
	struct realm_clock *clock;
	int fd;
	int64_t ms;
};

static bool
has_come(void *arg)
{
	struct passing *passing = arg;
	struct pollfd ready = { .fd = passing->fd, .events = POLLIN };

	if (poll(&ready, 1, STEP_PAUSE_MS) == 1)
		return true;
	realm_clock_pass(passing->clock, STEP_MS);
	passing->ms += STEP_MS;
	return false;
}

int64_t
realm_clock_pass_until(struct realm_clock *clock, int fd)
{
	struct passing passing = { .clock = clock, .fd = fd };

	return realm_until(has_come, &passing) ? passing.ms : -1;
}

void
realm_clock_set(struct realm_clock *clock, int64_t ms)
{
	atomic_fetch_add(&clock->file->realtime_ms, ms);
}

struct onlooker {
	const struct realm_clock *clock;
	pid_t pid;
};

static bool
has_seen(void *arg)
{
	const struct onlooker *onlooker = arg;
	const struct realm_clock_file *file = onlooker->clock->file;
	const struct realm_clock_seen *seen = &file->seen[onlooker->pid % REALM_CLOCK_SEEN];

	return atomic_load(&seen->pid) == onlooker->pid &&
	    atomic_load(&seen->monotonic_ms) == atomic_load(&file->monotonic_ms);
}

void
realm_clock_await(const struct realm_clock *clock, pid_t pid)
{
	struct onlooker onlooker = { .clock = clock, .pid = pid };

	ck_assert_msg(realm_until(has_seen, &onlooker), "process %ld does not wait on", (long)pid);
}
