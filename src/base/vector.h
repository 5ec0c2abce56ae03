/*
 * vector: a list that grows at its end. The list is a pointer and a count, NULL and 0 at first; the
 * room behind it follows from the count, and doubles. The caller frees the pointer with free().
 */
#ifndef KABAR_VECTOR_H
#define KABAR_VECTOR_H

#include <stddef.h>

/*
 * Makes room for one more element of `width` bytes at the end of the list that `list` (of type T
 * **) points to, counts it and returns it, not initialised. NULL with errno: no memory, and the
 * list is as it was. The last elements may be taken away by a smaller count; a list that was not
 * made here cannot grow here.
 */
void *vector_add(void *list, size_t *n, size_t width);

#endif
