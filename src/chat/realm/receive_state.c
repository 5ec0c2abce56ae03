/* chat_receive_state: the record of what a peer delivered: its layout, its epochs, its steps. */
#include "chat/realm/receive_state.h"

#include <string.h>

#include "chat/key.h"

#define STATE_VERSION 1

struct record {
	unsigned char data[CHAT_RECEIVE_STATE_RECORD];
	size_t len;
};

static void
state_write(struct record *record, const struct chat_receive_state *state)
{
	struct pack p;

	pack_init(&p, record->data, sizeof(record->data));
	pack_u8(&p, STATE_VERSION);
	pack_u64(&p, state->generation);
	pack_u64(&p, state->refusals);
	pack_u8(&p, state->n);
	for (size_t i = 0; i < state->n; i++) {
		pack_u64(&p, state->epochs[i].epoch);
		pack_u64(&p, state->epochs[i].have);
	}
	record->len = p.len;
}

bool
chat_receive_state_parse(struct chat_receive_state *state, const void *value, size_t len)
{
	struct unpack u;

	unpack_init(&u, value, len);
	if (unpack_u8(&u) != STATE_VERSION)
		return false;
	state->generation = unpack_u64(&u);
	state->refusals = unpack_u64(&u);
	state->n = unpack_u8(&u);
	if (state->n > CHAT_RECEIVE_EPOCHS)
		return false;
	for (size_t i = 0; i < state->n; i++) {
		state->epochs[i].epoch = unpack_u64(&u);
		state->epochs[i].have = unpack_u64(&u);
	}
	return !u.bad;
}

enum chat_result
chat_receive_state_load(struct chat *chat, uint64_t peer, struct chat_receive_state *state)
{
	unsigned char key[CHAT_KEY_STATE];
	struct record record;
	enum store_status status;

	chat_key_state(key, CHAT_STATE_RECEIVE, peer);
	status = store_get(chat->store, STORE_LOG_STATE, key, sizeof(key), record.data,
	    sizeof(record.data), &record.len);
	*state = (struct chat_receive_state){ .n = 0 };
	if (status == STORE_ABSENT)
		return CHAT_OK;
	return status == STORE_OK && chat_receive_state_parse(state, record.data, record.len)
	    ? CHAT_OK
	    : CHAT_FAILED;
}

/* The first link has generation 1. Before it no record exists. */
void
chat_receive_state_tx_expect(struct store_tx *tx, uint64_t peer,
    const struct chat_receive_state *state)
{
	unsigned char key[CHAT_KEY_STATE];
	struct record record;

	chat_key_state(key, CHAT_STATE_RECEIVE, peer);
	if (state->generation == 0) {
		store_tx_expect_absent(tx, STORE_LOG_STATE, key, sizeof(key));
		return;
	}
	state_write(&record, state);
	store_tx_expect(tx, STORE_LOG_STATE, key, sizeof(key), record.data, record.len);
}

void
chat_receive_state_tx_put(struct store_tx *tx, uint64_t peer,
    const struct chat_receive_state *state)
{
	unsigned char key[CHAT_KEY_STATE];
	struct record record;

	chat_key_state(key, CHAT_STATE_RECEIVE, peer);
	state_write(&record, state);
	store_tx_put(tx, STORE_LOG_STATE, key, sizeof(key), record.data, record.len);
}

/* The index of an epoch; n: it is unknown. */
static size_t
find_epoch(const struct chat_receive_state *state, uint64_t epoch)
{
	size_t i = 0;

	while (i < state->n && state->epochs[i].epoch != epoch)
		i++;
	return i;
}

uint64_t
chat_receive_state_have(const struct chat_receive_state *state, uint64_t epoch)
{
	size_t i = find_epoch(state, epoch);

	return i < state->n ? state->epochs[i].have : 0;
}

/* A restored realm draws a new epoch. When there are too many, the oldest is forgotten. */
void
chat_receive_state_advance(struct chat_receive_state *state, uint64_t epoch, uint64_t have)
{
	size_t i = find_epoch(state, epoch);

	if (i == CHAT_RECEIVE_EPOCHS)
		i--;
	else if (i == state->n)
		state->n++;
	memmove(&state->epochs[1], &state->epochs[0], i * sizeof(state->epochs[0]));
	state->epochs[0].epoch = epoch;
	state->epochs[0].have = have;
}
