/*
 * chat_key: the keys of chat's records, for verbs, check and repair alike.
 */
#ifndef KABAR_CHAT_KEY_H
#define KABAR_CHAT_KEY_H

#include "base/pack.h"
#include "chat/table.h"

#define CHAT_KEY_ID    8  /* a user, group or log */
#define CHAT_KEY_PAIR  16 /* two of them */
#define CHAT_KEY_STATE 9  /* one of CHAT_STATE_... and an id */

/* Keys of STORE_LOG_STATE: one of these and the id of a peer, whose outbox has that id, or a log.
 */
#define CHAT_STATE_EPOCH   'e' /* epoch of the outbox */
#define CHAT_STATE_RETIRED 's' /* number of the newest retired message of the outbox */
#define CHAT_STATE_TOLD    'n' /* number up to which senders know that their messages wait */
#define CHAT_STATE_RECEIVE 'r' /* what the peer delivered: chat_receive_state */
#define CHAT_STATE_PULLED \
	'f' /* of a remote log or a spool: number up to which chat_known is over */
#define CHAT_STATE_ONCE   'k' /* of a user, and a byte more: keys of messages, chat_once */
#define CHAT_STATE_HANDED 'h' /* of a spool: number up to which it was handed over */

static inline void
chat_key_id(unsigned char key[CHAT_KEY_ID], uint64_t id)
{
	pack_put_u64(key, id);
}

static inline void
chat_key_pair(unsigned char key[CHAT_KEY_PAIR], uint64_t first, uint64_t second)
{
	pack_put_u64(key, first);
	pack_put_u64(key + 8, second);
}

static inline void
chat_key_state(unsigned char key[CHAT_KEY_STATE], char what, uint64_t id)
{
	key[0] = (unsigned char)what;
	pack_put_u64(key + 1, id);
}

/* Changes a record, which is expected to be as it was read; length 0: no record. */
static inline void
chat_key_swap(struct store_tx *tx, int table, const void *key, size_t key_len, const void *before,
    size_t before_len, const void *after, size_t after_len)
{
	if (before_len == 0)
		store_tx_expect_absent(tx, table, key, key_len);
	else
		store_tx_expect(tx, table, key, key_len, before, before_len);
	if (after_len == 0)
		store_tx_delete(tx, table, key, key_len);
	else
		store_tx_put(tx, table, key, key_len, after, after_len);
}

#endif
