/*
 * sandbox_filter: the table of system calls, and libseccomp, which writes a program of it for the
 * processor at hand. What the table does not name kills the process. It names calls by their names:
 * those that a processor does not have are passed over.
 */
#include "base/sandbox_filter.h"

#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include <asm/ioctls.h>
#include <asm/termbits.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <linux/sockios.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ANY_ARGUMENT         (-1)
#define SELF                 0x6b736c66 /* stands for the process that loads the program */
#define OPTIMIZE_BINARY_TREE 2

#define ALL    (SANDBOX_BIT(SANDBOX_KINDS) - 1)
#define HASHER SANDBOX_BIT(SANDBOX_HASHER)
#define READER SANDBOX_BIT(SANDBOX_READER)
#define STATE  (ALL & ~HASHER) /* they work in the state directory */
/* They start a committer, if none runs; the committer has children of its own. */
#define FORKING (STATE & ~(READER | SANDBOX_BIT(SANDBOX_WORKER)))
#define SERVING FORKING
#define NAMING  SANDBOX_BIT(SANDBOX_NAMING)
#define NET     (BRIDGE | NAMING)
#define BRIDGE  SANDBOX_BIT(SANDBOX_BRIDGE)
/* Without a master that would do it for them, they end sessions themselves; so does the ringer. */
#define SIGNALLING                                                                     \
	(SANDBOX_BIT(SANDBOX_INETD) | NAMING | SANDBOX_BIT(SANDBOX_JANITOR) | BRIDGE | \
	    SANDBOX_BIT(SANDBOX_COMMITTER))
#define QUIET (ALL & ~SIGNALLING)

#define NAMESPACES                                                                    \
	(CLONE_NEWCGROUP | CLONE_NEWIPC | CLONE_NEWNET | CLONE_NEWNS | CLONE_NEWPID | \
	    CLONE_NEWUSER | CLONE_NEWUTS | CLONE_PTRACE)
#ifndef PR_SET_VMA
#define PR_SET_VMA 0x53564d41
#endif

/* Several rows of one call are alternatives. */
struct rule {
	const char *call;
	unsigned int kinds;
	uint32_t action; /* 0: allowed */
	int argument;    /* its index; ANY_ARGUMENT: whatever they are */
	enum scmp_compare how;
	uint64_t value;
	uint64_t masked; /* for SCMP_CMP_MASKED_EQ */
};

#define ANY                  .argument = ANY_ARGUMENT
#define EQUAL(index, number) .argument = (index), .how = SCMP_CMP_EQ, .value = (number)
#define WITHOUT(index, bits) .argument = (index), .how = SCMP_CMP_MASKED_EQ, .value = (bits)

/* Calls whose arguments do not matter: those of all, and those that reach files. */
static const char *const plain_calls[] = { "alarm", "getitimer", "setitimer", "timer_create",
	"timer_delete", "timer_settime", "timer_settime64", "timerfd_create", "timerfd_settime",
	"arch_prctl", "brk", "capget", "capset", "clock_getres", "clock_getres_time64",
	"clock_gettime", "clock_gettime64", "clock_nanosleep", "clock_nanosleep_time64", "close",
	"close_range", "dup", "dup2", "dup3", "epoll_create1", "epoll_ctl", "epoll_pwait",
	"epoll_wait", "eventfd2", "exit", "exit_group", "fstat", "fstat64", "futex", "futex_time64",
	"get_robust_list", "getegid", "getegid32", "geteuid", "geteuid32", "getgid", "getgid32",
	"getgroups", "getgroups32", "getpgid", "getpgrp", "getpid", "getppid", "getpriority",
	"getrandom", "getresgid", "getresuid", "getrlimit", "getrusage", "gettid", "gettimeofday",
	"getuid", "getuid32", "landlock_add_rule", "landlock_create_ruleset",
	"landlock_restrict_self", "lseek", "_llseek", "madvise", "membarrier", "mincore", "mlock",
	"mremap", "msync", "munlock", "munmap", "nanosleep", "pipe", "pipe2", "poll", "ppoll",
	"ppoll_time64", "pread64", "preadv", "pselect6", "pselect6_time64", "pwrite64", "pwritev",
	"read", "readv", "recv", "recvfrom", "recvmmsg", "recvmsg", "restart_syscall",
	"riscv_flush_icache", "rseq", "rt_sigaction", "rt_sigpending", "rt_sigprocmask",
	"rt_sigreturn", "rt_sigsuspend", "rt_sigtimedwait", "rt_sigtimedwait_time64",
	"sched_getaffinity", "sched_yield", "seccomp", "select", "send", "sendmmsg", "sendmsg",
	"sendto", "set_robust_list", "set_tid_address", "setpriority", "setrlimit", "shutdown",
	"sigaltstack", "sigprocmask", "sigreturn", "sysinfo", "time", "times", "ugetrlimit",
	"umask", "uname", "write", "writev", NULL };
