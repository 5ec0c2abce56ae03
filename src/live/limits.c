/*
 * limits: whoever writes nonsense here makes numbers wrong, or a limit too strict for a minute or
 * too lax.
 */
#include "live/limits.h"

#include <stdatomic.h>

#include "live/mapped_file.h"

#define FILE_NAME "limits"
#define KINDS_MAX 64
#define USERS     8192
#define LATEST_US INT64_C(60000000) /* beyond the burst, no moment is as late */

/* Its layout is that of the file. */
struct limits {
	_Atomic uint64_t counted[KINDS_MAX];
	limits_paid users[USERS][LIMITS_ACCOUNTS];
};

_Static_assert(LIMITS_KINDS <= KINDS_MAX, "each has a place");

struct limits *
limits_open(const char *state)
{
	return mapped_file_whole(state, FILE_NAME, sizeof(struct limits));
}

void
limits_close(struct limits *limits)
{
	mapped_file_unmap(limits, sizeof(*limits));
}

void
limits_count(struct limits *limits, enum limits_kind kind)
{
	if (limits != NULL)
		atomic_fetch_add_explicit(&limits->counted[kind], 1, memory_order_relaxed);
}

uint64_t
limits_counted(const struct limits *limits, enum limits_kind kind)
{
	return atomic_load_explicit(&limits->counted[kind], memory_order_relaxed);
}

limits_paid *
limits_of_user(struct limits *limits, uint64_t user, enum limits_account account)
{
	return &limits->users[user % USERS][account];
}

int64_t
limits_charge(limits_paid *paid, int64_t cost_us, int64_t burst_us, int64_t now_us)
{
	int64_t old = atomic_load_explicit(paid, memory_order_relaxed), next;

	do {
		next = old < now_us || old > now_us + burst_us + LATEST_US ? now_us : old;
		next += cost_us;
	} while (!atomic_compare_exchange_weak(paid, &old, next));
	return next - burst_us > now_us ? next - burst_us - now_us : 0;
}
