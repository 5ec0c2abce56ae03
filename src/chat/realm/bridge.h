/*
 * chat_bridge: the bridge, which alone talks to other realms, as one process sees it: its links,
 * and its answers to questions. Without a bridge no question is answered.
 */
#ifndef KABAR_CHAT_BRIDGE_H
#define KABAR_CHAT_BRIDGE_H

#include "chat/realm/peer.h"
#include "chat/realm/person.h"
#include "live/link_status.h"

/* The socket on which the bridge waits for questions, in the state directory (SOCK_SEQPACKET). */
#define CHAT_BRIDGE_SOCKET "bridge.sock"
#define CHAT_BRIDGE_PACKET 65536 /* bytes of a question or an answer, which is one JSON object */

/* The state of the links; the chat closes it. NULL: it cannot be opened, and the log says why. */
struct link_status_file *chat_bridge_links(struct chat *);
/*
 * Waits until a descriptor is readable, or until a tick. False: it is not, or chat->wait says that
 * the client has gone.
 */
bool chat_bridge_wait(struct chat *, int fd, int64_t due_ms);

/* Asks the other realm. CHAT_NO_REALM, CHAT_NO_USER, CHAT_NO_ANSWER (within delivery_wait). */
enum chat_result chat_bridge_info(struct chat *, const struct chat_peer *, struct chat_text user,
    struct chat_person *);
/*
 * Has a legacy peer hand over the messages that it keeps for a user here, and stores them.
 * CHAT_NO_ANSWER also if that takes longer than delivery_wait.
 */
enum chat_result chat_bridge_pull(struct chat *, const struct chat_peer *, struct chat_text user);
/* Tells the bridge that this peer has called, so that it can be reached. Does not wait. */
void chat_bridge_alive(struct chat *, const struct chat_peer *);
/* Tells the bridge that the peers have changed. CHAT_NO_ANSWER: no bridge runs. */
enum chat_result chat_bridge_reload(struct chat *);
/* Has the bridge dial now, a peer or (NULL) all. CHAT_NO_ANSWER, CHAT_NO_REALM. */
enum chat_result chat_bridge_flush(struct chat *, const struct chat_peer *);
/* Has the bridge bounce everything that waits for a peer; *dropped counts. */
enum chat_result chat_bridge_drop(struct chat *, const struct chat_peer *, uint64_t *dropped);

#endif
