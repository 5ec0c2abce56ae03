/*
 * trim_memory: gives memory back to the system that a process needed for its last request and would
 * only hold while it waits for the next. It costs a system call each, and a page fault for each
 * page that is needed again.
 */
#ifndef KABAR_TRIM_MEMORY_H
#define KABAR_TRIM_MEMORY_H

#include <stddef.h>

/* Gives back the unused parts of the heap, and the stack below the caller. */
void trim_memory(void);
/* Gives back the whole pages of a range of private memory, which holds zeroes or what it held. */
void trim_memory_range(void *start, size_t len);

#endif
