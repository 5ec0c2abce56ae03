/* bridge_inflight: the numbers that are under way to a peer, in order: a ring that grows. */
#ifndef KABAR_BRIDGE_FLIGHT_H
#define KABAR_BRIDGE_FLIGHT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "chat/reason.h"

/* One letter, or a row of numbers that hold none. */
struct bridge_item {
	uint64_t number;         /* of the letter; the last of a row */
	uint64_t wait_id;        /* of the worker that waits (links.h), 0: none */
	uint64_t file_id;        /* under which the outbox refers to a content, 0: none */
	unsigned int slot;       /* of that worker */
	uint32_t entry;          /* bytes that it has in the outbox */
	uint32_t line;           /* and on the wire */
	enum chat_reason reason; /* why it is not delivered */
	enum chat_reason owed;   /* the same, where the worker is told when it is settled */
	bool outbound;
	bool settled; /* nothing is to be settled with it any more */
};

struct bridge_inflight {
	struct bridge_item *items; /* a power of two, or none */
	size_t size;
	size_t first;
	size_t count;
};

/* Forgets everything and gives the memory back. */
void bridge_inflight_clear(struct bridge_inflight *);
/* 0, or -1 without memory. */
int bridge_inflight_push(struct bridge_inflight *, const struct bridge_item *);
/* By index from the oldest, which must be below the count. */
struct bridge_item *bridge_inflight_at(const struct bridge_inflight *, size_t index);
/* The one that ends with this number, or NULL. */
struct bridge_item *bridge_inflight_find(const struct bridge_inflight *, uint64_t number);
/* Forgets the n oldest. */
void bridge_inflight_pop(struct bridge_inflight *, size_t n);

#endif
