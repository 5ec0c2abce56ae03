/*
 * chat_login: judges a name and a password, in two halves, so that another process can compute the
 * hash in between.
 */
#ifndef KABAR_CHAT_LOGIN_H
#define KABAR_CHAT_LOGIN_H

#include "chat/user.h"

/* A login on its way. It holds secrets: chat_login_wipe() it. */
struct chat_login {
	enum chat_result found; /* CHAT_OK or CHAT_NO_USER */
	struct chat_user user;
	char password[PASSWORD_MAX_BYTES + 1];
	bool possible; /* any account could have this password; else it is "" */
	char hash[PASSWORD_HASH_SIZE];
};

/*
 * Looks up what a login is compared with. CHAT_OK, also for a name without an account: the hash is
 * to be computed all the same (password_try). CHAT_FAILED: nothing is.
 */
enum chat_result chat_login_begin(struct chat *, struct chat_text name, struct chat_text password,
    struct chat_login *);
/*
 * What became of it, from the result of password_try(): CHAT_OK, CHAT_NO_USER, CHAT_BAD_PASSWORD,
 * CHAT_LOCKED (only with the right password).
 */
enum chat_result chat_login_end(const struct chat_login *, bool right);
/*
 * Keeps a hash that password_try() made anew, and ends sessions that an interrupted change of the
 * password has left. Only after CHAT_OK; a failure is logged, and tried again at the next login.
 */
void chat_login_renew(struct chat *, const struct chat_login *, const char *fresh);
void chat_login_wipe(struct chat_login *);

/* All of it in this process. As chat_login_end(), or CHAT_FAILED. */
enum chat_result chat_login_check(struct chat *, struct chat_text name, struct chat_text password,
    struct chat_user *);

#endif
