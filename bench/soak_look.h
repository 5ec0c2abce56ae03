/*
 * soak_look: looking at a realm from outside: its processes, its files, its log; what is watched,
 * and whether it grows.
 */
#ifndef SOAK_LOOK_H
#define SOAK_LOOK_H

#include "soak.h"

#define LOOK_PROCESSES 512

/* soak_process.c */
struct process_use {
	double rss_kb;
	double pss_kb;
	double fds;
};

/* The children of kabard: its workers, and the janitor at times. How many are in pids. */
size_t process_workers(const struct soak_realm *, pid_t pids[LOOK_PROCESSES]);
/* 0: none. */
pid_t process_committer(const struct soak_realm *);
pid_t process_bridge(const struct soak_realm *);
/* Returns the number of processes of the realm, without those of kabarctl. */
size_t process_count(const struct soak_realm *);
/*
 * Kills all processes of the realm, when kabard itself has ended, with those that they start
 * meanwhile. False: some are left after half a minute.
 */
bool process_kill_all(const struct soak_realm *);
/* False when it has ended. */
bool process_use(pid_t, struct process_use *);

/* soak_watch.c */
enum watch_row {
	WATCH_MASTER_RSS,
	WATCH_MASTER_PSS,
	WATCH_MASTER_FDS,
	WATCH_COMMITTER_RSS,
	WATCH_COMMITTER_PSS,
	WATCH_COMMITTER_FDS,
	WATCH_BRIDGE_RSS,
	WATCH_BRIDGE_PSS,
	WATCH_BRIDGE_FDS,
	WATCH_WORKER_RSS,
	WATCH_WORKER_PSS,
	WATCH_WORKER_FDS,
	WATCH_PROCESSES,
	WATCH_TABLES_MB,
	WATCH_JOURNAL_MB,
	WATCH_CHECKPOINT_MB,
	WATCH_LOGS,
	WATCH_LOGS_MB,
	WATCH_BODIES,
	WATCH_BODIES_MB,
	WATCH_TEMPORARY,
	WATCH_TEMPORARY_MB,
	WATCH_OTHER,
	WATCH_ROWS
};

struct watch;

struct watch_sample {
	int64_t at_ms;                         /* since the beginning */
	float values[SOAK_REALMS][WATCH_ROWS]; /* NAN: there was nothing to measure */
};

/* Looks every few seconds, in a thread of its own, from watch_begin() to watch_end(). */
struct watch *watch_begin(struct soak *);
void watch_end(struct watch *);
size_t watch_samples(const struct watch *, const struct watch_sample **);
void watch_free(struct watch *);

/* soak_report.c */
void report_progress(struct soak *, const struct watch *);
/* Prints everything; false when something has grown. */
bool report_end(struct soak *, const struct watch *);

#endif