static const char *const state_calls[] = { "access", "bind", "chdir", "chmod", "connect",
	"copy_file_range", "creat", "faccessat", "faccessat2", "fadvise64", "fadvise64_64",
	"fallocate", "fchdir", "fchmod", "fchmodat", "fchown", "fchown32", "fdatasync", "flock",
	"fstatat64", "fstatfs", "fstatfs64", "fsync", "ftruncate", "ftruncate64", "getcwd",
	"getdents", "getdents64", "getpeername", "getsockname", "getsockopt", "link", "linkat",
	"lstat", "lstat64", "mkdir", "mkdirat", "newfstatat", "open", "openat", "readlink",
	"readlinkat", "rename", "renameat", "renameat2", "rmdir", "sendfile", "sendfile64",
	"setsockopt", "socketpair", "stat", "stat64", "statfs", "statfs64", "statx", "symlink",
	"symlinkat", "sync_file_range", "unlink", "unlinkat", "utimensat", "utimensat_time64",
	NULL };
static const char *const serving_calls[] = { "accept", "accept4", "listen", NULL };
static const char *const forking_calls[] = { "fork", "setsid", "vfork", "wait4", "waitid",
	"waitpid", NULL };

static const struct {
	unsigned int kinds;
	const char *const *calls;
} lists[] = {
	{ ALL, plain_calls },
	{ STATE, state_calls },
	{ SERVING, serving_calls },
	{ FORKING, forking_calls },
};

