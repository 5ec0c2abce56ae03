/* bridge_inflight: the numbers under way to a peer, in order: a ring that grows. */
#ifndef KABAR_BRIDGE_INFLIGHT_H
#define KABAR_BRIDGE_INFLIGHT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "chat/reason.h"

/* One message, or a range of numbers without messages. */
struct bridge_inflight_item {
	uint64_t number;         /* of the message; the last one of a range */
	uint64_t wait_id;        /* of the worker that waits (delivery_wait), 0: none */
	uint64_t file_id;        /* under which the outbox refers to a content, 0: none */
	unsigned int slot;       /* of that worker */
	uint32_t entry_bytes;    /* in the outbox */
	uint32_t line_bytes;     /* on the wire */
	enum chat_reason reason; /* of the bounce; NONE: delivered, or the worker is told */
	enum chat_reason tell;   /* told to the worker when the item is retired; NONE: nothing */
	bool outbound;
	bool retired; /* the outbox has it no more */
};

struct bridge_inflight {
	struct bridge_inflight_item *items; /* a power of two, or none */
	size_t size;
	size_t first;
	size_t count;
};

/* Forgets everything and gives the memory back. */
void bridge_inflight_clear(struct bridge_inflight *);
/* 0, or -1 without memory. */
int bridge_inflight_push(struct bridge_inflight *, const struct bridge_inflight_item *);
/* The item at this index, below the count; 0 is the oldest. */
struct bridge_inflight_item *bridge_inflight_at(const struct bridge_inflight *, size_t index);
/* The item with this number, or NULL. */
struct bridge_inflight_item *bridge_inflight_find(const struct bridge_inflight *, uint64_t number);
/* Forgets the n oldest. */
void bridge_inflight_pop(struct bridge_inflight *, size_t n);

#endif
