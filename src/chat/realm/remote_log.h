/*
 * chat_remote_log: logs for messages from other realms. Each destination, a user or group, has one
 * for each realm from which it got something.
 */
#ifndef KABAR_CHAT_REMOTE_LOG_H
#define KABAR_CHAT_REMOTE_LOG_H

#include "chat/chat.h"
#include "chat/set.h"
#include "chat/table.h"

/* The destination's log for this peer; 0: there is none. CHAT_OK or CHAT_FAILED. */
enum chat_result chat_remote_log_find(struct chat *, uint64_t destination, uint64_t peer,
    uint64_t *log);
/* The same, which is made if need be. It is closed if the destination is being removed. */
enum chat_result chat_remote_log_make(struct chat *, uint64_t destination, uint64_t peer,
    uint64_t *log);
/* By index from 0, until CHAT_NO_REALM. The order changes only when the destination is removed. */
enum chat_result chat_remote_log_at(struct chat *, uint64_t destination, uint32_t index,
    uint64_t *peer, uint64_t *log);
/*
 * Closes and forgets the logs of a destination that is being removed, after its record is gone, and
 * the cursors in them if it is a user. Can be done again after a crash.
 */
enum chat_result chat_remote_log_clear(struct chat *, uint64_t destination);
/* Does that for all destinations that are gone, whose removal a crash may have cut short. */
enum chat_result chat_remote_log_sweep(struct chat *);

/*
 * The hint: one record that says for each destination whether it may have remote logs, so that the
 * others need not be looked up. It names a few that have none, and forgets none that has one.
 */
#define CHAT_REMOTE_LOG_HINT 2048 /* bytes */

struct chat_remote_log_hint {
	size_t len; /* 0: no message ever came from another realm */
	unsigned char bits[CHAT_REMOTE_LOG_HINT];
};

#define CHAT_REMOTE_LOG_HINT_KEY 'h' /* in CHAT_TABLE_REMOTE_LOGS */

/* Whether a message ever came from another realm; true also when the store fails. */
bool chat_remote_log_any(struct chat *);
/* CHAT_OK or CHAT_FAILED. */
enum chat_result chat_remote_log_hint(struct chat *, struct chat_remote_log_hint *);
bool chat_remote_log_likely(const struct chat_remote_log_hint *, uint64_t destination);
void chat_remote_log_hint_add(struct chat_remote_log_hint *, uint64_t destination);

/* A record of the table, for check and repair; false when it is none. */
bool chat_remote_log_parse(const void *key, size_t key_len, const void *value, size_t len,
    uint64_t *destination, uint64_t *peer, uint64_t *log);
bool chat_remote_log_is_hint(const void *key, size_t key_len);
/* The set of a destination's remote logs, and a member of it taken apart. */
struct chat_set chat_remote_log_set(uint64_t destination);
bool chat_remote_log_member(const void *member, size_t len, uint64_t *peer, uint64_t *log);

#endif
