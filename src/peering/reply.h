/* peer_reply: what another realm is answered: each call buffers one reply. */
#ifndef KABAR_PEER_REPLY_H
#define KABAR_PEER_REPLY_H

#include "chat/reason.h"
#include "chat/user.h"
#include "peering/in/line.h"

#define PEER_VERSION      1
#define PEER_WINDOW       4096              /* messages that may be unacknowledged */
#define PEER_WINDOW_BYTES (4 * 1024 * 1024) /* and bytes of lines */

void peer_reply_hello(struct peer_line *, const struct config *);
void peer_reply_resume(struct peer_line *, uint64_t epoch, uint64_t have);
void peer_reply_have(struct peer_line *, uint64_t number);
void peer_reply_refused(struct peer_line *, uint64_t number, enum chat_reason);
void peer_reply_want(struct peer_line *, uint64_t number, uint64_t offset);
/* Who a user is, and since when here (ms since 1970; 0: not now); NULL: there is no such user. */
void peer_reply_info(struct peer_line *, uint64_t id, const struct chat_user *, int64_t since_ms);
void peer_reply_pong(struct peer_line *, uint64_t id);
/* The link is over; `retry`: it is worth coming again soon. */
void peer_reply_fatal(struct peer_line *, const char *why, bool retry);
/* The same for one whose key is not known, who learns in which realm. */
void peer_reply_stranger(struct peer_line *, const struct config *);

#endif
