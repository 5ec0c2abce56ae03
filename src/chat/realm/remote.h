/*
 * chat_remote: other realms as one process sees them: sending there, and what the bridge, which
 * alone talks to them, says when asked. Without a bridge everything is sent, and nothing answered.
 */
#ifndef KABAR_CHAT_REMOTE_H
#define KABAR_CHAT_REMOTE_H

#include "chat/realm/outbound.h"
#include "live/link_status.h"

#define CHAT_REMOTE_SINCE 32

/* Where the bridge waits for questions, in the state directory (SOCK_SEQPACKET). */
#define CHAT_REMOTE_SOCKET "bridge.sock"
#define CHAT_REMOTE_PACKET 65536 /* bytes of a question or an answer, which is one JSON object */

/* What is known of the links; the chat's own. NULL: that cannot be told, and the log says why. */
struct link_status_file *chat_remote_links(struct chat *);

/*
 * Puts a letter into a peer's outbox and, if the link is up, waits a moment (delivery_wait)
 * for what becomes of it. CHAT_OK: it is delivered. CHAT_QUEUED: it will be, or it will bounce.
 * Else it is over: the peer has refused it, or it could not be queued (see chat_outbound_put);
 * `queued` tells the one from the other and may be NULL.
 */
enum chat_result chat_remote_send(struct chat *, const struct chat_peer *, struct chat_outbound *,
    bool *queued);

/* What is public of a user of another realm. */
struct chat_remote_person {
	struct chat_user user; /* name, fullname and country */
	bool online;
	char since[CHAT_REMOTE_SINCE]; /* as an answer has it; "": unknown */
};

/* Asks the realm itself. CHAT_NO_REALM, CHAT_NO_USER, CHAT_NO_ANSWER (within delivery_wait).
 */
enum chat_result chat_remote_info(struct chat *, const struct chat_peer *, struct chat_text user,
    struct chat_remote_person *);
/*
 * Has a legacy peer hand over what it holds for a user: what came is stored then. CHAT_NO_ANSWER
 * also where it takes longer than delivery_wait.
 */
enum chat_result chat_remote_fetch(struct chat *, const struct chat_peer *, struct chat_text user);
/* Tells the bridge that this peer has called, so that it can be called. Nobody waits for it. */
void chat_remote_alive(struct chat *, const struct chat_peer *);
/* Tells the bridge that the peers have changed. CHAT_NO_ANSWER: there is none. */
enum chat_result chat_remote_reload(struct chat *);
/* Has the bridge dial now, a peer or (NULL) all. CHAT_NO_ANSWER, CHAT_NO_REALM. */
enum chat_result chat_remote_flush(struct chat *, const struct chat_peer *);
/* Has the bridge bounce everything that waits for a peer; *dropped counts. */
enum chat_result chat_remote_drop(struct chat *, const struct chat_peer *, uint64_t *dropped);

#endif
