/*
 * mapped_guard: the handler of SIGBUS puts a page of zeros, which this process has for itself,
 * where the file has none any more, and the access is made again.
 */
#include "live/mapped_guard.h"

#include <sys/mman.h>

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <unistd.h>

#define GUARDED_MAX 8

static volatile struct guarded {
	uintptr_t begin; /* 0: a free place */
	size_t size;
} guarded[GUARDED_MAX];
static size_t page_size; /* 0: the handler is not there yet */

static bool
is_guarded(uintptr_t at)
{
	for (int i = 0; i < GUARDED_MAX; i++)
		if (guarded[i].begin != 0 && at >= guarded[i].begin &&
		    at - guarded[i].begin < guarded[i].size)
			return true;
	return false;
}

/* The address tells: a mapping is made in place of a page of ours, and nothing else happens here.
 */
static void
on_missing_page(int number, siginfo_t *info, void *context)
{
	uintptr_t at = (uintptr_t)info->si_addr;
	int saved = errno;

	(void)context;
	if (info->si_code != BUS_ADRERR || !is_guarded(at) ||
	    mmap((void *)(at & ~(uintptr_t)(page_size - 1)), page_size, PROT_READ | PROT_WRITE,
	        MAP_FIXED | MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED)
		signal(number, SIG_DFL); /* the access that is made again kills */
	errno = saved;
}

static void
catch_missing_pages(void)
{
	struct sigaction action = { .sa_sigaction = on_missing_page,
		.sa_flags = SA_SIGINFO | SA_RESTART };

	page_size = (size_t)sysconf(_SC_PAGESIZE);
	sigaction(SIGBUS, &action, NULL);
}

void
mapped_guard_add(const void *begin, size_t size)
{
	if (page_size == 0)
		catch_missing_pages();
	for (int i = 0; i < GUARDED_MAX; i++) {
		if (guarded[i].begin != 0)
			continue;
		guarded[i].size = size;
		guarded[i].begin = (uintptr_t)begin;
		return;
	}
}

void
mapped_guard_forget(const void *begin)
{
	for (int i = 0; i < GUARDED_MAX; i++)
		if (guarded[i].begin == (uintptr_t)begin)
			guarded[i].begin = 0;
}
