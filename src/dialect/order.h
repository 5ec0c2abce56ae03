/*
 * dialect_order: the items of an inbox by key, such as the sender, in one pass however many keys
 * there are.
 */
#ifndef KABAR_DIALECT_ORDER_H
#define KABAR_DIALECT_ORDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DIALECT_ORDER_NONE UINT32_MAX /* the key of an item that is left out */

struct dialect_order {
	uint32_t *items; /* indices of items, by key; those of one key in their order */
	uint32_t *begin; /* key -> where its items begin; they end where the next key's begin */
};

/*
 * Sorts n items, whose keys are below n_keys or DIALECT_ORDER_NONE. False: no memory. To be freed
 * in either case.
 */
bool dialect_order_make(struct dialect_order *, const uint32_t *keys, size_t n, size_t n_keys);
void dialect_order_free(struct dialect_order *);

#endif