static const struct rule rules[] = {
	/* Code that was not there at the start is not run. */
	{ "mmap", ALL & ~NAMING, 0, WITHOUT(2, PROT_EXEC) },
	{ "mmap2", ALL & ~NAMING, 0, WITHOUT(2, PROT_EXEC) },
	{ "mprotect", ALL & ~NAMING, 0, WITHOUT(2, PROT_EXEC) },
	/* The modules that look names up are loaded when they are needed. */
	{ "mmap", NAMING, 0, ANY }, { "mmap2", NAMING, 0, ANY }, { "mprotect", NAMING, 0, ANY },
	/* No signals by way of a descriptor's owner. */
	{ "fcntl", ALL, 0, .argument = 1, .how = SCMP_CMP_LE, .value = F_SETLKW },
	{ "fcntl", ALL, 0, EQUAL(1, F_DUPFD_CLOEXEC) },
	{ "fcntl64", ALL, 0, .argument = 1, .how = SCMP_CMP_LE, .value = F_SETLKW },
	{ "fcntl64", ALL, 0, EQUAL(1, F_DUPFD_CLOEXEC) },
	{ "fcntl64", ALL, 0, EQUAL(1, 12) }, /* locks with wide offsets */
	{ "fcntl64", ALL, 0, EQUAL(1, 13) }, { "fcntl64", ALL, 0, EQUAL(1, 14) },
	/* No typing at the terminal from which a daemon was started. */
	{ "ioctl", ALL, 0, EQUAL(1, TIOCOUTQ) }, { "ioctl", ALL, 0, EQUAL(1, FIONREAD) },
	{ "ioctl", ALL, 0, EQUAL(1, FIONBIO) }, { "ioctl", ALL, 0, EQUAL(1, TCGETS) },
	{ "ioctl", ALL, 0, EQUAL(1, SIOCGIFNAME) },
#ifdef TCGETS2 /* for TCGETS, since glibc 2.42 */
	{ "ioctl", ALL, 0, EQUAL(1, TCGETS2) },
#endif
	/* Itself only, and only to less. */
	{ "prlimit64", ALL, 0, EQUAL(0, 0) }, { "prctl", ALL, 0, EQUAL(0, PR_SET_NO_NEW_PRIVS) },
	{ "prctl", ALL, 0, EQUAL(0, PR_SET_SECCOMP) },
	{ "prctl", ALL, 0, EQUAL(0, PR_GET_DUMPABLE) },
	{ "prctl", ALL, 0, EQUAL(0, PR_CAP_AMBIENT) },
	/* nothing is left to be raised */ { "prctl", ALL, 0, EQUAL(0, PR_SET_NAME) },
	{ "prctl", ALL, 0, EQUAL(0, PR_SET_VMA) },
	{ "prctl", ALL, 0, EQUAL(1, 0) }, /* PR_SET_DUMPABLE to 0, again */
	{ "socket", STATE, 0, EQUAL(0, AF_UNIX) }, { "socket", NET, 0, EQUAL(0, AF_INET) },
	{ "socket", NET, 0, EQUAL(0, AF_INET6) },
	{ "socket", NET, 0, EQUAL(0, AF_NETLINK) }, /* c-ares sorts addresses by the routes */
	{ "clone", FORKING, 0, WITHOUT(0, NAMESPACES) },
	/* Its arguments cannot be seen; the C library then uses clone(). */
	{ "clone3", FORKING, SCMP_ACT_ERRNO(ENOSYS), ANY },
	/* abort() */
	{ "tgkill", ALL, 0, EQUAL(0, SELF) },
	/* Whether a process is there may be asked. */
	{ "kill", ALL, 0, EQUAL(1, 0) },
	{ "kill", SANDBOX_BIT(SANDBOX_GATE), 0, EQUAL(1, SIGKILL) }, /* of its helpers */
	/* The ringer of a committer that the gate has started then asks the master. */
	{ "kill", SANDBOX_BIT(SANDBOX_GATE), SCMP_ACT_ERRNO(EPERM), EQUAL(1, SIGUSR1) },
	{ "kill", QUIET & ~SANDBOX_BIT(SANDBOX_GATE), SCMP_ACT_ERRNO(EPERM), .argument = 1,
	    .how = SCMP_CMP_NE, .value = 0 },
	{ "kill", SIGNALLING, 0, EQUAL(1, SIGUSR1) },
	{ "kill", NAMING, 0, EQUAL(1, SIGKILL) }, /* its helpers, where it is the gate */
};

#define SECCOMP_FUNCTIONS(USE)      \
	USE(seccomp_attr_set)       \
	USE(seccomp_export_bpf)     \
	USE(seccomp_init)           \
	USE(seccomp_release)        \
	USE(seccomp_rule_add_array) \
	USE(seccomp_syscall_resolve_name)

#define SECCOMP_POINTER(name) __typeof__(name) *(name);

struct seccomp_lib {
	SECCOMP_FUNCTIONS(SECCOMP_POINTER)
};

/* POSIX lets a function's address be a void pointer; C has no conversion for that. */
static bool
find_function(void *handle, const char *name, void *pointer, size_t size)
{
	void *found = dlsym(handle, name);

	memcpy(pointer, &found, size);
	return found != NULL;
}

static int
load_library(struct seccomp_lib *lib, char *error, size_t size)
{
	void *handle = dlopen(KABAR_LIBSECCOMP, RTLD_NOW | RTLD_LOCAL);
	bool all = handle != NULL;

#define FIND(name) all = all && find_function(handle, #name, &lib->name, sizeof(lib->name));
	SECCOMP_FUNCTIONS(FIND)
	if (!all)
		snprintf(error, size, "there is no sandbox: %s", dlerror());
	return all ? 0 : -1;
}

