/*
 * vector: a list that grows at its end. The list is a pointer and a count, NULL and 0 at first; the
 * room behind it follows from the count, and doubles. The caller frees the pointer with free().
 */
#ifndef KABAR_VECTOR_H
#define KABAR_VECTOR_H

#include <stddef.h>
#include <stdint.h>

/*
 * Makes room for one more element of `width` bytes at the end of the list that `list` (of type T
 * **) points to, counts it and returns it, not initialised. NULL with errno: no memory, and the
 * list is as it was. The last elements may be taken away by a smaller count; a list that was not
 * made here cannot grow here.
 */
void *vector_add(void *list, size_t *n, size_t width);

/* For qsort() and bsearch(): compares numbers, or structs whose first member is one. */
int vector_compare_u64(const void *, const void *);
/* Sorts a list of numbers and keeps each once. The new count. */
size_t vector_sort_u64(uint64_t *list, size_t n);

#endif
