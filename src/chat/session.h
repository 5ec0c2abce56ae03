/*
 * chat_session: a login makes a token, which stands for the user on any connection until logout or
 * expiry. Only hashes of tokens are stored.
 */
#ifndef KABAR_CHAT_SESSION_H
#define KABAR_CHAT_SESSION_H

#include "base/token.h"
#include "chat/chat.h"
#include "chat/user.h"

struct chat_session {
	struct chat_user user; /* as it was when the session was looked up */
	char token[TOKEN_TEXT_LEN + 1];
};

/* Opens a session for a user who has logged in or registered. CHAT_OK, or a failure. */
enum chat_result chat_session_open(struct chat *, const struct chat_user *, struct chat_session *);
/*
 * Opens the session of a token anew, for the same user, after a change of the password has ended
 * it. CHAT_OK, CHAT_NO_SESSION or a failure.
 */
enum chat_result chat_session_reopen(struct chat *, const struct chat_user *,
    struct chat_session *);
/*
 * Finds the session of a token and notes its use, at least once a day. CHAT_OK, CHAT_NO_SESSION or
 * CHAT_FAILED.
 */
enum chat_result chat_session_find(struct chat *, struct chat_text token, struct chat_session *);
/* Ends a session on all connections. CHAT_OK, or a failure. */
enum chat_result chat_session_close(struct chat *, const struct chat_session *);
/*
 * Ends a session whose token no other client knows, without waiting until that is durable: after a
 * crash it may stay until it expires.
 */
void chat_session_drop(struct chat *, const struct chat_session *);
/* The user of a session's record, as CHAT_TABLE_TOKENS has it. False: damaged. */
bool chat_session_parse(const void *value, size_t len, uint64_t *user);
/* Whether a record is that of a session that this user opens now. */
bool chat_session_opens(const void *value, size_t len, const struct chat_user *);
/* Whether a record is that of the same session after another use. */
bool chat_session_renews(const void *before, size_t before_len, const void *after, size_t len);
#define CHAT_SESSION_RECORD 64 /* bytes */
/* Removes expired tokens and counts them. CHAT_OK, or a failure. */
enum chat_result chat_session_expire(struct chat *, size_t *count);

#endif
