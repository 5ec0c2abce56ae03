/* peering_reply: what another realm is answered: each call buffers one reply. */
#ifndef KABAR_PEER_REPLY_H
#define KABAR_PEER_REPLY_H

#include "chat/reason.h"
#include "chat/user.h"
#include "peering/in/line.h"

#define PEERING_VERSION      1
#define PEERING_WINDOW       4096              /* messages that may be unacknowledged */
#define PEERING_WINDOW_BYTES (4 * 1024 * 1024) /* and bytes of lines */

void peering_reply_hello(struct peering_line *, const struct config *);
void peering_reply_resume(struct peering_line *, uint64_t epoch, uint64_t have);
void peering_reply_have(struct peering_line *, uint64_t number);
void peering_reply_refused(struct peering_line *, uint64_t number, enum chat_reason);
void peering_reply_want(struct peering_line *, uint64_t number, uint64_t offset);
/* Who a user is, and since when here (ms since 1970; 0: not now); NULL: there is no such user. */
void peering_reply_info(struct peering_line *, uint64_t id, const struct chat_user *,
    int64_t since_ms);
void peering_reply_pong(struct peering_line *, uint64_t id);
/* The link is over; `retry`: it is worth coming again soon. */
void peering_reply_fatal(struct peering_line *, const char *why, bool retry);
/* The same for one whose key is not known, who learns in which realm. */
void peering_reply_stranger(struct peering_line *, const struct config *);

#endif
