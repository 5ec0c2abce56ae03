/*
 * chat_session: a login makes a token, which stands for the user on any connection until logout or
 * expiry. Only hashes of tokens are stored.
 */
#ifndef KABAR_CHAT_SESSION_H
#define KABAR_CHAT_SESSION_H

#include "base/token.h"
#include "chat/chat.h"
#include "chat/user.h"

#define CHAT_SESSION_ADDRESS 48 /* bytes of an address, with NUL */
#define CHAT_SESSION_PROGRAM 65 /* bytes of the name and version of a program, with NUL */

struct chat_session {
	struct chat_user user; /* as it was when the session was looked up */
	char token[TOKEN_TEXT_LEN + 1];
};

/* What is noted of a session's use. */
struct chat_session_use {
	int64_t used_ms;                    /* since 1970; as exact as it is noted */
	char address[CHAT_SESSION_ADDRESS]; /* from which it was used last, "": not noted */
	char program[CHAT_SESSION_PROGRAM]; /* what the client called itself, "": nothing */
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
/*
 * Notes from where and by which program a session is used (struct chat), if that is another than
 * before or was an hour ago, and puts it into the list of its user's sessions if it is not there.
 * Does not wait, and may fail unseen. To be called once for each connection.
 */
void chat_session_note(struct chat *, const struct chat_session *);
/* Ends a session on all connections. CHAT_OK, or a failure. */
enum chat_result chat_session_close(struct chat *, const struct chat_session *);
/*
 * Ends a session whose token no other client knows, without waiting until that is durable: after a
 * crash it may stay until it expires.
 */
void chat_session_drop(struct chat *, const struct chat_session *);
/*
 * Looks at the session under a hash, as chat_session_find() would find it. CHAT_NO_SESSION also for
 * another user's; CHAT_FAILED.
 */
enum chat_result chat_session_look(struct chat *, const unsigned char hash[TOKEN_HASH_LEN],
    const struct chat_user *, struct chat_session_use *);
/*
 * Ends the session of a user that has this id in the list of the user's sessions, as
 * chat_session_close(). CHAT_BAD_ARGUMENT: it is none; CHAT_NO_SESSION: the user has no such
 * session.
 */
enum chat_result chat_session_end(struct chat *, const struct chat_user *, struct chat_text id);
/*
 * Ends all sessions of a user that are in the list of the user's sessions, on all connections; the
 * user does it, or an administrator. CHAT_NO_SESSION: there are none; or a failure.
 */
enum chat_result chat_session_end_all(struct chat *, const struct chat_user *);
/* The user of a session's record, as CHAT_TABLE_TOKENS has it. False: damaged. */
bool chat_session_parse(const void *value, size_t len, uint64_t *user);
/* Whether a record is that of a session that this user opens now. */
bool chat_session_opens(const void *value, size_t len, const struct chat_user *);
/* Whether a record is that of the same session after another use. */
bool chat_session_renews(const void *before, size_t before_len, const void *after, size_t len);
#define CHAT_SESSION_RECORD 160 /* bytes */
/* Removes expired tokens and counts them. CHAT_OK, or a failure. */
enum chat_result chat_session_expire(struct chat *, size_t *count);

#endif
