/*
 * chat_once: a message that comes with a key of its client's is stored once, however often the
 * client sends it. The keys of a user are remembered in 16 records, 64 in each, for a day; the
 * transaction that stores the message writes them.
 */
#ifndef KABAR_CHAT_ONCE_H
#define KABAR_CHAT_ONCE_H

#include "chat/chat.h"
#include "chat/key.h"

#define CHAT_ONCE_KEY     16
#define CHAT_ONCE_RECORDS 16
#define CHAT_ONCE_KEEP    64 /* keys in a record; of more, the oldest are forgotten */
#define CHAT_ONCE_KEEP_MS (24 * 60 * 60 * 1000)
#define CHAT_ONCE_RECORD  (CHAT_KEY_STATE + 1) /* bytes of a record's key */

/* Reads a key: a UUID in its text form, in any case. False: it is none. */
bool chat_once_parse(struct chat_text, unsigned char key[CHAT_ONCE_KEY]);
/* The key of the record in STORE_LOG_STATE that has a user's key. */
void chat_once_record(unsigned char record[CHAT_ONCE_RECORD], uint64_t user,
    const unsigned char key[CHAT_ONCE_KEY]);

/*
 * Whether a user's key was used: CHAT_REPEATED, and the id of its message is noted in struct chat;
 * CHAT_OK: it was not; or CHAT_FAILED. To be asked before costly work; chat_once_commit() decides.
 */
enum chat_result chat_once_find(struct chat *, uint64_t user,
    const unsigned char key[CHAT_ONCE_KEY]);

/*
 * If this request has a key (struct chat), the step that makes the next append of this user's
 * transaction happen once.
 */
void chat_once_tx(const struct chat *, struct store_tx *, uint64_t user);
/*
 * Commits a transaction whose last append is the request's message, and notes its id in struct
 * chat; or adds it to the chain. CHAT_REPEATED: it was stored before, under the id that is noted;
 * CHAT_UNDER_WAY; or other results.
 */
enum chat_result chat_once_commit(struct chat *, const struct store_tx *);
/* Removes those of a user's records that have only keys too old to count. CHAT_OK or a failure. */
enum chat_result chat_once_expire(struct chat *, uint64_t user);
/* Forgets all keys of a user, who is being removed. CHAT_OK or a failure. */
enum chat_result chat_once_forget(struct chat *, uint64_t user);

#endif
