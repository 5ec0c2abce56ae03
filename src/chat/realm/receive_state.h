/*
 * chat_receive_state: the record of what a peer delivered: how its newest link changes it, and
 * nobody else any more.
 */
#ifndef KABAR_CHAT_RECEIVE_STATE_H
#define KABAR_CHAT_RECEIVE_STATE_H

#include "chat/realm/receive.h"

/* CHAT_OK, also when there is none yet, or CHAT_FAILED. */
enum chat_result chat_receive_state_load(struct chat *, uint64_t peer, struct chat_receive_state *);
/* The expectation that it is still as it was, and what it becomes. */
void chat_receive_state_tx_expect(struct store_tx *, uint64_t peer,
    const struct chat_receive_state *);
void chat_receive_state_tx_put(struct store_tx *, uint64_t peer, const struct chat_receive_state *);
/* The number for an epoch, and a new one, which makes it the latest. */
uint64_t chat_receive_state_have(const struct chat_receive_state *, uint64_t epoch);
void chat_receive_state_advance(struct chat_receive_state *, uint64_t epoch, uint64_t have);

#endif
