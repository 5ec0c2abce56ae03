/*
 * chat_session: tokens: a login makes one, and it stands for the user on any connection until
 * logout or expiry. Only hashes of tokens are stored.
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

/* Logs a user in whose password is right; see chat_user_check for the results. */
enum chat_result chat_session_login(struct chat *, struct chat_text name, struct chat_text password,
    struct chat_session *);
/* Makes a token for a user without asking for the password, as after registering. */
enum chat_result chat_session_open(struct chat *, const struct chat_user *, struct chat_session *);
/* Whose token this is. CHAT_OK, CHAT_NO_SESSION or CHAT_FAILED. Notes its use once a day. */
enum chat_result chat_session_find(struct chat *, struct chat_text token, struct chat_session *);
/* Ends it for all connections. */
enum chat_result chat_session_close(struct chat *, const struct chat_session *);
/*
 * The same where nobody else knows the token, and without waiting for it: in a crash it may stay
 * until it expires.
 */
void chat_session_drop(struct chat *, const struct chat_session *);
/* The user of a session's record, as CHAT_TABLE_TOKENS has it. False: damaged. */
bool chat_session_parse(const void *value, size_t len, uint64_t *user);
/* Forgets tokens that have expired; *count of them. */
enum chat_result chat_session_expire(struct chat *, size_t *count);

#endif
