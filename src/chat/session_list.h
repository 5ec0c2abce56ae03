/*
 * chat_session_list: which sessions a user has. The list has the hashes of tokens, also of some
 * whose sessions have ended since: the record of a token tells whether it is good (chat_session).
 */
#ifndef KABAR_CHAT_SESSION_LIST_H
#define KABAR_CHAT_SESSION_LIST_H

#include "base/token.h"
#include "chat/chat.h"

#define CHAT_SESSION_LIST_MOST   64 /* sessions in a list, the last that were opened */
#define CHAT_SESSION_LIST_RECORD (1 + CHAT_SESSION_LIST_MOST * TOKEN_HASH_LEN)
#define CHAT_SESSION_LIST_ID     12 /* digits by which a session is told from the user's others */

struct chat_session_list {
	unsigned char hashes[CHAT_SESSION_LIST_MOST][TOKEN_HASH_LEN];
	size_t n;
};

/* The list of a user; empty where there is none, or it is damaged. CHAT_OK or CHAT_FAILED. */
enum chat_result chat_session_list_read(struct chat *, uint64_t user, struct chat_session_list *);
bool chat_session_list_has(struct chat *, uint64_t user, const unsigned char hash[TOKEN_HASH_LEN]);
/* Whether the session under a hash has ended. */
typedef bool chat_session_list_ended(void *arg, const unsigned char hash[TOKEN_HASH_LEN]);
/*
 * The steps that add a session of a user; they expect that the list stays as it is. Of too many,
 * those make way that have ended, or else the one that was opened first: it stays good, unlisted.
 */
void chat_session_list_tx_add(struct chat *, struct store_tx *, uint64_t user,
    const unsigned char hash[TOKEN_HASH_LEN], chat_session_list_ended *ended, void *arg);

/* The id of a session: the first digits of its token's hash, so that it opens nothing. */
void chat_session_list_id(const unsigned char hash[TOKEN_HASH_LEN],
    char id[CHAT_SESSION_LIST_ID + 1]);
/*
 * The hash of the session of a user that has this id. CHAT_BAD_ARGUMENT: it is none;
 * CHAT_NO_SESSION: it is not in the list.
 */
enum chat_result chat_session_list_find(struct chat *, uint64_t user, struct chat_text id,
    unsigned char hash[TOKEN_HASH_LEN]);

/* Whether a value is a list, as CHAT_TABLE_SESSIONS has it. */
bool chat_session_list_valid(const void *value, size_t len);

#endif
