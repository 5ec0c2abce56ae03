/* vector: a list that grows at its end. */
#include "base/vector.h"

#include <stdlib.h>
#include <string.h>

#define LEAST 8 /* elements for which there is room at first; a power of two */

void *
vector_add(void *list, size_t *n, size_t width)
{
	char *elements;

	memcpy(&elements, list, sizeof(elements)); /* whatever type it points to */
	if (*n == 0 || (*n >= LEAST && (*n & (*n - 1)) == 0)) {
		char *bigger = reallocarray(elements, *n == 0 ? LEAST : 2 * *n, width);

		if (bigger == NULL)
			return NULL;
		elements = bigger;
		memcpy(list, &elements, sizeof(elements));
	}
	return elements + (*n)++ * width;
}

int
vector_compare_u64(const void *a, const void *b)
{
	const uint64_t *left = a, *right = b;

	return (*left > *right) - (*left < *right);
}

size_t
vector_sort_u64(uint64_t *list, size_t n)
{
	size_t kept = 0;

	if (n > 1)
		qsort(list, n, sizeof(*list), vector_compare_u64);
	for (size_t i = 0; i < n; i++)
		if (i == 0 || list[i] != list[kept - 1])
			list[kept++] = list[i];
	return kept;
}
