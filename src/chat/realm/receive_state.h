/*
 * chat_receive_state: the record of what a peer delivered. Everything that must not be lost or done
 * twice stands in this one record: which link may deliver, and how far each epoch came.
 */
#ifndef KABAR_CHAT_RECEIVE_STATE_H
#define KABAR_CHAT_RECEIVE_STATE_H

#include "chat/chat.h"

#define CHAT_RECEIVE_EPOCHS       16  /* of a peer that are remembered */
#define CHAT_RECEIVE_STATE_RECORD 512 /* bytes */

struct chat_receive_state {
	uint64_t generation; /* of the peer's newest link: no other may deliver */
	uint64_t refusals;   /* the log of refusals that are kept; 0: there never was one */
	uint8_t n;
	/* Each message of an epoch up to `have` is stored or refused. The latest epoch is first. */
	struct {
		uint64_t epoch;
		uint64_t have;
	} epochs[CHAT_RECEIVE_EPOCHS];
};

/* CHAT_OK, also when there is none yet, or CHAT_FAILED. */
enum chat_result chat_receive_state_load(struct chat *, uint64_t peer, struct chat_receive_state *);
/* The record as STORE_LOG_STATE has it. False: damaged. */
bool chat_receive_state_parse(struct chat_receive_state *, const void *value, size_t len);
/* The expectation that it is still as it was read, and the step that stores another. */
void chat_receive_state_tx_expect(struct store_tx *, uint64_t peer,
    const struct chat_receive_state *);
void chat_receive_state_tx_put(struct store_tx *, uint64_t peer, const struct chat_receive_state *);
/* The number for an epoch, 0 for one that is unknown; and a new one, which makes it the latest. */
uint64_t chat_receive_state_have(const struct chat_receive_state *, uint64_t epoch);
void chat_receive_state_advance(struct chat_receive_state *, uint64_t epoch, uint64_t have);

#endif
