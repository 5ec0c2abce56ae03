/*
 * store_script: batches of transactions, always the same ones, for tests in which something
 * goes wrong on the way; and a look at which of them are in a store, each whole and once.
 */
#ifndef KABAR_STORE_SCRIPT_H
#define KABAR_STORE_SCRIPT_H

#include "store/int.h"

#define SCRIPT_OPS_MOST 80

/* The fate of a transaction. */
enum script_fate {
	SCRIPT_NOT_SENT, /* it must not be there */
	SCRIPT_UNKNOWN,
	SCRIPT_DONE,
	SCRIPT_REFUSED /* for want of space, or as the script means it to be */
};

struct script {
	unsigned int batch; /* the one to do next */
	enum script_fate fates[SCRIPT_OPS_MOST];
	uint64_t values[SCRIPT_OPS_MOST]; /* of those done */
};

unsigned int script_batches(void);
/* The transactions of a batch: serials first..first + n - 1. */
size_t script_batch(unsigned int batch, unsigned int *first);

/*
 * Does the next batch; `again` says that it may have been done. It then is no longer the next
 * and the fates of its transactions are known, unless the writer is broken: false.
 */
bool script_step(struct script *, struct store *writer, bool again);
/* Sends all transactions again that were refused for lack of space. */
void script_retry(struct script *, struct store *writer);
/* The transactions of the batch are under way: their fates are unknown. */
void script_doubt(struct script *, unsigned int batch);
/* Those that were done may be lost. */
void script_doubt_all(struct script *);

/* Fails the running test unless the store holds what the fates say. */
void script_verify(const struct script *, struct store *);
bool script_is_done(const struct script *);

#endif
