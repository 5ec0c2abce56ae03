/*
 * soak_watch: looks at both realms every few seconds and keeps what it saw; reads what the
 * programs log.
 */
#include <sys/stat.h>

#include <fcntl.h>
#include <ftw.h>
#include <math.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "soak_look.h"

#define LOOK_MS     3000
#define PAUSE_MS    50
#define WORKERS_MAX 20 /* are measured each time, that this costs little */
#define MB          (1024.0 * 1024.0)
#define WALK_FILES  16
#define OLDER_S     3600
#define DIED        "died of signal "
#define LOG_LINE    8192

struct watch {
	struct soak *soak;
	pthread_t thread;
	atomic_bool over;
	struct watch_sample *samples;
	size_t n;
	size_t size;
	FILE *logs[SOAK_REALMS];
};

/* nftw() has no argument for its function; there is one watch. */
static _Thread_local struct {
	size_t root; /* the length of the state's path */
	float *values;
	uint64_t newest_log;
	uint64_t newest_checkpoint;
} walk;

static bool
begins_with(const char *path, const char *with)
{
	return strncmp(path, with, strlen(with)) == 0;
}

static void
add_file(enum watch_row number, enum watch_row size, double bytes)
{
	walk.values[number]++;
	walk.values[size] += (float)(bytes / MB);
}

/*
 * A content to which nothing refers is kept for an hour after it was written. What is new is made
 * an hour older, so that a run sees the end of it.
 */
static void
make_older(const char *path, const struct stat *st)
{
	struct timespec times[2] = { { .tv_nsec = UTIME_OMIT }, st->st_mtim };

	if (st->st_mtime < time(NULL) - OLDER_S)
		return;
	times[1].tv_sec -= OLDER_S;
	utimensat(AT_FDCWD, path, times, AT_SYMLINK_NOFOLLOW);
}

static int
see_file(const char *path, const struct stat *st, int kind, struct FTW *at)
{
	const char *name = path + walk.root;
	double bytes = (double)st->st_blocks * 512;

	(void)at;
	if (kind != FTW_F)
		return 0;
	if (begins_with(name, "/file/") && strchr(name + strlen("/file/"), '/') != NULL)
		make_older(path, st);
	if (begins_with(name, "/snapshot/") || begins_with(name, "/restore/") ||
	    begins_with(name, "/before") || begins_with(name, "/file/tmp/") ||
	    begins_with(name, "/file/part/") || begins_with(name, "/log/next") ||
	    strstr(name, ".new")) {
		add_file(WATCH_TEMPORARY, WATCH_TEMPORARY_MB, bytes);
	} else if (begins_with(name, "/log/")) {
		uint64_t seq = strtoull(name + strlen("/log/"), NULL, 16) + 1;

		walk.newest_log = seq > walk.newest_log ? seq : walk.newest_log;
		add_file(WATCH_LOGS, WATCH_LOGS_MB, bytes);
	} else if (begins_with(name, "/file/")) {
		add_file(WATCH_BODIES, WATCH_BODIES_MB, bytes);
	} else if (begins_with(name, "/journal/")) {
		walk.values[WATCH_JOURNAL_MB] += (float)(bytes / MB);
	} else if (begins_with(name, "/checkpoint/")) {
		uint64_t number = strtoull(name + strlen("/checkpoint/"), NULL, 16) + 1;

		walk.newest_checkpoint =
		    number > walk.newest_checkpoint ? number : walk.newest_checkpoint;
		walk.values[WATCH_CHECKPOINT_MB] += (float)(bytes / MB);
	} else if (begins_with(name, "/tables")) {
		walk.values[WATCH_TABLES_MB] += (float)(bytes / MB);
	} else {
		walk.values[WATCH_OTHER]++;
	}
	return 0;
}

/* Counts that there is one with a higher number than at the last look. */
static void
count_newer(struct soak *soak, atomic_uint_fast64_t *newest, uint64_t seen, enum soak_count count)
{
	if (seen <= atomic_load(newest))
		return;
	if (atomic_load(newest) != 0)
		soak_count(soak, count);
	atomic_store(newest, seen);
}

static void
look_at_files(struct soak *soak, struct soak_realm *realm, float *values)
{
	for (int row = WATCH_TABLES_MB; row < WATCH_ROWS; row++)
		values[row] = 0;
	walk.root = strlen(realm->state);
	walk.values = values;
	walk.newest_log = 0;
	walk.newest_checkpoint = 0;
	nftw(realm->state, see_file, WALK_FILES, FTW_PHYS);
	count_newer(soak, &realm->newest_log, walk.newest_log, SOAK_ROTATIONS);
	count_newer(soak, &realm->newest_checkpoint, walk.newest_checkpoint, SOAK_CHECKPOINTS);
}

static void
look_at_one(pid_t pid, float *values, enum watch_row first)
{
	struct process_use use;

	if (!process_use(pid, &use))
		return;
	values[first] = (float)use.rss_kb;
	values[first + 1] = (float)use.pss_kb;
	values[first + 2] = (float)use.fds;
}

