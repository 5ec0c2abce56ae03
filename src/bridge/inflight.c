/* bridge_inflight: the size of the ring is a power of two. */
#include "bridge/inflight.h"

#include <stdlib.h>

#define FIRST_SIZE 16

void
bridge_inflight_clear(struct bridge_inflight *inflight)
{
	free(inflight->items);
	*inflight = (struct bridge_inflight){ .items = NULL };
}

struct bridge_inflight_item *
bridge_inflight_at(const struct bridge_inflight *inflight, size_t index)
{
	return &inflight->items[(inflight->first + index) & (inflight->size - 1)];
}

static int
grow_ring(struct bridge_inflight *inflight)
{
	size_t size = inflight->size == 0 ? FIRST_SIZE : 2 * inflight->size;
	struct bridge_inflight_item *bigger = calloc(size, sizeof(*bigger));

	if (bigger == NULL)
		return -1;
	for (size_t i = 0; i < inflight->count; i++)
		bigger[i] = *bridge_inflight_at(inflight, i);
	free(inflight->items);
	inflight->items = bigger;
	inflight->size = size;
	inflight->first = 0;
	return 0;
}

int
bridge_inflight_push(struct bridge_inflight *inflight, const struct bridge_inflight_item *item)
{
	if (inflight->count == inflight->size && grow_ring(inflight) != 0)
		return -1;
	inflight->count++;
	*bridge_inflight_at(inflight, inflight->count - 1) = *item;
	return 0;
}

struct bridge_inflight_item *
bridge_inflight_find(const struct bridge_inflight *inflight, uint64_t number)
{
	size_t low = 0, high = inflight->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		struct bridge_inflight_item *item = bridge_inflight_at(inflight, middle);

		if (item->number == number)
			return item;
		if (item->number < number)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

void
bridge_inflight_pop(struct bridge_inflight *inflight, size_t n)
{
	inflight->count -= n;
	if (inflight->count == 0)
		bridge_inflight_clear(inflight);
	else
		inflight->first = (inflight->first + n) & (inflight->size - 1);
}
