/* dialect_order: sorts by counting. */
#include "dialect/order.h"

#include <stdlib.h>

bool
dialect_order_make(struct dialect_order *order, const uint32_t *keys, size_t n, size_t n_keys)
{
	order->items = calloc(n + 1, sizeof(*order->items));
	order->begin = calloc(n_keys + 2, sizeof(*order->begin));
	if (order->items == NULL || order->begin == NULL)
		return false;
	/* Counts each key two places on, so that the sums become the places to fill. */
	for (size_t i = 0; i < n; i++)
		if (keys[i] != DIALECT_ORDER_NONE)
			order->begin[keys[i] + 2]++;
	for (size_t key = 2; key < n_keys + 2; key++)
		order->begin[key] += order->begin[key - 1];
	for (size_t i = 0; i < n; i++)
		if (keys[i] != DIALECT_ORDER_NONE)
			order->items[order->begin[keys[i] + 1]++] = (uint32_t)i;
	return true;
}

void
dialect_order_free(struct dialect_order *order)
{
	free(order->items);
	free(order->begin);
}