/* 0, or -1 with errno. A call that this processor does not have is allowed as it is: by nothing. */
static int
add_rule(const struct seccomp_lib *lib, scmp_filter_ctx context, const struct rule *rule)
{
	int call = lib->seccomp_syscall_resolve_name(rule->call);
	struct scmp_arg_cmp compare = { .arg = (unsigned int)rule->argument,
		.op = rule->how,
		.datum_a = rule->value };
	int result;

	if (call == __NR_SCMP_ERROR)
		return 0;
	if (rule->how == SCMP_CMP_MASKED_EQ)
		compare.datum_b = 0; /* none of the bits */
	result =
	    lib->seccomp_rule_add_array(context, rule->action == 0 ? SCMP_ACT_ALLOW : rule->action,
	        call, rule->argument == ANY_ARGUMENT ? 0 : 1, &compare);
	if (result == 0)
		return 0;
	errno = -result;
	return -1;
}

static int
add_rules(const struct seccomp_lib *lib, scmp_filter_ctx context, enum sandbox_kind kind)
{
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		if ((lists[i].kinds & SANDBOX_BIT(kind)) == 0)
			continue;
		for (const char *const *call = lists[i].calls; *call != NULL; call++)
			if (add_rule(lib, context, &(struct rule){ .call = *call, ANY }) != 0)
				return -1;
	}
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		if ((rules[i].kinds & SANDBOX_BIT(kind)) != 0 &&
		    add_rule(lib, context, &rules[i]) != 0)
			return -1;
	return 0;
}

/* In the sanitizers' builds: all but other programs. */
static int
add_wide_rules(const struct seccomp_lib *lib, scmp_filter_ctx context)
{
	const struct rule no[] = { { "execve", ALL, SCMP_ACT_KILL_PROCESS, ANY },
		{ "execveat", ALL, SCMP_ACT_KILL_PROCESS, ANY } };

	return add_rule(lib, context, &no[0]) == 0 && add_rule(lib, context, &no[1]) == 0 ? 0 : -1;
}

/* Reads the program back that was written to a file of memory. */
static int
read_program(int fd, struct sock_filter *code, size_t *count)
{
	ssize_t got = pread(fd, code, SANDBOX_FILTER_MAX * sizeof(*code), 0);

	if (got <= 0 || lseek(fd, 0, SEEK_END) != got)
		return -1;
	*count = (size_t)got / sizeof(*code);
	return 0;
}

static int
export_program(const struct seccomp_lib *lib, scmp_filter_ctx context, struct sock_filter *code,
    size_t *count)
{
	int fd = memfd_create("filter", MFD_CLOEXEC), result;

	if (fd < 0)
		return -1;
	result = lib->seccomp_export_bpf(context, fd);
	errno = -result;
	if (result == 0)
		result = read_program(fd, code, count);
	int saved = errno;
	close(fd);
	errno = saved;
	return result == 0 ? 0 : -1;
}

int
sandbox_filter_build(enum sandbox_kind kind, struct sock_filter *code, size_t *count, char *error,
    size_t size)
{
	struct seccomp_lib lib;
	scmp_filter_ctx context;
	int result = -1;

	if (load_library(&lib, error, size) != 0)
		return -1;
	context = lib.seccomp_init(SANDBOX_WIDE ? SCMP_ACT_ALLOW : SCMP_ACT_KILL_PROCESS);
	if (context != NULL &&
	    lib.seccomp_attr_set(context, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS) == 0) {
		/* Faster; an older library does without. */
		(void)lib.seccomp_attr_set(context, SCMP_FLTATR_CTL_OPTIMIZE, OPTIMIZE_BINARY_TREE);
		result =
		    SANDBOX_WIDE ? add_wide_rules(&lib, context) : add_rules(&lib, context, kind);
		if (result == 0)
			result = export_program(&lib, context, code, count);
	}
	if (result != 0)
		snprintf(error, size, "there is no sandbox: the filter of system calls: %s",
		    strerror(errno));
	lib.seccomp_release(context);
	return result;
}

int
sandbox_filter_load(const struct sock_filter *code, size_t count)
{
	struct sock_fprog program = { .len = (unsigned short)count,
		.filter = malloc(count * sizeof(*code)) };
	int result;

	if (program.filter == NULL)
		return -1;
	memcpy(program.filter, code, count * sizeof(*code));
	for (size_t i = 0; i < count; i++)
		if (BPF_CLASS(code[i].code) == BPF_JMP && code[i].k == SELF)
			program.filter[i].k = (uint32_t)getpid();
	result = prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0);
	free(program.filter);
	return result;
}
