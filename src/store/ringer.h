/*
 * store_ringer: hands the events of transactions to a process of the committer's, which tells of
 * them. Nothing here waits for that process but its end. A ringer that is NULL does nothing.
 */
#ifndef KABAR_STORE_RINGER_H
#define KABAR_STORE_RINGER_H

#include "store/int.h"

struct store_ringer;

/* NULL: the options of the store name nobody to tell. Ends the process when memory is short. */
struct store_ringer *store_ringer_start(struct store *);
/* Hands over the events of those operations that were done. */
void store_ringer_ring(struct store_ringer *, struct store_op *const *ops, size_t n);
/* For events that were missed. */
void store_ringer_everyone(struct store_ringer *);
/* Starts another ringer when this one has died; it tells everyone. */
void store_ringer_watch(struct store_ringer *);
/* Waits for what was handed over to be told, not for long, and frees the ringer. */
void store_ringer_end(struct store_ringer *);

/* Tells of the events of an operation here, in a process that writes by itself. */
void store_ringer_here(struct store *, const struct store_op *);

#endif
