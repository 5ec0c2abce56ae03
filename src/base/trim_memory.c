/*
 * trim_memory: where there is a process for each client, a page that was touched once and never
 * again is there as many times as there are clients.
 */
#include "base/trim_memory.h"

#include <sys/mman.h>

#include <stdint.h>
#include <unistd.h>

#ifdef HAVE_MALLOC_TRIM
#include <malloc.h>
#endif

#define STACK_DEEP (512 * 1024) /* bytes; no request goes deeper */

static uintptr_t
page_size(void)
{
	return (uintptr_t)sysconf(_SC_PAGESIZE);
}

/* Nothing below the stack pointer is in use. Where the stack never was, this does nothing. */
static void
trim_stack(void)
{
	uintptr_t page = page_size();
	uintptr_t end = ((uintptr_t)__builtin_frame_address(0) - page) / page * page;

	madvise((void *)(end - STACK_DEEP), STACK_DEEP, MADV_DONTNEED);
}

void
trim_memory_range(void *start, size_t len)
{
	uintptr_t page = page_size();
	uintptr_t first = ((uintptr_t)start + page - 1) / page * page;
	uintptr_t end = ((uintptr_t)start + len) / page * page;

	if (first < end)
		madvise((void *)first, end - first, MADV_DONTNEED);
}

void
trim_memory(void)
{
#ifdef HAVE_MALLOC_TRIM
	malloc_trim(0);
#endif
	trim_stack();
}
