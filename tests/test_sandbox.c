/*
 * What a process that reads bytes from outside cannot do once it is confined: each probe runs in a
 * child that has confined itself through the function that the process itself uses. It dies, or the
 * call fails. What it needs goes on to work. The processes of a realm that runs are confined.
 */
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>

#include <asm/termbits.h>
#undef NDEBUG
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "auth/gate.h"
#include "auth/helper.h"
#include "base/sandbox.h"
#include "base/sandbox_landlock.h"
#include "bridge/bridge.h"
#include "chat/chat.h"
#include "dialogue.h"
#include "master/housekeeping.h"
#include "master/signer.h"
#include "realm_int.h"
#include "store/store_admin.h"
#include "worker/confine.h"

#define DONE         0   /* exit status of a child: the probe has worked */
#define UNCONFINED   255 /* it could not confine itself */
#define LANDLOCK_NET 4

static struct realm realm;
static struct config config;
static pid_t victim;                 /* of the same user */
static int listener;                 /* on TCP */
static int connected;                /* to it */
static struct sockaddr_in elsewhere; /* its name */
static char outside[REALM_PATH_MAX + 16], inside[REALM_PATH_MAX + 16];

/*
 * Processes.
 */

static int
confine_worker(char *error, size_t size)
{
	snprintf(error, size, "see the log");
	return worker_confine(&config, &(struct client){ .master_fd = 0 });
}

static int
confine_inetd(char *error, size_t size)
{
	snprintf(error, size, "see the log");
	return worker_confine(&config, &(struct client){ .master_fd = -1 });
}

static int
confine_committer(char *error, size_t size)
{
	const struct store_options opt = chat_store_options(&config);

	return store_committer_confine(&opt, error, size);
}

static int
confine_janitor(char *error, size_t size)
{
	return master_housekeeping_confine(&config, error, size);
}

static int
confine_bridge(char *error, size_t size)
{
	return bridge_confine(&config, error, size);
}

static int
confine_gate(char *error, size_t size)
{
	return auth_gate_confine(&config, error, size);
}

static int
confine_hasher(char *error, size_t size)
{
	if (sandbox_prepare(SANDBOX_BIT(SANDBOX_HASHER), error, size) != 0)
		return -1;
	return auth_helper_confine_hasher(error, size);
}

static int
confine_signer(char *error, size_t size)
{
	return master_signer_confine(&config, error, size);
}

static const struct process {
	const char *name;
	int (*confine)(char *error, size_t size);
	bool may_connect;
	bool reads_etc;
	bool forks;
	bool no_files;
} processes[] = {
	{ .name = "worker", .confine = confine_worker },
	{ .name = "gate", .confine = confine_gate, .forks = true },
	{ .name = "hasher", .confine = confine_hasher, .no_files = true },
	{ .name = "signer", .confine = confine_signer, .no_files = true },
	{ .name = "worker of inetd", .confine = confine_inetd, .forks = true },
	{ .name = "committer", .confine = confine_committer, .forks = true },
	{ .name = "janitor", .confine = confine_janitor, .forks = true },
	{ .name = "bridge",
	    .confine = confine_bridge,
	    .may_connect = true,
	    .reads_etc = true,
	    .forks = true },
};
#define PROCESSES ((int)(sizeof(processes) / sizeof(processes[0])))

/*
 * Probes: each returns 0 or more if it has worked, or -1 with errno.
 */

static long
open_passwd(void)
{
	return open("/etc/passwd", O_RDONLY);
}

static long
open_other_memory(void)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%ld/mem", (long)victim);
	return open(path, O_RDONLY);
}

static long
write_outside(void)
{
	return open(outside, O_WRONLY | O_CREAT, 0600);
}

static long
read_outside(void)
{
	return open("/usr/bin/env", O_RDONLY);
}

static long
remove_outside(void)
{
	return rmdir(outside);
}

static long
run_program(void)
{
	return execl("/bin/true", "true", (char *)NULL);
}

static long
trace_other(void)
{
	return ptrace(PTRACE_ATTACH, victim, NULL, NULL);
}

static long
read_other_memory(void)
{
	char byte;
	struct iovec here = { &byte, 1 }, there = { &victim, 1 };

	return process_vm_readv(victim, &here, 1, &there, 1, 0);
}

static long
signal_other(void)
{
	return kill(victim, SIGTERM);
}

static long
abort_other(void)
{
	return syscall(SYS_tgkill, victim, victim, SIGABRT);
}

static long
signal_by_descriptor(void)
{
	return fcntl(connected, F_SETOWN, victim);
}

static long
type_at_terminal(void)
{
	return ioctl(STDIN_FILENO, TIOCSTI, "x");
}

static long
connect_elsewhere(void)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	return fd < 0 ? -1 : connect(fd, (const struct sockaddr *)&elsewhere, sizeof(elsewhere));
}

/* With the client's own socket, whose connection ends first. */
static long
connect_again(void)
{
	const struct sockaddr nowhere = { .sa_family = AF_UNSPEC };

	if (connect(connected, &nowhere, sizeof(nowhere)) != 0)
		return -1;
	return connect(connected, (const struct sockaddr *)&elsewhere, sizeof(elsewhere));
}

