/*
 * ctl_stats: a realm in numbers, and the three forms in which kabarctl prints them.
 */
#ifndef KABAR_CTL_STATS_H
#define KABAR_CTL_STATS_H

#include "ctl/peer.h"
#include "live/limits.h"

#define CTL_STATS_DIALECTS 16

struct ctl_stats {
	uint64_t up; /* 1: kabard runs */
	uint64_t users;
	uint64_t users_locked;
	uint64_t groups;
	uint64_t messages; /* ever written into logs */
	uint64_t files;    /* of users, each as often as it was sent */
	uint64_t files_bytes;
	uint64_t contents; /* on the disk, each once */
	uint64_t contents_bytes;
	uint64_t log_files;
	uint64_t log_bytes;
	uint64_t tables_bytes;
	uint64_t journal_bytes;
	uint64_t checkpoint_bytes;
	uint64_t checkpoint_age_seconds;
	uint64_t connections;
	uint64_t connections_logged_in;
	uint64_t limits[LIMITS_KINDS];
	/* The same by dialect: those of the listeners, and others that somebody speaks. */
	struct {
		char name[SCOREBOARD_DIALECT_MAX];
		uint64_t connections;
	} dialects[CTL_STATS_DIALECTS];
	size_t n_dialects;
	struct ctl_peer *peers; /* those that are active */
	size_t n_peers;
};

/* The numbers that stand for themselves. */
struct ctl_stats_number {
	const char *key; /* in JSON; for people with spaces, for Prometheus with kabar_ before it */
	const char *help;
	bool counter; /* it only grows */
	size_t offset;
};
extern const struct ctl_stats_number ctl_stats_numbers[];
extern const size_t ctl_stats_n_numbers;
uint64_t ctl_stats_value(const struct ctl_stats *, const struct ctl_stats_number *);

void ctl_stats_show(const struct ctl_stats *);
void ctl_stats_show_json(const struct ctl_stats *, const char *realm);
/* As text for Prometheus; https://prometheus.io/docs/instrumenting/exposition_formats/ */
void ctl_stats_prometheus(const struct ctl_stats *, const char *realm);

#endif
