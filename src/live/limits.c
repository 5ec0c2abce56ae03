/* limits: whoever writes nonsense here harms nobody: these are numbers for people. */
#include "live/limits.h"

#include <stdatomic.h>

#include "live/mapped_file.h"

#define FILE_NAME "limits"
#define KINDS_MAX 64

/* Its layout is that of the file. */
struct limits {
	_Atomic uint64_t counted[KINDS_MAX];
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
