/*
 * preload_clock: a library that stands between a program and its clocks, loaded before all others
 * (LD_PRELOAD): what a test adds to them in a file comes to be in the middle of a wait, too. See
 * realm_clock.h. The calls are made directly, so that nothing depends on who would be asked next.
 */
#include <sys/mman.h>
#include <sys/syscall.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "realm_clock.h"

#define LOOK_MS        5 /* so long may what a test adds go unnoticed */
#define KERNEL_SIGSETS 8 /* bytes */

static struct realm_clock_file *file;

static void __attribute__((constructor)) begin(void)
{
	const char *path = getenv(REALM_CLOCK_VARIABLE);
	void *mapped;
	int fd = path == NULL ? -1 : open(path, O_RDWR | O_CLOEXEC);

	if (fd < 0)
		return;
	mapped = mmap(NULL, sizeof(*file), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	if (mapped != MAP_FAILED)
		file = mapped;
}

static int64_t
added_ms(clockid_t clock)
{
	if (file == NULL)
		return 0;
	if (clock == CLOCK_MONOTONIC)
		return atomic_load(&file->monotonic_ms);
	return clock == CLOCK_REALTIME ? atomic_load(&file->realtime_ms) : 0;
}

/* Returns the time that a stopped clock shows; 0: the clock goes. */
static int64_t
stopped_ns(clockid_t clock)
{
	if (file == NULL)
		return 0;
	if (clock == CLOCK_MONOTONIC)
		return atomic_load(&file->stopped_monotonic_ns);
	return clock == CLOCK_REALTIME ? atomic_load(&file->stopped_realtime_ns) : 0;
}

static int
read_clock(clockid_t clock, struct timespec *now)
{
	int64_t stopped = stopped_ns(clock);

	if (stopped == 0)
		return (int)syscall(SYS_clock_gettime, clock, now);
	*now = (struct timespec){ .tv_sec = (time_t)(stopped / 1000000000),
		.tv_nsec = stopped % 1000000000 };
	return 0;
}

int clock_gettime(clockid_t clock, struct timespec *now);
time_t time(time_t *out);
int ppoll(struct pollfd *fds, nfds_t n, const struct timespec *timeout, const sigset_t *mask);
int poll(struct pollfd *fds, nfds_t n, int timeout_ms);
/* The library has these for programs that are compiled with _FORTIFY_SOURCE. */
int __ppoll_chk(struct pollfd *fds, nfds_t n, const struct timespec *timeout, const sigset_t *mask,
    size_t size);
int __poll_chk(struct pollfd *fds, nfds_t n, int timeout_ms, size_t size);

int
clock_gettime(clockid_t clock, struct timespec *now)
{
	int result = read_clock(clock, now);
	int64_t ms = added_ms(clock), ns;

	if (result != 0 || ms == 0)
		return result;
	ns = now->tv_nsec + ms % 1000 * 1000000;
	now->tv_sec += (time_t)(ms / 1000 + ns / 1000000000);
	now->tv_nsec = ns % 1000000000;
	if (now->tv_nsec < 0) {
		now->tv_nsec += 1000000000;
		now->tv_sec--;
	}
	return 0;
}

time_t
time(time_t *out)
{
	struct timespec now = { .tv_sec = 0 };

	clock_gettime(CLOCK_REALTIME, &now);
	if (out != NULL)
		*out = now.tv_sec;
	return now.tv_sec;
}

static int64_t
now_ns(void)
{
	struct timespec now = { .tv_sec = 0 };

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static int
wait_once(struct pollfd *fds, nfds_t n, const struct timespec *timeout, const sigset_t *mask)
{
	struct timespec copy = { .tv_sec = 0 };

	if (timeout != NULL)
		copy = *timeout; /* the kernel writes into it */
	return (int)syscall(SYS_ppoll, fds, n, timeout == NULL ? NULL : &copy, mask,
	    mask == NULL ? 0 : KERNEL_SIGSETS);
}

/* This process has seen so much time pass, and waits on. */
static void
tell_seen(int64_t monotonic_ms)
{
	struct realm_clock_seen *seen = &file->seen[getpid() % REALM_CLOCK_SEEN];

	atomic_store(&seen->monotonic_ms, monotonic_ms);
	atomic_store(&seen->pid, getpid());
}

/* A wait that ends is one of many short ones. */
int
ppoll(struct pollfd *fds, nfds_t n, const struct timespec *timeout, const sigset_t *mask)
{
	int64_t due_ns;

	if (file == NULL || timeout == NULL)
		return wait_once(fds, n, timeout, mask);
	due_ns = now_ns() + (int64_t)timeout->tv_sec * 1000000000 + timeout->tv_nsec;
	for (;;) {
		int64_t passed_ms = atomic_load(&file->monotonic_ms);
		int64_t left = due_ns - now_ns();
		struct timespec step = { .tv_nsec = LOOK_MS * 1000000 };
		int ready;

		if (left < step.tv_nsec)
			step.tv_nsec = left < 0 ? 0 : (long)left;
		ready = wait_once(fds, n, &step, mask);
		if (ready != 0 || due_ns <= now_ns())
			return ready;
		tell_seen(passed_ms);
	}
}

int
poll(struct pollfd *fds, nfds_t n, int timeout_ms)
{
	struct timespec timeout = { .tv_sec = timeout_ms / 1000,
		.tv_nsec = timeout_ms % 1000 * 1000000L };

	return ppoll(fds, n, timeout_ms < 0 ? NULL : &timeout, NULL);
}

int
__ppoll_chk(struct pollfd *fds, nfds_t n, const struct timespec *timeout, const sigset_t *mask,
    size_t size)
{
	if (size / sizeof(*fds) < n)
		abort();
	return ppoll(fds, n, timeout, mask);
}

int
__poll_chk(struct pollfd *fds, nfds_t n, int timeout_ms, size_t size)
{
	if (size / sizeof(*fds) < n)
		abort();
	return poll(fds, n, timeout_ms);
}
