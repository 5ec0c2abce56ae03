/*
 * bench_stat: time, latencies and what is left of several rounds.
 */
#include "bench_stat.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SAMPLES_MAX 64

int64_t
stat_now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

void
stat_pause_ms(long ms)
{
	struct timespec pause = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 };

	nanosleep(&pause, NULL);
}

void
stat_hist_clear(struct stat_hist *hist)
{
	memset(hist, 0, sizeof(*hist));
}

/* Values below STAT_STEPS have a bucket each; above, each doubling is cut into STAT_STEPS. */
static size_t
bucket_of(uint64_t value)
{
	size_t doublings = 0;

	while (value >= 2 * STAT_STEPS) {
		value >>= 1;
		doublings++;
	}
	size_t bucket = doublings * STAT_STEPS + (size_t)value;
	return bucket < STAT_BUCKETS ? bucket : STAT_BUCKETS - 1;
}

static double
middle_of(size_t bucket)
{
	if (bucket < 2 * STAT_STEPS)
		return (double)bucket;
	size_t doublings = bucket / STAT_STEPS - 1;
	double low = (double)(bucket - doublings * STAT_STEPS);

	return (low + 0.5) * (double)(UINT64_C(1) << doublings);
}

void
stat_hist_add(struct stat_hist *hist, int64_t ns)
{
	hist->buckets[bucket_of(ns < 0 ? 0 : (uint64_t)ns)]++;
	hist->count++;
}

double
stat_hist_us(const struct stat_hist *hist, double share)
{
	uint64_t seen = 0;
	double wanted = share * (double)hist->count;

	if (hist->count == 0)
		return -1;
	for (size_t i = 0; i < STAT_BUCKETS; i++) {
		seen += hist->buckets[i];
		if ((double)seen >= wanted && seen > 0)
			return middle_of(i) / 1000;
	}
	return -1;
}

static int
compare(const void *a, const void *b)
{
	double left = *(const double *)a, right = *(const double *)b;

	return (left > right) - (left < right);
}

static double
median(double *values, size_t n)
{
	qsort(values, n, sizeof(*values), compare);
	return n % 2 == 1 ? values[n / 2] : (values[n / 2 - 1] + values[n / 2]) / 2;
}

struct stat_sample
stat_median(const struct stat_sample *samples, size_t n)
{
	double values[SAMPLES_MAX], p50[SAMPLES_MAX], p99[SAMPLES_MAX];

	if (n > SAMPLES_MAX)
		n = SAMPLES_MAX;
	for (size_t i = 0; i < n; i++) {
		values[i] = samples[i].value;
		p50[i] = samples[i].p50_us;
		p99[i] = samples[i].p99_us;
	}
	return (struct stat_sample){ .value = median(values, n),
		.p50_us = median(p50, n),
		.p99_us = median(p99, n) };
}

double
stat_spread(const struct stat_sample *samples, size_t n)
{
	double low = samples[0].value, high = samples[0].value;

	for (size_t i = 1; i < n; i++) {
		low = samples[i].value < low ? samples[i].value : low;
		high = samples[i].value > high ? samples[i].value : high;
	}
	double middle = stat_median(samples, n).value;
	return middle > 0 ? (high - low) / middle : 0;
}
