/*
 * rest: gives unused memory back to the system. Where there is a process for each client, a page
 * that was touched once and never again is there as many times as there are clients.
 */
#include "base/trim_memory.h"

#include <sys/mman.h>

#include <stdint.h>
#include <unistd.h>

#ifdef HAVE_MALLOC_TRIM
#include <malloc.h>
#endif

#define STACK_DEEP (512 * 1024) /* bytes; no request goes deeper */

/* Below the stack pointer is nothing that lives. Where the stack never was, this does nothing. */
static void
give_back_stack(void)
{
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
	uintptr_t end = ((uintptr_t)__builtin_frame_address(0) - page) / page * page;

	madvise((void *)(end - STACK_DEEP), STACK_DEEP, MADV_DONTNEED);
}

void
trim_memory(void)
{
#ifdef HAVE_MALLOC_TRIM
	malloc_trim(0);
#endif
	give_back_stack();
}
