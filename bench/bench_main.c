/*
 * bench_main: the command line of the benchmark programs, and what they begin and end with.
 */
#include <sys/resource.h>

#include <libgen.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench_realm.h"
#include "bench_run.h"

#define FILES_WANTED 65536
#define ROUNDS       3
#define WARM_S       0.3
#define RUN_S        2.0
#define QUICK_WARM_S 0.1
#define QUICK_RUN_S  0.4

static int
usage(const char *program)
{
	fprintf(stderr,
	    "usage: %s [-lq] [-b DIR] [-d DIR] [-r ROUNDS] [-s SECONDS] [ROW ...]\n"
	    "  -b DIR      where kabard and kabarctl are\n"
	    "  -d DIR      where the temporary directory is made: the disk that is measured\n"
	    "  -l          list the rows\n"
	    "  -q          quick: short rounds, smaller realms\n"
	    "  -r ROUNDS   of which the medians are printed (3)\n"
	    "  -s SECONDS  of each measurement (2; 0.4 with -q)\n"
	    "  ROW         a row's name or a pattern such as 'send-*'; default: all\n",
	    program);
	return 2;
}

/* Raises the limit of open files as far as the machine allows; servers inherit it. */
static void
raise_files(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return;
	rlim_t before = limit.rlim_max;
	if (limit.rlim_max < FILES_WANTED)
		limit.rlim_max = FILES_WANTED;
	limit.rlim_cur = limit.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &limit) == 0)
		return;
	limit.rlim_cur = limit.rlim_max = before;
	setrlimit(RLIMIT_NOFILE, &limit);
}

static void
list_rows(const struct bench_row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++)
		printf("%s%s\n", rows[i].name, rows[i].full_only ? "  (not with -q)" : "");
}

static void
print_machine(const struct bench *bench)
{
	double load[1] = { -1 };
	long mb = sysconf(_SC_PHYS_PAGES) / 1024 * (sysconf(_SC_PAGESIZE) / 1024);

	getloadavg(load, 1);
	printf("%ld processors, %ld MB, load %.1f before; medians of %u rounds of %.1f s in %s\n",
	    sysconf(_SC_NPROCESSORS_ONLN), mb, load[0], bench->rounds, bench->run_s, bench->dir);
}

static int
begin(struct bench *bench, const char *where)
{
	if (snprintf(bench->dir, sizeof(bench->dir), "%s/kabar-bench.XXXXXX", where) >=
	        (int)sizeof(bench->dir) ||
	    mkdtemp(bench->dir) == NULL) {
		perror(where);
		return -1;
	}
	load_stop_on_signals();
	raise_files();
	return 0;
}

static void
end_bench(struct bench *bench)
{
	realm_pair_end(bench);
	for (size_t i = 0; i < FIXTURES; i++)
		server_stop(&bench->servers[i]);
	for (size_t i = 0; i < OTHERS; i++)
		server_end(bench->others[i].pid, SIGTERM);
	server_end(bench->echo_pid, SIGTERM);
	server_remove(bench->dir);
}

/* The exit status of usage, or -1 to go on. */
static int
parse(struct bench *bench, int argc, char *argv[], const char **where, double *seconds)
{
	int option;

	while ((option = getopt(argc, argv, "b:d:hlqr:s:")) != -1) {
		switch (option) {
		case 'b':
			bench->programs = optarg;
			break;
		case 'd':
			*where = optarg;
			break;
		case 'l':
			bench->list = true;
			break;
		case 'q':
			bench->quick = true;
			break;
		case 'r':
			bench->rounds = (unsigned int)strtoul(optarg, NULL, 10);
			break;
		case 's':
			*seconds = strtod(optarg, NULL);
			break;
		default:
			return usage(argv[0]);
		}
	}
	if (bench->rounds < 1 || bench->rounds > BENCH_ROUNDS_MAX || *seconds < 0 || *seconds > 60)
		return usage(argv[0]);
	return -1;
}

int
bench_main(int argc, char *argv[], const struct bench_row *rows, size_t n)
{
	static struct bench bench = { .programs = "src", .rounds = ROUNDS };
	const char *where = getenv("TMPDIR") != NULL ? getenv("TMPDIR") : "/var/tmp";
	double seconds = 0;
	int status = parse(&bench, argc, argv, &where, &seconds);

	if (status >= 0)
		return status;
	if (bench.list) {
		list_rows(rows, n);
		return 0;
	}
	bench.warm_s = bench.quick ? QUICK_WARM_S : WARM_S;
	bench.run_s = bench.quick ? QUICK_RUN_S : RUN_S;
	if (seconds > 0)
		bench.run_s = seconds;
	if (begin(&bench, where) != 0)
		return 1;
	print_machine(&bench);
	char *self = strdup(argv[0]);
	bench.own = self == NULL ? "." : dirname(self);
	status = bench_run(&bench, rows, n, argv + optind, (size_t)(argc - optind));
	end_bench(&bench);
	free(self);
	return status == 0 ? 0 : 1;
}
