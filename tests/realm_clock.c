/*
 * realm_clock: for integration tests: the clocks of the programs that are started with it.
 */
#include "realm_clock.h"

#include <sys/mman.h>

#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

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
	munmap(clock->file, sizeof(*clock->file));
}

/* The sanitizers want to be the first library, but do not need it. */
static void
let_sanitizers_be(void)
{
	const char *options = getenv("ASAN_OPTIONS");
	char text[512];

	snprintf(text, sizeof(text), "%s%sverify_asan_link_order=0", options == NULL ? "" : options,
	    options == NULL ? "" : ":");
	setenv("ASAN_OPTIONS", text, 1);
}

void
realm_clock_use(const struct realm_clock *clock)
{
	if (clock == NULL) {
		unsetenv("LD_PRELOAD");
		unsetenv(REALM_CLOCK_VARIABLE);
		return;
	}
	if (getenv("LD_PRELOAD") == NULL)
		let_sanitizers_be();
	setenv("LD_PRELOAD", PRELOAD_CLOCK_PATH, 1);
	setenv(REALM_CLOCK_VARIABLE, clock->path, 1);
}

void
realm_clock_pass(struct realm_clock *clock, int64_t ms)
{
	atomic_fetch_add(&clock->file->monotonic_ms, ms);
	atomic_fetch_add(&clock->file->realtime_ms, ms);
}

void
realm_clock_set(struct realm_clock *clock, int64_t ms)
{
	atomic_fetch_add(&clock->file->realtime_ms, ms);
}
