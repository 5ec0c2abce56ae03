/*
 * chat_password: the hashes of passwords, apart from the accounts: the file `passwords` of the
 * state directory, which only those processes open that judge or set a password. Computing hashes
 * is left to base/password.
 *
 * The file: a record of 512 bytes for each account, at the account's id times 512: version (u8),
 * epoch (u32), hash (u32 length, bytes), zeros, and in the last 32 bytes the SHA-256 over the id
 * (u64) and all before. Zeros alone are no record.
 */
#ifndef KABAR_CHAT_PASSWORD_H
#define KABAR_CHAT_PASSWORD_H

#include "chat/chat.h"

#define CHAT_PASSWORD_FILE   "passwords"
#define CHAT_PASSWORD_RECORD 512

struct chat_password {
	uint32_t epoch; /* of the account, which gets it after the hash has been written */
	char hash[PASSWORD_HASH_SIZE];
};

/*
 * CHAT_OK; CHAT_NO_USER: the account has no password, hash is ""; CHAT_BAD_ARGUMENT: the record is
 * damaged, hash is ""; CHAT_FAILED: the log says why.
 */
enum chat_result chat_password_read(const struct config *, uint64_t user, struct chat_password *);
/* CHAT_OK: it is on the disk; CHAT_NO_SPACE; CHAT_FAILED: the log says why. */
enum chat_result chat_password_write(const struct config *, uint64_t user,
    const struct chat_password *);
/* Likewise; there need be none. */
enum chat_result chat_password_remove(const struct config *, uint64_t user);
/*
 * Every record, until visit returns non-zero; NULL: it is damaged. A missing file has none. CHAT_OK
 * or CHAT_FAILED.
 */
enum chat_result chat_password_each(const struct config *,
    int (*visit)(void *arg, uint64_t user, const struct chat_password *), void *arg);

#endif
