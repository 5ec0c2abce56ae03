/*
 * soak_report: what was done, and what has grown: the medians of three stretches of the run.
 */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "soak_look.h"

#define SHARE 10   /* a stretch is one tenth; the very first warms up and does not count */
#define GROWS 1.10 /* what may be chance is not said to grow */
#define MB_KB 1024

static const char *const words[SOAK_COUNTS] = {
	[SOAK_SESSIONS] = "sessions",
	[SOAK_VANISHED] = "of which ended without a word",
	[SOAK_REQUESTS] = "requests",
	[SOAK_ACKNOWLEDGED] = "messages acknowledged",
	[SOAK_ABROAD] = "of which to the other realm",
	[SOAK_REFUSED] = "messages refused",
	[SOAK_UNANSWERED] = "messages without an answer",
	[SOAK_READ] = "messages read",
	[SOAK_REPEATED] = "shown again after a connection broke",
	[SOAK_PUSHED] = "pushes in rooms",
	[SOAK_UPLOADS] = "files sent",
	[SOAK_DOWNLOADS] = "files fetched and compared",
	[SOAK_NEWCOMERS_CAME] = "accounts registered and removed",
	[SOAK_RELOADS] = "reloads",
	[SOAK_UPGRADES] = "upgrades",
	[SOAK_BACKUPS] = "backups",
	[SOAK_RESTORES] = "of which restored elsewhere",
	[SOAK_COMPACTIONS] = "compactions",
	[SOAK_CHECKS] = "checks",
	[SOAK_BROADCASTS] = "broadcasts",
	[SOAK_KICKS] = "kicks",
	[SOAK_OTHER_COMMANDS] = "other commands of kabarctl",
	[SOAK_WORKERS_KILLED] = "workers killed",
	[SOAK_COMMITTERS_KILLED] = "committers killed",
	[SOAK_BRIDGES_KILLED] = "bridges killed",
	[SOAK_KABARDS_KILLED] = "kabards killed",
	[SOAK_POWER_CUTS] = "power cuts",
	[SOAK_RESTARTS] = "kabards stopped and started",
	[SOAK_ROTATIONS] = "files of logs begun",
	[SOAK_CHECKPOINTS] = "checkpoints seen",
	[SOAK_DOUBLED] = "messages DOUBLED",
	[SOAK_DISORDERED] = "messages OUT OF ORDER",
	[SOAK_STRAYED] = "messages REFUSED BUT THERE",
	[SOAK_BOUNCED] = "messages BOUNCED",
	[SOAK_EXPIRED] = "messages EXPIRED UNREAD",
	[SOAK_LOST] = "messages LOST",
	[SOAK_FAILURES] = "FAILURES in all",
};

/*
 * The slack on top of the tenth: a stretch may have so much more than another by chance. A log
 * file has 16 MB, and at times one more of them exists; tables grow until they are compacted.
 */
static const struct row {
	const char *name;
	double allowance;
} rows[WATCH_ROWS] = {
	[WATCH_MASTER_RSS] = { "master RSS, kB", 512 },
	[WATCH_MASTER_PSS] = { "master PSS, kB", 512 },
	[WATCH_MASTER_FDS] = { "master descriptors", 3 },
	[WATCH_COMMITTER_RSS] = { "committer RSS, kB", 4 * MB_KB },
	[WATCH_COMMITTER_PSS] = { "committer PSS, kB", 4 * MB_KB },
	[WATCH_COMMITTER_FDS] = { "committer descriptors", 10 },
	[WATCH_BRIDGE_RSS] = { "bridge RSS, kB", 512 },
	[WATCH_BRIDGE_PSS] = { "bridge PSS, kB", 512 },
	[WATCH_BRIDGE_FDS] = { "bridge descriptors", 3 },
	[WATCH_WORKER_RSS] = { "worker RSS, kB (mean)", 256 },
	[WATCH_WORKER_PSS] = { "worker PSS, kB (mean)", 256 },
	[WATCH_WORKER_FDS] = { "worker descriptors (mean)", 2 },
	[WATCH_PROCESSES] = { "processes beyond clients", 3 },
	[WATCH_TABLES_MB] = { "tables, MB", 8 },
	[WATCH_JOURNAL_MB] = { "journal, MB", 16 },
	[WATCH_CHECKPOINT_MB] = { "checkpoint, MB", 20 },
	[WATCH_LOGS] = { "files of logs", 1 },
	[WATCH_LOGS_MB] = { "files of logs, MB", 20 },
	[WATCH_BODIES] = { "contents of files", 20 },
	[WATCH_BODIES_MB] = { "contents of files, MB", 10 },
	[WATCH_TEMPORARY] = { "temporary files", 5 },
	[WATCH_TEMPORARY_MB] = { "temporary files, MB", 20 },
	[WATCH_OTHER] = { "other files", 10 },
};

