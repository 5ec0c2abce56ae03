/*
 * ctl_peer: another realm as kabarctl shows one: how the link to it is, and what waits for it.
 */
#ifndef KABAR_CTL_PEER_H
#define KABAR_CTL_PEER_H

#include "chat/realm/peer.h"
#include "ctl/ctl.h"
#include "ctl/field.h"
#include "live/link_status.h"

struct ctl_peer {
	struct chat_peer peer;
	char state[16];
	uint64_t up;             /* 1: the link is open */
	struct link_status link; /* a round trip of -1 and zeros where no bridge shows it */
	uint64_t queued;         /* messages that wait */
	uint64_t queued_bytes;
	uint64_t ever;     /* messages that were ever queued */
	int64_t oldest_ms; /* since when the oldest waits, 0: none does */
};
extern const struct ctl_fields ctl_peer_fields;

/* The peers from index 0 on. CHAT_OK until there are no more, then CHAT_NO_REALM; CHAT_FAILED. */
enum chat_result ctl_peer_at(struct chat *, uint32_t index, struct ctl_peer *);

#endif
