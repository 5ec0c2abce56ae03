/*
 * bench_run: measures rows in several rounds and prints them as one table.
 */
#include "bench_run.h"

#include <fnmatch.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define ROWS_MAX   96
#define NAME_WIDTH 17

struct state {
	bool chosen;
	bool failed;
	bool skipped;
	size_t n;
	struct stat_sample samples[BENCH_ROUNDS_MAX];
};

static const struct bench_row *
find_row(const struct bench_row *rows, size_t n, const char *name)
{
	for (size_t i = 0; name != NULL && i < n; i++)
		if (strcmp(rows[i].name, name) == 0)
			return &rows[i];
	return NULL;
}

static void
choose_row(const struct bench *bench, const struct bench_row *rows, size_t n, size_t i,
    struct state *states)
{
	const struct bench_row *beside = find_row(rows, n, rows[i].beside);

	if (states[i].chosen || (rows[i].full_only && bench->quick))
		return;
	states[i].chosen = true;
	if (beside != NULL)
		choose_row(bench, rows, n, (size_t)(beside - rows), states);
}

static bool
matches(const char *name, char *const patterns[], size_t n_patterns)
{
	for (size_t i = 0; i < n_patterns; i++)
		if (fnmatch(patterns[i], name, 0) == 0)
			return true;
	return n_patterns == 0;
}

int
bench_sample(const struct bench_row *row, const struct load_result *result,
    struct stat_sample *sample)
{
	if (result->failed > 0) {
		fprintf(stderr, "%s: %llu requests failed: %s\n", row->name,
		    (unsigned long long)result->failed, result->failure);
		return -1;
	}
	sample->value = (double)result->done / result->seconds;
	sample->p50_us = stat_hist_us(&result->hist, 0.5);
	sample->p99_us = stat_hist_us(&result->hist, 0.99);
	return 0;
}

static void
measure(struct bench *bench, const struct bench_row *row, struct state *state)
{
	struct stat_sample *sample = &state->samples[state->n];

	if (!state->chosen || state->failed || state->skipped ||
	    (bench->round > 0 && (row->once || (row->slow && bench->quick))) || load_stopped())
		return;
	if (isatty(STDERR_FILENO))
		fprintf(stderr, "\r\033[Kround %u of %u: %s ", bench->round + 1, bench->rounds,
		    row->name);
	*sample = (struct stat_sample){ .p50_us = -1, .p99_us = -1 };
	int status = row->measure(bench, row, sample);
	if (status == 0)
		state->n++;
	state->skipped = status == BENCH_SKIPPED;
	state->failed = status == -1;
}

static void
print_number(double number)
{
	if (number < 0)
		printf(" %10s", "");
	else if (number < 100)
		printf(" %10.2f", number);
	else
		printf(" %10.0f", number);
}

static void
print_ms(double us)
{
	if (us < 0)
		printf(" %9s", "");
	else
		printf(" %9.3f", us / 1000);
}

static void
print_row(const struct bench_row *rows, size_t n, size_t i, const struct state *states)
{
	const struct bench_row *row = &rows[i], *beside = find_row(rows, n, row->beside);
	const struct state *state = &states[i];

	printf("%-22s", row->name);
	if (state->skipped) {
		printf(" skipped: not installed: apt-get install %s\n", row->packages);
		return;
	}
	if (state->n == 0) {
		printf(" %10s\n", "failed");
		return;
	}
	struct stat_sample median = stat_median(state->samples, state->n);
	print_number(median.value);
	printf(" %-11s %5.0f%%", row->unit == NULL ? "/s" : row->unit,
	    100 * stat_spread(state->samples, state->n));
	print_ms(median.p50_us);
	print_ms(median.p99_us);
	if (beside != NULL && states[beside - rows].n > 0) {
		const struct state *other = &states[beside - rows];
		double floor = stat_median(other->samples, other->n).value;

		printf(" %8.2f  %-*s", floor > 0 ? median.value / floor : 0,
		    row->promise != NULL ? NAME_WIDTH : 0, beside->name);
	} else if (row->promise != NULL) {
		printf(" %8s  %-*s", "", NAME_WIDTH, "");
	}
	if (row->promise != NULL)
		printf("  %s", row->promise);
	printf("\n");
}

static int
print_table(const struct bench_row *rows, size_t n, const struct state *states)
{
	int status = 0;

	if (isatty(STDERR_FILENO))
		fprintf(stderr, "\r\033[K");
	printf("%-22s %10s %-11s %6s %9s %9s %8s  %s\n", "row", "value", "unit", "spread", "p50 ms",
	    "p99 ms", "ratio", "to");
	for (size_t i = 0; i < n; i++) {
		if (!states[i].chosen)
			continue;
		print_row(rows, n, i, states);
		if (!states[i].skipped && (states[i].failed || states[i].n == 0))
			status = -1;
	}
	return status;
}

int
bench_run(struct bench *bench, const struct bench_row *rows, size_t n, char *const patterns[],
    size_t n_patterns)
{
	static struct state states[ROWS_MAX];
	bool any = false;

	if (n > ROWS_MAX)
		return -1;
	for (size_t i = 0; i < n; i++) {
		if (!matches(rows[i].name, patterns, n_patterns))
			continue;
		choose_row(bench, rows, n, i, states);
		any = true;
	}
	if (!any) {
		fprintf(stderr, "no row is called so; -l lists them\n");
		return -1;
	}
	for (bench->round = 0; bench->round < bench->rounds; bench->round++)
		for (size_t i = 0; i < n; i++)
			measure(bench, &rows[i], &states[i]);
	return print_table(rows, n, states);
}
