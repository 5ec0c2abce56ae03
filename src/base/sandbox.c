/*
 * sandbox: the walls, one function each, in the order in which they can still be built. The filters
 * are built by a child that ends at once: libseccomp would stay mapped in all processes.
 */
#include "base/sandbox.h"

#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/sandbox_filter.h"
#include "base/sandbox_landlock.h"

#define ERROR_SIZE 256
#define MIB        (UINT64_C(1024) * 1024)

/* Memory that a process may fill, bytes. What it starts can have no more. */
static const uint64_t memory[SANDBOX_KINDS] = {
	[SANDBOX_WORKER] = 512 * MIB,
	[SANDBOX_INETD] = 4096 * MIB,
	[SANDBOX_NAMING] = 4096 * MIB,
	[SANDBOX_COMMITTER] = 4096 * MIB, /* TDB holds a transaction in memory */
	[SANDBOX_JANITOR] = 4096 * MIB,
	[SANDBOX_BRIDGE] = 4096 * MIB,
	[SANDBOX_GATE] = 4096 * MIB,
	[SANDBOX_HASHER] = 2048 * MIB, /* more than a hash of the highest cost */
	[SANDBOX_READER] = 4096 * MIB,
};

/* The programs that have been built. Private memory: a process that is confined could write to what
 * is shared, and so widen the filter of the next. */
static struct {
	size_t count; /* 0: not built */
	struct sock_filter *code;
} filters[SANDBOX_KINDS];

/* What a child answers, in memory that both share. */
struct built {
	bool done;
	char error[ERROR_SIZE];
	size_t count[SANDBOX_KINDS];
	struct sock_filter code[SANDBOX_KINDS][SANDBOX_FILTER_MAX];
};

static unsigned int
missing_kinds(unsigned int kinds)
{
	for (unsigned int i = 0; i < SANDBOX_KINDS; i++)
		if (filters[i].count != 0)
			kinds &= ~SANDBOX_BIT(i);
	return kinds;
}

static void __attribute__((noreturn)) build_in_child(unsigned int kinds, struct built *built)
{
	bool done = true;

	for (unsigned int i = 0; i < SANDBOX_KINDS; i++)
		if (done && (kinds & SANDBOX_BIT(i)) != 0)
			done = sandbox_filter_build((enum sandbox_kind)i, built->code[i],
			           &built->count[i], built->error, sizeof(built->error)) == 0;
	built->done = done;
	_exit(0);
}

static int
keep_filters(unsigned int kinds, const struct built *built, char *error, size_t size)
{
	if (!built->done) {
		snprintf(error, size, "%s",
		    built->error[0] != '\0' ? built->error : "the sandbox's builder died");
		return -1;
	}
	for (unsigned int i = 0; i < SANDBOX_KINDS; i++) {
		size_t bytes = built->count[i] * sizeof(struct sock_filter);

		if ((kinds & SANDBOX_BIT(i)) == 0)
			continue;
		filters[i].code = malloc(bytes);
		if (filters[i].code == NULL) {
			snprintf(error, size, "the sandbox: %s", strerror(errno));
			return -1;
		}
		memcpy(filters[i].code, built->code[i], bytes);
		filters[i].count = built->count[i];
	}
	return 0;
}

int
sandbox_prepare(unsigned int kinds, char *error, size_t size)
{
	struct built *built;
	pid_t pid;
	int result;

	kinds = missing_kinds(kinds);
	if (kinds == 0)
		return 0;
	tzset(); /* while its file can be read, and not in each child: it takes longer than the rest
	          */
	built =
	    mmap(NULL, sizeof(*built), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid = built == MAP_FAILED ? -1 : fork();
	if (pid == 0)
		build_in_child(kinds, built);
	if (pid > 0) {
		while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
			;
		result = keep_filters(kinds, built, error, size);
	} else {
		snprintf(error, size, "cannot build the sandbox: %s", strerror(errno));
		result = -1;
	}
	if (built != MAP_FAILED)
		munmap(built, sizeof(*built));
	return result;
}

bool
sandbox_is_prepared(enum sandbox_kind kind)
{
	return filters[kind].count != 0;
}

const char *
sandbox_explain(int signal)
{
	return signal == SIGSYS ? ": its sandbox does not allow a system call that it made" : "";
}

void
sandbox_hide_memory(void)
{
	const struct rlimit none = { .rlim_cur = 0, .rlim_max = 0 };
	int saved = errno;

	(void)setrlimit(RLIMIT_CORE, &none);
	(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	errno = saved;
}

/* Less than the limit now, or as it is. */
static int
lower_limit(__rlimit_resource_t resource, uint64_t most)
{
	struct rlimit limit;

	if (getrlimit(resource, &limit) != 0)
		return -1;
	if (limit.rlim_max != RLIM_INFINITY && limit.rlim_max <= most)
		return 0;
	limit.rlim_cur = limit.rlim_max = (rlim_t)most;
	/* A service manager may forbid the call; it has limits of its own. */
	return setrlimit(resource, &limit) == 0 || errno == EPERM ? 0 : -1;
}

static int
limit_resources(const struct sandbox *sandbox)
{
	/* The heap may be full already where much was read before. */
	if (!SANDBOX_WIDE && lower_limit(RLIMIT_DATA, memory[sandbox->kind]) != 0)
		return -1;
	return sandbox->file_size == 0 ? 0 : lower_limit(RLIMIT_FSIZE, sandbox->file_size);
}

int
sandbox_enter(const struct sandbox *sandbox, char *error, size_t size)
{
	enum sandbox_kind kind = sandbox->kind;
	int ruleset;
	struct sandbox_landlock may = { .tcp = kind == SANDBOX_BRIDGE || kind == SANDBOX_NAMING,
		.signals =
		    kind != SANDBOX_WORKER && kind != SANDBOX_GATE && kind != SANDBOX_HASHER };

	if (sandbox_prepare(SANDBOX_BIT(kind), error, size) != 0)
		return -1;
	sandbox_hide_memory();
	if (limit_resources(sandbox) == 0 && sandbox_landlock_open(sandbox, may, &ruleset) == 0 &&
	    (sandbox->become == NULL || sandbox->become(sandbox->arg) == 0) &&
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && sandbox_landlock_enter(ruleset) == 0 &&
	    sandbox_filter_load(filters[kind].code, filters[kind].count) == 0) {
		return 0;
	}
	snprintf(error, size, "cannot enter the sandbox: %s", strerror(errno));
	return -1;
}
