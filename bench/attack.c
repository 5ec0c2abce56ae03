/*
 * attack: what honest clients get while a thousand hostile ones do what they can. README says
 * what each row and column means.
 */
#include "attack.h"

#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <errno.h>
#include <fnmatch.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench_fill.h"

#define FILES_WANTED  65536
#define ROUNDS_MAX    16
#define WARM_S        2.0
#define RUN_S         20.0
#define ARRIVE_MS     10000 /* the hostile ones have so long to connect once */
#define NICE          19
#define LIMIT_SETTING "limit_loopback = on\n"
#define NAME_WIDTH    "%-14s"

enum target { TARGET_NONE, TARGET_SINK, TARGET_SERVER };

struct scenario {
	const char *name;
	enum target target;
	uint32_t from;
	unsigned int addresses;
};

static const struct scenario scenarios[] = {
	{ .name = "alone" },
	{ .name = "discard-200",
	    .target = TARGET_SINK,
	    .from = ATTACK_FROM_MANY,
	    .addresses = ATTACK_MANY },
	{ .name = "attack-1",
	    .target = TARGET_SERVER,
	    .from = ATTACK_FROM_HOSTILE,
	    .addresses = 1 },
	{ .name = "attack-200",
	    .target = TARGET_SERVER,
	    .from = ATTACK_FROM_MANY,
	    .addresses = ATTACK_MANY },
};

#define SCENARIOS (sizeof(scenarios) / sizeof(scenarios[0]))

/* What one row has measured, in the order of its columns. */
enum column {
	RATE,
	P50_MS,
	P99_MS,
	LOST,
	LOGINS,
	LOGIN_P50_MS,
	LOGIN_MAX_MS,
	LOGINS_FAILED,
	MEMORY_MB,
	SERVER_CPU_S,
	HOSTILE_CPU_S,
	CONNECTS,
	REFUSED,
	CLOSED,
	SENT_MB,
	COLUMNS
};

static const char *const titles[COLUMNS] = { "msgs/s", "p50ms", "p99ms", "lost", "logins", "p50ms",
	"maxms", "failed", "MB", "cpu-s", "h.cpu-s", "connects", "refused", "closed", "sent-MB" };

struct measured {
	double columns[COLUMNS];
};

/* Shared with the processes that this one starts. */
struct shared {
	struct attack_hostile hostile;
	struct attack_logins logins;
	struct attack_memory memory;
};

struct attack {
	struct server_options options;
	struct server server;
	struct shared *shared;
	char dir[SERVER_PATH - 64];
	int nice;
	unsigned int hostile; /* clients */
	unsigned int rounds;
	double run_s;
	pid_t sink;
	int sink_port;
	struct measured results[SCENARIOS][ROUNDS_MAX];
	bool chosen[SCENARIOS];
};

static int
usage(void)
{
	fprintf(stderr,
	    "usage: attack [-b DIR] [-c CLIENTS] [-d DIR] [-n NICE] [-r ROUNDS] [-s SECONDS] [ROW "
	    "...]\n"
	    "  -b DIR      where kabard and kabarctl are (src)\n"
	    "  -c CLIENTS  hostile ones (1000)\n"
	    "  -d DIR      where the temporary directory is made\n"
	    "  -n NICE     of the hostile side (19)\n"
	    "  -r ROUNDS   of which the medians are printed (1)\n"
	    "  -s SECONDS  of each measurement (20)\n"
	    "  ROW         alone, discard-200, attack-1, attack-200, or a pattern; default: all\n");
	return 2;
}

