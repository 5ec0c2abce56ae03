/*
 * chat_user: accounts: their records, finding, making and changing them. The hashes of
 * passwords are in chat/password, logins in chat/login.
 */
#ifndef KABAR_CHAT_USER_H
#define KABAR_CHAT_USER_H

#include "chat/chat.h"
#include "chat/owner.h"
#include "chat/set.h"

struct chat_invitation;

struct chat_user {
	uint64_t id; /* never used again, not even after the account is gone */
	char name[NAME_MAX_BYTES + 1];
	char fullname[CHAT_FULLNAME_MAX + 1];
	char country[CHAT_COUNTRY_MAX + 1];
	bool admin;
	bool locked;
	bool guest;         /* a passing account without a password (chat/user_guest.h) */
	uint32_t epoch;     /* changes with the password and at locking: older sessions end */
	int64_t created_ms; /* since 1970 */
	uint64_t quota;     /* bytes of the files that the user may have sent; 0: as configured */
};

/* The record of an account, as CHAT_TABLE_USERS has it. False: damaged. */
#define CHAT_USER_RECORD CHAT_OWNER_RECORD
size_t chat_user_pack(unsigned char data[CHAT_USER_RECORD], const struct chat_user *);
bool chat_user_parse(struct chat_user *, uint64_t id, const void *value, size_t len);

/* Adds the steps that turn a record, which is expected to be `before`, into another. */
void chat_user_tx_change(struct store_tx *, const struct chat_user *before,
    const struct chat_user *after);
/* The ids of all accounts of guests. */
struct chat_set chat_user_guests(void);

/* CHAT_OK, CHAT_NO_USER or CHAT_FAILED. */
enum chat_result chat_user_find(struct chat *, struct chat_text name, struct chat_user *);
enum chat_result chat_user_get(struct chat *, uint64_t id, struct chat_user *);

/*
 * Makes an account from the name, fullname, country and admin of *user; the rest is filled in.
 * CHAT_USER_EXISTS; CHAT_BAD_ARGUMENT for a name that is not valid or reserved, an empty or too
 * long password, texts that are not UTF-8 without control characters. A name that is taken costs as
 * much time as a free one.
 */
enum chat_result chat_user_add(struct chat *, struct chat_user *user, const char *password);

/*
 * The same for an account from elsewhere: takes the hash of its password ("" lets nobody in),
 * locked, guest and created_ms. CHAT_BAD_ARGUMENT also for a hash that is not valid; CHAT_TOO_MANY:
 * there are guests_max guests.
 */
enum chat_result chat_user_import(struct chat *, struct chat_user *user, const char *hash);

/*
 * The same two for somebody who brings a code of these letters: the account and the use of the code
 * are one transaction. CHAT_NO_INVITATION, before anything is said about the name. letters is NULL:
 * no code is needed.
 */
enum chat_result chat_user_add_invited(struct chat *, struct chat_user *user, const char *password,
    const char *letters);
enum chat_result chat_user_import_invited(struct chat *, struct chat_user *user, const char *hash,
    const char *letters);

/*
 * Looks for the invitation of a code, as chat_invitation_find(); one that a user has made is none
 * while that account is locked, or when it is gone.
 */
enum chat_result chat_user_invitation(struct chat *, const char *letters, struct chat_invitation *);

/* Whether an account may have such a name, full name and country. */
bool chat_user_valid(const struct chat_user *);
/* Whether chat_user_add takes an account with these fields: CHAT_OK or CHAT_BAD_ARGUMENT. */
enum chat_result chat_user_judge(const struct config *, const struct chat_user *,
    const char *password);

/*
 * Reads the account, lets `change` alter it and writes it back; tries again if another process was
 * faster. id, name, guest and created_ms must stay. Locking an account ends its sessions.
 */
typedef void chat_user_change(struct chat_user *, void *arg);
enum chat_result chat_user_alter(struct chat *, struct chat_text name, chat_user_change *change,
    void *arg);
enum chat_result chat_user_alter_id(struct chat *, uint64_t id, chat_user_change *change,
    void *arg);
/*
 * Sets a new password and ends all sessions. CHAT_BAD_ARGUMENT, CHAT_NO_USER; CHAT_FORBIDDEN: it is
 * a guest's account, as also for chat_user_rehash().
 */
enum chat_result chat_user_passwd(struct chat *, struct chat_text name, const char *password);

/*
 * The same with the hash of a new password, of an account as it was read, which is read anew then.
 * The workers are not told that sessions have ended: the caller does that (chat_push_session).
 * CHAT_BAD_PASSWORD: another process has changed the password, or locked the account, meanwhile.
 */
enum chat_result chat_user_rehash(struct chat *, struct chat_user *, const char *hash);

/* Every account, in no order, until visit returns non-zero. */
enum chat_result chat_user_each(struct chat *, int (*visit)(void *arg, const struct chat_user *),
    void *arg);

#endif