static long
open_raw_socket(void)
{
	return socket(AF_PACKET, SOCK_RAW, 0);
}

static long
run_new_code(void)
{
	return mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1,
	           0) == MAP_FAILED
	    ? -1
	    : 0;
}

static long
make_namespace(void)
{
	return unshare(CLONE_NEWUSER);
}

static long
start_process(void)
{
	return fork();
}

static long
show_memory(void)
{
	return prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
}

static long
load_bpf(void)
{
	return syscall(SYS_bpf, 0, NULL, 0);
}

static const struct probe {
	const char *name;
	long (*run)(void);
	int landlock; /* the version that it needs */
} probes[] = {
	{ "reads /etc/passwd", open_passwd, 1 },
	{ "opens the memory of another", open_other_memory, 1 },
	{ "writes outside", write_outside, 1 },
	{ "reads outside", read_outside, 1 },
	{ "removes outside", remove_outside, 1 },
	{ "runs a program", run_program, 0 },
	{ "traces another", trace_other, 0 },
	{ "reads the memory of another", read_other_memory, 0 },
	{ "signals another", signal_other, 0 },
	{ "aborts another", abort_other, 0 },
	{ "signals by a descriptor", signal_by_descriptor, 0 },
	{ "types at the terminal", type_at_terminal, 0 },
	{ "connects elsewhere", connect_elsewhere, 0 },
	{ "connects its client's socket elsewhere", connect_again, LANDLOCK_NET },
	{ "opens a raw socket", open_raw_socket, 0 },
	{ "runs new code", run_new_code, 0 },
	{ "makes a namespace", make_namespace, 0 },
	{ "starts a process", start_process, 0 },
	{ "shows its memory", show_memory, 0 },
	{ "loads BPF", load_bpf, 0 },
};
#define PROBES ((int)(sizeof(probes) / sizeof(probes[0])))

static bool
may(const struct process *process, const struct probe *probe)
{
	return (process->may_connect &&
	           (probe->run == connect_elsewhere || probe->run == connect_again)) ||
	    (process->reads_etc && probe->run == open_passwd) ||
	    (process->forks && probe->run == start_process);
}

/* The status of a child in which a process of this kind runs the probe. */
static int
run_confined(const struct process *process, long (*probe)(void))
{
	char error[512];
	pid_t pid = fork();
	int status;

	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		if (process != NULL && process->confine(error, sizeof(error)) != 0) {
			fprintf(stderr, "%s: %s\n", process->name, error);
			_exit(UNCONFINED);
		}
		_exit(probe() >= 0 ? DONE : errno);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	return status;
}

/*
 * Tests.
 */

static void
setup(void)
{
	char error[512];
	socklen_t len = sizeof(elsewhere);

	realm_make(&realm, NULL);
	ck_assert_int_eq(config_load(&config, realm.config, error, sizeof(error)), 0);
	snprintf(outside, sizeof(outside), "%s/outside", realm.dir);
	snprintf(inside, sizeof(inside), "%s/probe", realm.state);
	victim = fork();
	if (victim == 0) {
		pause();
		_exit(0);
	}
	listener = realm_bind_port(0, &elsewhere);
	ck_assert_int_eq(listen(listener, 16), 0);
	ck_assert_int_eq(getsockname(listener, (struct sockaddr *)&elsewhere, &len), 0);
	connected = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ck_assert_int_eq(connect(connected, (const struct sockaddr *)&elsewhere, sizeof(elsewhere)),
	    0);
}

static void
teardown(void)
{
	kill(victim, SIGKILL);
	waitpid(victim, NULL, 0);
	close(connected);
	close(listener);
	config_free(&config);
	realm_remove(&realm);
}

/* A probe that fails without walls would show nothing. */
static void
check_unconfined(const struct probe *probe)
{
	int status;

	if (probe->run == trace_other || probe->run == read_other_memory ||
	    probe->run == open_raw_socket || probe->run == load_bpf ||
	    probe->run == type_at_terminal || probe->run == make_namespace ||
	    probe->run == open_other_memory || probe->run == signal_other ||
	    probe->run == abort_other)
		return; /* may need root, a terminal, a living victim */
	if (probe->run == remove_outside)
		ck_assert_int_eq(mkdir(outside, 0700), 0);
	status = run_confined(NULL, probe->run);
	ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == DONE,
	    "what is not confined has status %d where it %s", status, probe->name);
	unlink(outside);
}

START_TEST(cannot)
{
	const struct process *process = &processes[_i];

	for (int i = 0; i < PROBES; i++) {
		const struct probe *probe = &probes[i];
		int status;

		if (may(process, probe) || probe->landlock > sandbox_landlock_version() ||
		    (SANDBOX_WIDE && probe->run != run_program && probe->run != write_outside))
			continue;
		check_unconfined(probe);
		if (probe->run == remove_outside)
			ck_assert_int_eq(mkdir(outside, 0700), 0);
		status = run_confined(process, probe->run);
		ck_assert_msg((WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS) ||
		        (WIFEXITED(status) && WEXITSTATUS(status) != DONE &&
		            WEXITSTATUS(status) != UNCONFINED),
		    "the %s has status %d where it %s", process->name, status, probe->name);
		if (probe->run == remove_outside)
			ck_assert_int_eq(rmdir(outside), 0);
		ck_assert_int_eq(waitpid(victim, NULL, WNOHANG), 0);
	}
}
END_TEST

