/*
 * preload_watch: a library that stands between a program and its syslog, its password hashes and
 * its random numbers, loaded before all others (LD_PRELOAD). See realm_preload.h.
 */
#define SYSLOG_NAMES

#include <sys/mman.h>

#include <crypt.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "realm_preload.h"

#define RECORD_MAX 4096

static const struct realm_watch_file *file;
static char records[512];
static char program[64];
static int facility = LOG_USER;

static void __attribute__((constructor)) begin(void)
{
	const char *path = getenv(REALM_WATCH_VARIABLE);
	void *mapped;
	int fd = path == NULL ? -1 : open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return;
	snprintf(records, sizeof(records), "%s" REALM_WATCH_RECORDS, path);
	mapped = mmap(NULL, sizeof(*file), PROT_READ, MAP_SHARED, fd, 0);
	close(fd);
	if (mapped != MAP_FAILED)
		file = mapped;
}

/* In one write: lines of several processes do not mix. */
static void
keep_record(const char *record)
{
	int fd = records[0] == '\0'
	    ? -1
	    : open(records, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);

	if (fd < 0)
		return;
	if (write(fd, record, strlen(record)) < 0)
		abort();
	close(fd);
}

/* The function of this name that would be called without this library. */
static void *
find_next(const char *name)
{
	void *next = dlsym(RTLD_NEXT, name);

	if (next == NULL)
		abort();
	return next;
}

/*
 * syslog(3)
 */

static const char *
name_code(const CODE *codes, int value)
{
	for (; codes->c_name != NULL; codes++)
		if (codes->c_val == value)
			return codes->c_name;
	return "?";
}

void
openlog(const char *ident, int option, int wanted)
{
	(void)option;
	snprintf(program, sizeof(program), "%s", ident == NULL ? "?" : ident);
	facility = wanted;
}

void
closelog(void)
{
	program[0] = '\0';
	facility = LOG_USER;
}

static void __attribute__((format(printf, 2, 0)))
keep_line(int priority, const char *format, va_list ap)
{
	int where = (priority & LOG_FACMASK) != 0 ? priority & LOG_FACMASK : facility;
	char record[RECORD_MAX];
	int len = snprintf(record, sizeof(record), "syslog %s %s %s ", program,
	    name_code(facilitynames, where), name_code(prioritynames, LOG_PRI(priority)));

	vsnprintf(record + len, sizeof(record) - (size_t)len - 1, format, ap);
	strcat(record, "\n");
	keep_record(record);
}

void
vsyslog(int priority, const char *format, va_list ap)
{
	keep_line(priority, format, ap);
}

void
syslog(int priority, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	keep_line(priority, format, ap);
	va_end(ap);
}

/* The library has these for programs that are compiled with _FORTIFY_SOURCE. */
void __vsyslog_chk(int priority, int flag, const char *format, va_list ap)
    __attribute__((format(printf, 3, 0)));
void __syslog_chk(int priority, int flag, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

void
__vsyslog_chk(int priority, int flag, const char *format, va_list ap)
{
	(void)flag;
	keep_line(priority, format, ap);
}

void
__syslog_chk(int priority, int flag, const char *format, ...)
{
	va_list ap;

	(void)flag;
	va_start(ap, format);
	keep_line(priority, format, ap);
	va_end(ap);
}

/*
 * Hashing passwords
 */

/* "$y$j9T$SALT$HASH": all before the salt says how much work it is. */
static void
keep_work(const char *setting)
{
	char record[RECORD_MAX];
	const char *end = setting;

	for (int i = 0; i < 3 && end != NULL; i++)
		end = strchr(end + (i > 0), '$');
	snprintf(record, sizeof(record), "crypt %.*s\n",
	    (int)(end == NULL ? strlen(setting) : (size_t)(end - setting)), setting);
	keep_record(record);
}

char *
crypt_ra(const char *phrase, const char *setting, void **data, int *size)
{
	char *(*next)(const char *, const char *, void **, int *) =
	    (char *(*)(const char *, const char *, void **, int *))(uintptr_t)find_next("crypt_ra");

	keep_work(setting);
	return next(phrase, setting, data, size);
}

char *
crypt_rn(const char *phrase, const char *setting, void *data, int size)
{
	char *(*next)(const char *, const char *, void *, int) =
	    (char *(*)(const char *, const char *, void *, int))(uintptr_t)find_next("crypt_rn");

	keep_work(setting);
	return next(phrase, setting, data, size);
}

/*
 * Random numbers
 */

static int
random_mode(void)
{
	return file == NULL ? REALM_WATCH_TRUE : atomic_load(&file->random);
}

void arc4random_buf(void *data, size_t len);
uint32_t arc4random_uniform(uint32_t bound);

void
arc4random_buf(void *data, size_t len)
{
	void (*next)(void *, size_t);

	if (random_mode() != REALM_WATCH_FIXED) {
		next = (void (*)(void *, size_t))(uintptr_t)find_next("arc4random_buf");
		next(data, len);
		return;
	}
	for (size_t i = 0; i < len; i++)
		((unsigned char *)data)[i] = file->bytes[i % REALM_WATCH_BYTES];
}

uint32_t
arc4random_uniform(uint32_t bound)
{
	uint32_t (*next)(uint32_t);

	switch (random_mode()) {
	case REALM_WATCH_LEAST:
		return 0;
	case REALM_WATCH_MOST:
		return bound - 1;
	default:
		next = (uint32_t(*)(uint32_t))(uintptr_t)find_next("arc4random_uniform");
		return next(bound);
	}
}
