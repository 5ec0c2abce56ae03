/*
 * store_chain: transactions that go to the committer in one message and are done together, each
 * only if the one before it was. Sending the message is left to store_client.
 */
#include <stdlib.h>
#include <string.h>

#include "store/int.h"

#define ROOM_LEAST 1024
#define OVERHEAD   (STORE_REQUEST_SIZE + 4) /* bytes before those of a transaction */

/* Where the bytes of a transaction lie. */
struct link {
	unsigned int steps;
	size_t end;
	size_t len;
};

struct store_chain {
	struct store_request first;
	struct link links[STORE_CHAIN_MOST];
	struct store_outcome outcomes[STORE_CHAIN_MOST];
	unsigned int n;
	unsigned char *data; /* all behind the header of the first */
	size_t len;
	size_t room;
};

struct store_chain *
store_chain_new(void)
{
	return calloc(1, sizeof(struct store_chain));
}

void
store_chain_free(struct store_chain *chain)
{
	if (chain == NULL)
		return;
	free(chain->data);
	free(chain);
}

unsigned int
store_chain_count(const struct store_chain *chain)
{
	return chain->n;
}

/* 0, or -1 without memory. */
static int
make_room(struct store_chain *chain, size_t len)
{
	size_t room = chain->room < ROOM_LEAST ? ROOM_LEAST : chain->room;
	unsigned char *bigger;

	while (room < chain->len + len)
		room *= 2;
	if (room == chain->room)
		return 0;
	bigger = realloc(chain->data, room);
	if (bigger == NULL)
		return -1;
	chain->data = bigger;
	chain->room = room;
	return 0;
}

bool
store_chain_add(struct store *store, struct store_chain *chain, const struct store_tx *tx)
{
	struct store_request request;
	struct pack p;

	if (tx->overflow || tx->steps == 0 || tx->part != STORE_PART_LOGS ||
	    chain->n == STORE_CHAIN_MOST || chain->len + OVERHEAD + tx->len > STORE_CHAIN_SIZE ||
	    make_room(chain, OVERHEAD + tx->len) != 0)
		return false;
	request = store_client_request(store, tx, STORE_REQUEST_CHAIN);
	pack_init(&p, chain->data + chain->len, chain->room - chain->len);
	if (chain->n == 0)
		chain->first = request;
	else
		store_request_pack(&p, &request);
	pack_blob(&p, tx->data, tx->len);
	chain->len += p.len;
	chain->links[chain->n++] =
	    (struct link){ .steps = tx->steps, .end = chain->len, .len = tx->len };
	return true;
}

/* Does them in this process. */
static void
commit_here(struct store *store, struct store_chain *chain)
{
	struct store_op ops[STORE_CHAIN_MOST] = { { .part = 0 } }, *pointers[STORE_CHAIN_MOST];

	for (unsigned int i = 0; i < chain->n; i++) {
		const struct link *link = &chain->links[i];

		ops[i] = (struct store_op){ .part = STORE_PART_LOGS,
			.steps = link->steps,
			.after = i == 0 ? NULL : &ops[i - 1],
			.data = chain->data + link->end - link->len,
			.len = link->len };
		pointers[i] = &ops[i];
	}
	store_apply(store, pointers, chain->n);
	for (unsigned int i = 0; i < chain->n; i++)
		chain->outcomes[i] = ops[i].outcome;
}

const struct store_outcome *
store_chain_commit(struct store *store, struct store_chain *chain)
{
	struct store_question question = { .request = chain->first,
		.data = chain->data,
		.len = chain->len,
		.outcomes = chain->outcomes,
		.n = chain->n };

	if (chain->n > 0 && store->writer != NULL)
		commit_here(store, chain);
	else if (chain->n > 0)
		store_client_commit(store, &question);
	store_entry_cache_clear(&store->entries);
	return chain->outcomes;
}