static long
use_state(void)
{
	char moved[sizeof(inside) + 8], byte;
	int fd = open(inside, O_RDWR | O_CREAT | O_TRUNC, 0600);

	snprintf(moved, sizeof(moved), "%s.d", inside);
	if (fd < 0 || write(fd, "x", 1) != 1 || fdatasync(fd) != 0 || pread(fd, &byte, 1, 0) != 1 ||
	    ftruncate(fd, 0) != 0 || mkdir(moved, 0700) != 0 || rmdir(moved) != 0 ||
	    rename(inside, moved) != 0)
		return -1;
	return unlink(moved);
}

static long
memory_is_hidden(void)
{
	return prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0 ? 0 : -1;
}

START_TEST(can)
{
	int status = run_confined(&processes[_i], use_state);

	/* In a wide sandbox Landlock alone keeps files away, where the kernel has it. */
	if (!SANDBOX_WIDE || !processes[_i].no_files)
		ck_assert_int_eq(status == DONE, !processes[_i].no_files);
	ck_assert_int_eq(run_confined(&processes[_i], memory_is_hidden), DONE);
}
END_TEST

/* libc says why it ends the process. */
static long
fail_assertion(void)
{
	assert(PROCESSES == 0);
	return 0;
}

static long
ask_terminal(void)
{
	struct termios2 settings;

	/* No terminal is an answer, too. */
	return ioctl(connected, TCGETS2, &settings) == 0 || errno == ENOTTY ? isatty(connected)
	                                                                    : -1;
}

/* Who looks for the cause of an abort finds a signal that means one, and what was said. */
START_TEST(aborts)
{
	char said[512] = "";
	int before = dup(STDERR_FILENO), fds[2], status;

	ck_assert_int_eq(pipe(fds), 0);
	ck_assert_int_eq(dup2(fds[1], STDERR_FILENO), STDERR_FILENO);
	status = run_confined(&processes[_i], fail_assertion);
	dup2(before, STDERR_FILENO);
	close(before);
	close(fds[1]);
	ck_assert_int_gt(read(fds[0], said, sizeof(said) - 1), 0);
	close(fds[0]);
	ck_assert_ptr_nonnull(strstr(said, "PROCESSES == 0"));
	ck_assert_msg(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT,
	    "the %s ended with status %d", processes[_i].name, status);
	ck_assert_int_eq(run_confined(&processes[_i], ask_terminal), DONE);
}
END_TEST

START_TEST(off)
{
	if (processes[_i].no_files) /* has no setting of its own: the gate prepares it or not */
		return;
	config.sandbox = false;
	ck_assert_int_eq(run_confined(&processes[_i], write_outside), DONE);
	ck_assert_int_eq(unlink(outside), 0);
}
END_TEST

/* What /proc says of a process that serves. */
static void
check_process(const char *who, pid_t pid)
{
	char path[64], line[256];
	int walls = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%ld/status", (long)pid);
	file = fopen(path, "re");
	ck_assert_msg(file != NULL, "there is no %s", who);
	while (fgets(line, sizeof(line), file) != NULL)
		walls +=
		    strcmp(line, "Seccomp:\t2\n") == 0 || strcmp(line, "NoNewPrivs:\t1\n") == 0;
	fclose(file);
	ck_assert_msg(walls == 2, "the %s is not confined", who);
}

START_TEST(realm_at_work)
{
	struct dialogue talk;
	pid_t pids[8];
	size_t n;

	realm_start(&realm);
	dialogue_begin(&talk, &realm, DIALOGUE_TCP);
	dialogue_run(&talk,
	    "a> auth messi surabaya\n"
	    "a< TOKEN m\n"
	    "a> inbox $m\n"
	    "a< MESSAGES {}\n");
	n = realm_workers(&realm, pids, 8);
	ck_assert_uint_ge(n, 1);
	for (size_t i = 0; i < n; i++)
		check_process("worker", pids[i]);
	check_process("committer", realm_committer(&realm));
	dialogue_end(&talk);
	ck_assert_int_eq(realm_stop(&realm), 0);
	ck_assert(!realm_logged(&realm, "sandbox"));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("sandbox");
	TCase *tcase = realm_tcase(suite, "sandbox");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase, cannot, 0, PROCESSES);
	tcase_add_loop_test(tcase, can, 0, PROCESSES);
	tcase_add_loop_test(tcase, aborts, 0, PROCESSES);
	tcase_add_loop_test(tcase, off, 0, PROCESSES);
	tcase_add_test(tcase, realm_at_work);
	return realm_run_suite(suite);
}
