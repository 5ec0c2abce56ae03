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
