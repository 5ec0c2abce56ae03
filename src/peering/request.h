/* bridge_request: what is said to a peer: each call writes one line. */
#ifndef KABAR_BRIDGE_REQUEST_H
#define KABAR_BRIDGE_REQUEST_H

#include "chat/realm/outbound.h"
#include "net/wire.h"

#define BRIDGE_VERSION   1
#define BRIDGE_CHUNK_MAX (48 * 1024) /* bytes of a file in one line */

void bridge_request_hello(struct bridge_wire *, const char *own, const char *peer);
void bridge_request_resume(struct bridge_wire *, uint64_t epoch, uint64_t settled);
/* A message or, where the letter is one, the offer of a file. */
void bridge_request_letter(struct bridge_wire *, uint64_t number, const struct chat_letter *,
    int64_t time_ms, const char *own);
void bridge_request_void(struct bridge_wire *, uint64_t from, uint64_t to);
void bridge_request_chunk(struct bridge_wire *, uint64_t number, uint64_t offset,
    const unsigned char *data, size_t len);
void bridge_request_settled(struct bridge_wire *, uint64_t number);
/* The name is one that name_valid() takes. */
void bridge_request_info(struct bridge_wire *, uint64_t id, const char *user);
void bridge_request_ping(struct bridge_wire *, uint64_t id);

#endif
