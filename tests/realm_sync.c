/*
 * realm_sync: for integration tests: the record that preload_sync makes, and which syncs it lets
 * fail. What has to be true of the record is realm_sync_rules' business.
 */
#include "realm_sync.h"

#include <sys/mman.h>

#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "realm_clock.h"
#include "realm_int.h"
#include "realm_preload.h"
#include "realm_sync_int.h"

static struct realm_sync_file *file;

void
realm_sync_begin(const char *root)
{
	char path[REALM_SYNC_PATH];
	int fd;

	ck_assert_int_lt(snprintf(path, sizeof(path), "%s/sync-%ld", root, (long)getpid()),
	    REALM_SYNC_PATH);
	fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(ftruncate(fd, sizeof(*file)), 0);
	file = mmap(NULL, sizeof(*file), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	ck_assert_ptr_ne(file, MAP_FAILED);
	close(fd);
	snprintf(file->root, sizeof(file->root), "%s", root);
	realm_preload(PRELOAD_SYNC_PATH);
	setenv(REALM_SYNC_VARIABLE, path, 1);
}

void
realm_sync_end(void)
{
	unsetenv(REALM_SYNC_VARIABLE);
}

void
realm_sync_make(struct realm *realm, struct realm_clock *clock, const char *settings)
{
	char path[REALM_PATH_MAX + 16];

	snprintf(path, sizeof(path), "%s/clock", realm_room());
	realm_clock_open(clock, path);
	realm_clock_use(clock);
	realm_sync_begin(realm_room());
	realm_make(realm, settings);
	realm_sync_check_idle(realm);
}

void
realm_sync_remove(struct realm *realm, struct realm_clock *clock)
{
	if (realm->kabard != 0)
		ck_assert_int_eq(realm_stop(realm), 0);
	realm_sync_check();
	realm_sync_end();
	realm_clock_use(NULL);
	REALM_CTL(realm, NULL, "check");
	realm_remove(realm);
	realm_clock_close(clock);
}

uint64_t
realm_sync_count(void)
{
	uint64_t n = atomic_load(&file->n);

	ck_assert_uint_le(n, REALM_SYNC_EVENTS);
	return n;
}

const struct realm_sync_event *
realm_sync_event(uint64_t index)
{
	const struct realm_sync_event *event = &file->events[index];

	/* Nobody comes between taking the place and filling it, but for a kill. */
	for (int i = 0; atomic_load(&event->ready) == 0; i++) {
		ck_assert_int_lt(i, 10000);
		usleep(100);
	}
	return event;
}

void
realm_sync_fail(const char *pattern, int64_t pass, int64_t fail, int error)
{
	atomic_store(&file->fail, 0);
	atomic_store(&file->failed, 0);
	snprintf(file->pattern, sizeof(file->pattern), "%s", pattern);
	atomic_store(&file->error, error);
	atomic_store(&file->pass, pass);
	atomic_store(&file->fail, fail);
}

uint64_t
realm_sync_mend(void)
{
	atomic_store(&file->fail, 0);
	return realm_sync_failed();
}

uint64_t
realm_sync_failed(void)
{
	return atomic_load(&file->failed);
}
