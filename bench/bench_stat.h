/*
 * bench_stat: time, latencies and what is left of several rounds.
 */
#ifndef BENCH_STAT_H
#define BENCH_STAT_H

#include <stddef.h>
#include <stdint.h>

/* Nanoseconds of a clock that only goes forward. */
int64_t stat_now_ns(void);
void stat_pause_ms(long ms);

#define STAT_STEPS   64 /* to each doubling: a percentile is exact to 1.6 % */
#define STAT_BUCKETS (58 * STAT_STEPS)

/* Latencies, however many. */
struct stat_hist {
	uint64_t count;
	uint32_t buckets[STAT_BUCKETS];
};

void stat_hist_clear(struct stat_hist *);
void stat_hist_add(struct stat_hist *, int64_t ns);
/* The latency in microseconds that a share (0 to 1) did not exceed; -1 when there are none. */
double stat_hist_us(const struct stat_hist *, double share);

/* One measurement. */
struct stat_sample {
	double value;
	double p50_us; /* negative: there is none */
	double p99_us;
};

/* The median of each of the three. */
struct stat_sample stat_median(const struct stat_sample *, size_t n);
/* How far the values lie apart, as a share of the median. */
double stat_spread(const struct stat_sample *, size_t n);

#endif
