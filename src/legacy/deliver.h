/*
 * legacy_deliver: sends the announcement of this realm and then the messages of the outbox to a
 * legacy peer, one at a time.
 */
#ifndef KABAR_LEGACY_DELIVER_H
#define KABAR_LEGACY_DELIVER_H

#include "legacy/state.h"

/* Writes the next request that is due. False: none can be written now. */
bool legacy_deliver(struct bridge_link *);
/* Writes the next piece of the file under way. 0, or -1: its content cannot be read. */
int legacy_deliver_piece(struct bridge_link *);

#endif
