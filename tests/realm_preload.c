/*
 * realm_preload: for integration tests: libraries that stand between the programs under test and
 * the system. See realm_preload.h.
 */
#include "realm_preload.h"

#include <sys/mman.h>

#include <bsd/string.h>
#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LIBRARIES_MAX 1024

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
realm_preload(const char *library)
{
	const char *before = getenv("LD_PRELOAD");
	char text[LIBRARIES_MAX];

	if (before == NULL)
		let_sanitizers_be();
	else if (strstr(before, library) != NULL)
		return;
	ck_assert_int_lt(snprintf(text, sizeof(text), "%s%s%s", before == NULL ? "" : before,
	                     before == NULL ? "" : ":", library),
	    LIBRARIES_MAX);
	setenv("LD_PRELOAD", text, 1);
}

void
realm_watch_begin(struct realm_watch *watch, const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0644);

	ck_assert_int_ge(fd, 0);
	strlcpy(watch->path, path, sizeof(watch->path));
	ck_assert_int_eq(ftruncate(fd, sizeof(*watch->file)), 0);
	watch->file = mmap(NULL, sizeof(*watch->file), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	ck_assert_ptr_ne(watch->file, MAP_FAILED);
	close(fd);
	realm_preload(PRELOAD_WATCH_PATH);
	setenv(REALM_WATCH_VARIABLE, watch->path, 1);
}

void
realm_watch_end(struct realm_watch *watch)
{
	munmap(watch->file, sizeof(*watch->file));
	unsetenv(REALM_WATCH_VARIABLE);
}

static void
name_records(const struct realm_watch *watch, char *path, size_t size)
{
	snprintf(path, size, "%s" REALM_WATCH_RECORDS, watch->path);
}

size_t
realm_watch_find(const struct realm_watch *watch, const char *beginning, char *text, size_t size)
{
	char path[sizeof(watch->path) + sizeof(REALM_WATCH_RECORDS)], line[4096];
	size_t n = 0;
	FILE *file;

	name_records(watch, path, sizeof(path));
	file = fopen(path, "re");
	if (size > 0)
		text[0] = '\0';
	while (file != NULL && fgets(line, sizeof(line), file) != NULL) {
		if (strncmp(line, beginning, strlen(beginning)) != 0)
			continue;
		if (size > 0)
			strlcat(text, line, size);
		n++;
	}
	if (file != NULL)
		fclose(file);
	return n;
}

void
realm_watch_clear(const struct realm_watch *watch)
{
	char path[sizeof(watch->path) + sizeof(REALM_WATCH_RECORDS)];

	name_records(watch, path, sizeof(path));
	unlink(path);
}