static void
look_at_workers(const struct soak_realm *realm, float *values)
{
	pid_t pids[LOOK_PROCESSES];
	size_t n = process_workers(realm, pids), seen = 0;
	struct process_use use, sum = { 0 };

	for (size_t i = 0; i < n && seen < WORKERS_MAX; i++) {
		if (!process_use(pids[i], &use))
			continue;
		sum.rss_kb += use.rss_kb;
		sum.pss_kb += use.pss_kb;
		sum.fds += use.fds;
		seen++;
	}
	if (seen == 0)
		return;
	values[WATCH_WORKER_RSS] = (float)(sum.rss_kb / (double)seen);
	values[WATCH_WORKER_PSS] = (float)(sum.pss_kb / (double)seen);
	values[WATCH_WORKER_FDS] = (float)(sum.fds / (double)seen);
}

static void
look_at_realm(struct soak *soak, struct soak_realm *realm, float *values)
{
	for (int row = 0; row < WATCH_ROWS; row++)
		values[row] = NAN;
	look_at_files(soak, realm, values);
	look_at_one(atomic_load(&realm->kabard), values, WATCH_MASTER_RSS);
	look_at_one(process_committer(realm), values, WATCH_COMMITTER_RSS);
	look_at_one(process_bridge(realm), values, WATCH_BRIDGE_RSS);
	look_at_workers(realm, values);
	if (atomic_load(&realm->kabard) != 0)
		values[WATCH_PROCESSES] =
		    (float)process_count(realm) - (float)atomic_load(&realm->connected);
}

/* No program has any reason to log these lines, whatever is done to the others. */
static bool
is_bad(const char *line)
{
	static const char *const bad[] = { "fatal", "went wrong", "Sanitizer", "runtime error",
		"LOST", "damage", "corrupt", "assert", "defect", "bug:", "is full", "No space",
		"Too many open files", "Cannot allocate" };

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (strstr(line, bad[i]) != NULL)
			return true;
	const char *signal = strstr(line, DIED);
	return signal != NULL && strtol(signal + strlen(DIED), NULL, 10) != SIGKILL;
}

static void
read_log(struct soak *soak, const struct soak_realm *realm, FILE **file)
{
	char line[LOG_LINE];

	if (*file == NULL)
		*file = fopen(realm->log, "re");
	if (*file == NULL)
		return;
	clearerr(*file);
	while (fgets(line, sizeof(line), *file) != NULL)
		if (is_bad(line))
			soak_fail(soak, "%s logs: %.400s", realm->name, line);
}

static struct watch_sample *
next_sample(struct watch *watch)
{
	if (watch->n == watch->size) {
		size_t size = watch->size == 0 ? 256 : watch->size * 2;
		struct watch_sample *bigger = realloc(watch->samples, size * sizeof(*bigger));

		if (bigger == NULL)
			return NULL;
		watch->samples = bigger;
		watch->size = size;
	}
	return &watch->samples[watch->n];
}

static void *
look_on(void *arg)
{
	struct watch *watch = arg;
	struct soak *soak = watch->soak;
	int64_t next_progress = soak->start_ms + 60000;

	for (int64_t next = soak_now_ms(); !atomic_load(&watch->over);) {
		struct watch_sample *sample;

		soak_pause_ms(PAUSE_MS);
		if (soak_now_ms() < next)
			continue;
		next = soak_now_ms() + LOOK_MS;
		if (soak_runs(soak) && (sample = next_sample(watch)) != NULL) {
			sample->at_ms = soak_now_ms() - soak->start_ms;
			for (int i = 0; i < SOAK_REALMS; i++)
				look_at_realm(soak, &soak->realms[i], sample->values[i]);
			watch->n++;
		}
		for (int i = 0; i < SOAK_REALMS; i++)
			read_log(soak, &soak->realms[i], &watch->logs[i]);
		if (soak_now_ms() > next_progress) {
			report_progress(soak, watch);
			next_progress += 60000;
		}
	}
	for (int i = 0; i < SOAK_REALMS; i++)
		read_log(soak, &soak->realms[i], &watch->logs[i]);
	return NULL;
}

struct watch *
watch_begin(struct soak *soak)
{
	struct watch *watch = calloc(1, sizeof(*watch));

	if (watch == NULL)
		return NULL;
	watch->soak = soak;
	if (pthread_create(&watch->thread, NULL, look_on, watch) != 0) {
		free(watch);
		return NULL;
	}
	return watch;
}

void
watch_end(struct watch *watch)
{
	atomic_store(&watch->over, true);
	pthread_join(watch->thread, NULL);
	for (int i = 0; i < SOAK_REALMS; i++)
		if (watch->logs[i] != NULL)
			fclose(watch->logs[i]);
}

size_t
watch_samples(const struct watch *watch, const struct watch_sample **samples)
{
	*samples = watch->samples;
	return watch->n;
}

void
watch_free(struct watch *watch)
{
	free(watch->samples);
	free(watch);
}