static void
raise_files(void)
{
	struct rlimit limit = { FILES_WANTED, FILES_WANTED };

	if (setrlimit(RLIMIT_NOFILE, &limit) == 0 || getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

/* A child that ends with this process; 0 in the child. */
static pid_t
fork_child(int priority)
{
	fflush(NULL);
	pid_t pid = fork();

	if (pid != 0)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (priority != 0)
		setpriority(PRIO_PROCESS, 0, priority);
	return 0;
}

/* Ends a child; the CPU time that it has used, in seconds. */
static double
end_child(pid_t pid)
{
	struct rusage used = { 0 };

	if (pid <= 0)
		return 0;
	kill(pid, SIGTERM);
	while (wait4(pid, NULL, 0, &used) < 0 && errno == EINTR)
		;
	return (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
	    (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
}

static int
start_sink(struct attack *attack)
{
	int listener = attack_sink_listen(&attack->sink_port);

	if (listener < 0)
		return -1;
	attack->sink = fork_child(attack->nice);
	if (attack->sink == 0)
		attack_sink(listener);
	close(listener);
	return attack->sink > 0 ? 0 : -1;
}

/* The server's own tool makes the accounts: another version may keep passwords elsewhere. */
static int
add_account(const struct attack *attack, const char *name)
{
	char command[2 * SERVER_PATH + 128];
	FILE *tool;

	snprintf(command, sizeof(command),
	    "%s/kabarctl -c %s/kabar.conf user add %s >%s/added 2>&1", attack->options.programs,
	    attack->server.dir, name, attack->server.dir);
	tool = popen(command, "w");
	if (tool == NULL)
		return -1;
	fprintf(tool, "%s\n", ATTACK_PASSWORD);
	if (pclose(tool) == 0)
		return 0;
	fprintf(stderr, "cannot add the account %s: see %s/added\n", name, attack->server.dir);
	return -1;
}

static int
make_server(struct attack *attack)
{
	char name[16];

	if (server_make(&attack->server, &attack->options) != 0)
		return -1;
	attack->options.settings = LIMIT_SETTING;
	if (!server_accepts(&attack->server, &attack->options)) {
		attack->options.settings = NULL;
		if (!server_accepts(&attack->server, &attack->options))
			return -1;
	}
	for (unsigned int i = 0; i < ATTACK_HONEST + ATTACK_LOGINS; i++) {
		snprintf(name, sizeof(name), ATTACK_NAME, i);
		if (add_account(attack, name) != 0)
			return -1;
	}
	return add_account(attack, "messi");
}

static size_t
login_request(void *arg, size_t client, uint64_t turn, char *out)
{
	(void)arg;
	(void)turn;
	return (size_t)snprintf(out, LOAD_REQUEST, "auth " ATTACK_NAME " " ATTACK_PASSWORD "\r\n",
	    (unsigned int)client);
}

static size_t
send_request(void *arg, size_t client, uint64_t turn, char *out)
{
	unsigned int to = (unsigned int)(client + 1 + turn % (ATTACK_HONEST - 1)) % ATTACK_HONEST;

	(void)arg;
	return (size_t)snprintf(out, LOAD_REQUEST, "send " ATTACK_NAME " %s\r\n", to, fill_text());
}

static int
login_honest(const struct attack *attack, struct load *load)
{
	struct load_plan plan = { .request = login_request,
		.count = ATTACK_HONEST,
		.requests_each = 1 };
	struct load_result result;

	load->from = ATTACK_FROM_HONEST;
	if (load_open(load, attack->server.port, ATTACK_HONEST) != 0 ||
	    load_run(load, &plan, &result) != 0)
		return -1;
	if (result.failed > 0)
		fprintf(stderr, "an honest login failed: %s\n", result.failure);
	return result.failed > 0 ? -1 : 0;
}

struct children {
	pid_t hostile;
	pid_t logins;
	pid_t memory;
};

static void
start_children(const struct attack *attack, const struct scenario *scenario,
    struct children *children)
{
	pid_t root = getpid();

	children->memory = fork_child(0);
	if (children->memory == 0) {
		attack_memory_watch(&attack->shared->memory, root);
		_exit(0);
	}
	children->logins = fork_child(0);
	if (children->logins == 0) {
		attack_login(&attack->shared->logins, attack->server.port);
		_exit(0);
	}
	if (scenario->target == TARGET_NONE)
		return;
	children->hostile = fork_child(attack->nice);
	if (children->hostile == 0)
		attack_hostile(&attack->shared->hostile, attack->hostile,
		    scenario->target == TARGET_SINK ? attack->sink_port : attack->server.port,
		    scenario->from, scenario->addresses);
	for (int ms = 0; ms < ARRIVE_MS && !load_stopped() &&
	     atomic_load(&attack->shared->hostile.present) < attack->hostile;
	     ms += 10)
		stat_pause_ms(10);
}

static void
collect(const struct shared *shared, double idle_kb, struct measured *measured)
{
	const struct attack_logins *logins = &shared->logins;
	double *columns = measured->columns;

	columns[LOGINS] = (double)logins->done;
	columns[LOGIN_P50_MS] = stat_hist_us(&logins->hist, 0.5) / 1000;
	columns[LOGIN_MAX_MS] = (double)logins->max_ns / 1e6;
	columns[LOGINS_FAILED] = (double)logins->failed;
	columns[MEMORY_MB] = ((double)atomic_load(&shared->memory.peak_kb) - idle_kb) / 1024;
	columns[CONNECTS] = (double)atomic_load(&shared->hostile.connects);
	columns[REFUSED] = (double)atomic_load(&shared->hostile.refused);
	columns[CLOSED] = (double)atomic_load(&shared->hostile.closed);
	columns[SENT_MB] = (double)atomic_load(&shared->hostile.bytes) / 1e6;
	if (logins->failed > 0)
		fprintf(stderr, "honest logins failed: %s\n", logins->failure);
}

static int
attack_and_send(struct attack *attack, const struct scenario *scenario, struct load *load,
    struct measured *measured)
{
	struct load_plan plan = { .request = send_request,
		.count = ATTACK_HONEST,
		.warm_s = WARM_S,
		.run_s = attack->run_s,
		.lossy = true };
	static struct load_result result;
	struct children children = { 0 };
	double idle_kb = (double)attack_memory_kb(getpid());
	double idle_cpu = attack_cpu_s(getpid());
	double *columns = measured->columns;

	start_children(attack, scenario, &children);
	int status = load_run(load, &plan, &result);
	columns[SERVER_CPU_S] = attack_cpu_s(getpid()) - idle_cpu;
	columns[HOSTILE_CPU_S] = end_child(children.hostile);
	end_child(children.logins);
	end_child(children.memory);
	columns[RATE] = (double)result.done / attack->run_s;
	columns[P50_MS] = stat_hist_us(&result.hist, 0.5) / 1000;
	columns[P99_MS] = stat_hist_us(&result.hist, 0.99) / 1000;
	columns[LOST] = (double)(result.lost + result.failed);
	if (result.failed > 0)
		fprintf(stderr, "messages failed: %s\n", result.failure);
	collect(attack->shared, idle_kb, measured);
	return status;
}

/* Each measurement has a server of its own: what the last one remembers is gone. */
static int
measure(struct attack *attack, const struct scenario *scenario, struct measured *measured)
{
	struct load load = { 0 };
	int status = -1;

	memset(attack->shared, 0, sizeof(*attack->shared));
	if (server_serve(&attack->server, &attack->options) == 0 &&
	    login_honest(attack, &load) == 0)
		status = attack_and_send(attack, scenario, &load, measured);
	load_close(&load);
	server_stop(&attack->server);
	return load_stopped() ? -1 : status;
}

static int
compare(const void *a, const void *b)
{
	double left = *(const double *)a, right = *(const double *)b;

	return (left > right) - (left < right);
}

static double
find_median(const struct attack *attack, size_t scenario, size_t column)
{
	double values[ROUNDS_MAX];

	for (unsigned int i = 0; i < attack->rounds; i++)
		values[i] = attack->results[scenario][i].columns[column];
	qsort(values, attack->rounds, sizeof(values[0]), compare);
	return (values[(attack->rounds - 1) / 2] + values[attack->rounds / 2]) / 2;
}

static void
print_table(const struct attack *attack)
{
	printf(NAME_WIDTH " %6s", "row", "ratio");
	for (size_t column = 0; column < COLUMNS; column++)
		printf(" %8s", titles[column]);
	printf("\n");
	for (size_t i = 0; i < SCENARIOS; i++) {
		if (!attack->chosen[i])
			continue;
		double alone = attack->chosen[0] ? find_median(attack, 0, RATE) : 0;
		printf(NAME_WIDTH, scenarios[i].name);
		printf(" %6.2f", alone > 0 ? find_median(attack, i, RATE) / alone : 0);
		for (size_t column = 0; column < COLUMNS; column++) {
			double value = find_median(attack, i, column);

			printf(value < 100 && column != LOST ? " %8.2f" : " %8.0f", value);
		}
		printf("\n");
	}
}

static int
run_rounds(struct attack *attack)
{
	for (unsigned int round = 0; round < attack->rounds; round++)
		for (size_t i = 0; i < SCENARIOS; i++) {
			if (!attack->chosen[i])
				continue;
			if (isatty(STDERR_FILENO))
				fprintf(stderr, "round %u of %u: %s\n", round + 1, attack->rounds,
				    scenarios[i].name);
			if (measure(attack, &scenarios[i], &attack->results[i][round]) != 0)
				return -1;
		}
	print_table(attack);
	return 0;
}

static int
begin(struct attack *attack, const char *where)
{
	if (snprintf(attack->dir, sizeof(attack->dir), "%s/kabar-attack.XXXXXX", where) >=
	        (int)sizeof(attack->dir) ||
	    mkdtemp(attack->dir) == NULL) {
		perror(where);
		return -1;
	}
	attack->options.dir = attack->dir;
	attack->options.name = "realm";
	attack->options.sync = true;
	attack->options.defaults = true;
	attack->shared = mmap(NULL, sizeof(*attack->shared), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	load_stop_on_signals();
	raise_files();
	prctl(PR_SET_CHILD_SUBREAPER, 1); /* of the committer */
	return attack->shared == MAP_FAILED || start_sink(attack) != 0 ? -1 : 0;
}

static int
choose_rows(struct attack *attack, char *const patterns[])
{
	bool any = false;

	for (size_t i = 0; i < SCENARIOS; i++) {
		for (size_t p = 0; patterns[p] != NULL; p++)
			if (fnmatch(patterns[p], scenarios[i].name, 0) == 0)
				attack->chosen[i] = true;
		if (patterns[0] == NULL)
			attack->chosen[i] = true;
		any = any || attack->chosen[i];
	}
	return any ? 0 : -1;
}

int
main(int argc, char *argv[])
{
	static struct attack attack = { .options.programs = "src",
		.hostile = ATTACK_HOSTILE,
		.nice = NICE,
		.rounds = 1,
		.run_s = RUN_S };
	const char *where = getenv("TMPDIR") != NULL ? getenv("TMPDIR") : "/var/tmp";
	int option;

	while ((option = getopt(argc, argv, "b:c:d:n:r:s:")) != -1)
		switch (option) {
		case 'b':
			attack.options.programs = optarg;
			break;
		case 'c':
			attack.hostile = (unsigned int)strtoul(optarg, NULL, 10);
			break;
		case 'd':
			where = optarg;
			break;
		case 'n':
			attack.nice = (int)strtol(optarg, NULL, 10);
			break;
		case 'r':
			attack.rounds = (unsigned int)strtoul(optarg, NULL, 10);
			break;
		case 's':
			attack.run_s = strtod(optarg, NULL);
			break;
		default:
			return usage();
		}
	if (attack.hostile < 1 || attack.hostile > ATTACK_HOSTILE || attack.rounds < 1 ||
	    attack.rounds > ROUNDS_MAX || !(attack.run_s > 0) ||
	    choose_rows(&attack, argv + optind) != 0)
		return usage();
	int status = begin(&attack, where);
	if (status == 0)
		status = make_server(&attack);
	if (status == 0) {
		printf("%u hostile clients at nice %d on the same %ld processors; loopback %s\n",
		    attack.hostile, attack.nice, sysconf(_SC_NPROCESSORS_ONLN),
		    attack.options.settings != NULL ? "limited" : "not limited (no such setting)");
		status = run_rounds(&attack);
	}
	end_child(attack.sink);
	server_remove(attack.dir);
	return status == 0 ? 0 : 1;
}
