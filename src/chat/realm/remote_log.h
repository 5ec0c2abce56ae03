/*
 * chat_remote_log: where messages from other realms lie: each destination, a user or group, has a
 * log of its own for each realm from which it got something.
 */
#ifndef KABAR_CHAT_REMOTE_LOG_H
#define KABAR_CHAT_REMOTE_LOG_H

#include "chat/chat.h"
#include "chat/set.h"

/* The log of what came from this peer; 0: nothing yet. CHAT_OK or CHAT_FAILED. */
enum chat_result chat_remote_log_find(struct chat *, uint64_t destination, uint64_t peer,
    uint64_t *log);
/* The same, made where there is none. It is closed if the destination is being removed. */
enum chat_result chat_remote_log_make(struct chat *, uint64_t destination, uint64_t peer,
    uint64_t *log);
/* By index from 0, until CHAT_NO_REALM. The order changes only when the destination is removed. */
enum chat_result chat_remote_log_at(struct chat *, uint64_t destination, uint32_t index,
    uint64_t *peer, uint64_t *log);
/*
 * Closes the logs and forgets them, with the cursors that the destination, if it is a user, has in
 * them: for who removes it, after its record is gone. Can be done again after a crash.
 */
enum chat_result chat_remote_log_clear(struct chat *, uint64_t destination);
/* Does that for all destinations that are gone: who removed them may have died. */
enum chat_result chat_remote_log_sweep(struct chat *);

/*
 * Who may have origins: one record that tells, for all groups of a user at once, by which it is
 * not worth looking. Of those that have none it names a few wrongly, of the others it forgets none.
 */
#define CHAT_REMOTE_LOG_HINT 2048 /* bytes */

struct chat_remote_log_hint {
	size_t len; /* 0: never came anything from another realm */
	unsigned char bits[CHAT_REMOTE_LOG_HINT];
};

/* Whether anything ever came from another realm; true also when that cannot be told. */
bool chat_remote_log_any(struct chat *);
/* CHAT_OK or CHAT_FAILED. */
enum chat_result chat_remote_log_hint(struct chat *, struct chat_remote_log_hint *);
bool chat_remote_log_likely(const struct chat_remote_log_hint *, uint64_t destination);

/* A record of the table, for those who check it; false when it is none. */
bool chat_remote_log_parse(const void *key, size_t key_len, const void *value, size_t len,
    uint64_t *destination, uint64_t *peer, uint64_t *log);
bool chat_remote_log_is_hint(const void *key, size_t key_len);
/* The set in which a destination's origins are listed, and what a member of it says. */
struct chat_set chat_remote_log_set(uint64_t destination);
bool chat_remote_log_member(const void *member, size_t len, uint64_t *peer, uint64_t *log);

#endif