static uint64_t
count_of(const struct soak *soak, enum soak_count count)
{
	return atomic_load(&soak->counts[count]);
}

void
report_progress(struct soak *soak, const struct watch *watch)
{
	const struct watch_sample *samples;
	size_t n = watch_samples(watch, &samples);

	printf("%5" PRId64 " s: %" PRIu64 " acknowledged, %" PRIu64 " read, %" PRIu64
	       " rotations, %" PRIu64 " failures",
	    (soak_now_ms() - soak->start_ms) / 1000, count_of(soak, SOAK_ACKNOWLEDGED),
	    count_of(soak, SOAK_READ), count_of(soak, SOAK_ROTATIONS),
	    count_of(soak, SOAK_FAILURES));
	for (int i = 0; i < SOAK_REALMS && n > 0; i++) {
		const float *values = samples[n - 1].values[i];

		printf("; %s: committer %.0f kB, %.0f logs of %.0f MB", soak->realms[i].name,
		    (double)values[WATCH_COMMITTER_RSS], (double)values[WATCH_LOGS],
		    (double)values[WATCH_LOGS_MB]);
	}
	printf("\n");
	fflush(stdout);
}

static int
compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

struct stretch {
	const struct watch_sample *samples;
	size_t first;
	size_t n;
};

static double
median(const struct stretch *stretch, int realm, int row, double *sorted)
{
	size_t n = 0;

	for (size_t i = 0; i < stretch->n; i++) {
		double value = (double)stretch->samples[stretch->first + i].values[realm][row];

		if (!isnan(value))
			sorted[n++] = value;
	}
	qsort(sorted, n, sizeof(*sorted), compare);
	return n == 0 ? NAN : sorted[n / 2];
}

static double
peak(const struct watch_sample *samples, size_t n, int realm, int row)
{
	double most = NAN;

	for (size_t i = 0; i < n; i++) {
		double value = (double)samples[i].values[realm][row];

		if (!isnan(value) && !(most >= value))
			most = value;
	}
	return most;
}

/* A line of the table; true when this has grown. */
static bool
print_row(const struct soak *soak, const struct watch_sample *samples, size_t n, int realm, int row,
    double *sorted)
{
	size_t tenth = n / SHARE;
	struct stretch stretches[] = { { samples, tenth, tenth },
		{ samples, n / 2 - tenth / 2, tenth }, { samples, n - tenth, tenth } };
	double first = median(&stretches[0], realm, row, sorted);
	double middle = median(&stretches[1], realm, row, sorted);
	double last = median(&stretches[2], realm, row, sorted);
	bool grows = middle > first && last > middle * GROWS + rows[row].allowance;

	printf("%-10s %-28s %10.1f %10.1f %10.1f %10.1f %10.0f%s\n", soak->realms[realm].name,
	    rows[row].name, first, middle, last, peak(samples, n, realm, row), rows[row].allowance,
	    grows ? "  GROWS" : "");
	return grows;
}

bool
report_end(struct soak *soak, const struct watch *watch)
{
	const struct watch_sample *samples;
	size_t n = watch_samples(watch, &samples);
	double *sorted = calloc(n + 1, sizeof(*sorted));
	bool grows = false;

	printf("\n%-10s %-28s %10s %10s %10s %10s %10s\n", "realm", "", "first", "middle", "last",
	    "peak", "allowance");
	for (int realm = 0; realm < SOAK_REALMS && sorted != NULL && n >= SHARE; realm++)
		for (int row = 0; row < WATCH_ROWS; row++)
			grows |= print_row(soak, samples, n, realm, row, sorted);
	if (sorted == NULL || n < SHARE)
		printf("too short to tell whether anything grows\n");
	free(sorted);
	printf("\n");
	for (int i = 0; i < SOAK_COUNTS; i++)
		printf("%10" PRIu64 " %s\n", count_of(soak, (enum soak_count)i), words[i]);
	return !grows;
}
