/* peering_request: what is said to a peer: each call writes one line. */
#ifndef KABAR_BRIDGE_REQUEST_H
#define KABAR_BRIDGE_REQUEST_H

#include "chat/realm/outbound.h"
#include "net/wire.h"

#define PEERING_VERSION   1
#define PEERING_CHUNK_MAX (48 * 1024) /* bytes of a file in one line */

void peering_request_hello(struct wire *, const char *own, const char *peer);
void peering_request_resume(struct wire *, uint64_t epoch, uint64_t settled);
/* A message or, where the letter is one, the offer of a file. */
void peering_request_message(struct wire *, uint64_t number, const struct chat_outbound *,
    int64_t time_ms, const char *own);
void peering_request_void(struct wire *, uint64_t from, uint64_t to);
void peering_request_chunk(struct wire *, uint64_t number, uint64_t offset,
    const unsigned char *data, size_t len);
void peering_request_settled(struct wire *, uint64_t number);
/* The name is one that name_valid() takes. */
void peering_request_info(struct wire *, uint64_t id, const char *user);
void peering_request_ping(struct wire *, uint64_t id);

#endif
