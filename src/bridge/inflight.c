/* bridge_inflight: the numbers that are under way to a peer, in order: a ring that grows. */
#include "bridge/inflight.h"

#include <stdlib.h>

#define FIRST_SIZE 16

void
bridge_inflight_clear(struct bridge_inflight *flight)
{
	free(flight->items);
	*flight = (struct bridge_inflight){ .items = NULL };
}

struct bridge_item *
bridge_inflight_at(const struct bridge_inflight *flight, size_t index)
{
	return &flight->items[(flight->first + index) & (flight->size - 1)];
}

static int
grow(struct bridge_inflight *flight)
{
	size_t size = flight->size == 0 ? FIRST_SIZE : 2 * flight->size;
	struct bridge_item *bigger = calloc(size, sizeof(*bigger));

	if (bigger == NULL)
		return -1;
	for (size_t i = 0; i < flight->count; i++)
		bigger[i] = *bridge_inflight_at(flight, i);
	free(flight->items);
	flight->items = bigger;
	flight->size = size;
	flight->first = 0;
	return 0;
}

int
bridge_inflight_push(struct bridge_inflight *flight, const struct bridge_item *item)
{
	if (flight->count == flight->size && grow(flight) != 0)
		return -1;
	flight->count++;
	*bridge_inflight_at(flight, flight->count - 1) = *item;
	return 0;
}

struct bridge_item *
bridge_inflight_find(const struct bridge_inflight *flight, uint64_t number)
{
	size_t low = 0, high = flight->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		struct bridge_item *item = bridge_inflight_at(flight, middle);

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
bridge_inflight_pop(struct bridge_inflight *flight, size_t n)
{
	flight->count -= n;
	if (flight->count == 0)
		bridge_inflight_clear(flight);
	else
		flight->first = (flight->first + n) & (flight->size - 1);
}
