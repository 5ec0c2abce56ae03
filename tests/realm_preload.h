/*
 * realm_preload: for integration tests: libraries that stand between the programs under test and
 * the system, and what preload_watch sees there: each line for syslog(3), each hashing of a
 * password; and the random numbers that it gives instead of the true ones.
 */
#ifndef REALM_PRELOAD_H
#define REALM_PRELOAD_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

/* Programs that are started from here on have this library, besides those of before. */
void realm_preload(const char *library);

/* Names the file to preload_watch; its records are in that file's name with this behind it. */
#define REALM_WATCH_VARIABLE "KABAR_TEST_WATCH"
#define REALM_WATCH_RECORDS  ".records"
#define REALM_WATCH_BYTES    16

enum realm_watch_random {
	REALM_WATCH_TRUE,
	REALM_WATCH_FIXED, /* every draw of bytes gives `bytes`, again and again */
	REALM_WATCH_LEAST, /* every number below a bound is the least one */
	REALM_WATCH_MOST
};

struct realm_watch_file {
	_Atomic int random;
	unsigned char bytes[REALM_WATCH_BYTES];
};

struct realm_watch {
	char path[256];
	struct realm_watch_file *file;
};

/* Makes a file of this name, and has programs that are started from here on watched. */
void realm_watch_begin(struct realm_watch *, const char *path);
void realm_watch_end(struct realm_watch *);
/*
 * The records that begin with this are appended to text, a line each; how many there are. They are
 *   syslog PROGRAM FACILITY LEVEL MESSAGE
 *   crypt METHOD-AND-COST           as in the hash, up to the salt
 */
size_t realm_watch_find(const struct realm_watch *, const char *beginning, char *text, size_t size);
/* Forgets all of them. */
void realm_watch_clear(const struct realm_watch *);

#endif
