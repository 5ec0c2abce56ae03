/*
 * chat_ring: the events that transactions carry (store_tx_ring), for the workers and the bridge
 * that wait for news. chat_ring() (chat.h) wakes those whom they concern.
 */
#ifndef KABAR_CHAT_RING_H
#define KABAR_CHAT_RING_H

#include "chat/chat.h"

/* The kinds of struct store_event, with the numbers a and b; those not named are 0. */
enum chat_ring_kind {
	CHAT_RING_USERS = 1, /* the own logs of users a and b have something new; 0: nobody's */
	CHAT_RING_GROUP,     /* the logs of group a */
	CHAT_RING_PEOPLE,    /* the members of group a have changed */
	CHAT_RING_ROOMS,     /* which groups there are has changed */
	CHAT_RING_SESSION, /* sessions of user a have ended; each worker of a's looks for its own */
	CHAT_RING_BRIDGE   /* an outbox has a new message */
};

/* Adds CHAT_RING_USERS for n users, two to a step; one who stands there twice in a row is one. */
void chat_ring_tx_users(struct store_tx *, const uint64_t *users, size_t n);

#endif
