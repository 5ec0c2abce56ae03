/*
 * Password hashes: yescrypt through libxcrypt. Where the hashes are kept, and what follows from
 * a wrong password, is left to others.
 */
#ifndef KABAR_PASSWORD_H
#define KABAR_PASSWORD_H

#include <stdbool.h>
#include <stddef.h>

/* The longest password: libxcrypt's limit of 512 bytes counts the NUL. */
#define PASSWORD_MAX_BYTES 511

/* Room that is enough for any hash, its NUL counted. */
#define PASSWORD_HASH_SIZE 384

/* The cost of a hash, as crypt(5) counts it for yescrypt: each step doubles time and memory. */
#define PASSWORD_COST_MIN     1
#define PASSWORD_COST_MAX     11
#define PASSWORD_COST_DEFAULT 5

/*
 * Hashes password with a new random salt into out, ended by NUL. Returns 0; -1 with errno set when
 * the password is longer than PASSWORD_MAX_BYTES, the cost out of range, size too small
 * (PASSWORD_HASH_SIZE always suffices) or memory short; out is then an empty string.
 */
int password_hash(const char *password, int cost, char *out, size_t size);

/*
 * Whether password is the one that was hashed: 1 yes, 0 no, -1 with errno set if the hash is
 * malformed or memory short. A password longer than PASSWORD_MAX_BYTES never is, and is
 * found wrong no sooner than any other.
 */
int password_check(const char *password, const char *hash);

/* Whether it is a hash that password_check() understands, by whatever method of crypt(5) but DES.
 */
bool password_hash_valid(const char *hash);

/*
 * Spends the time of password_check() with a hash of this cost, so that an unknown user is
 * refused no faster than a wrong password. A cost out of range is taken as the nearest in range.
 */
void password_waste(int cost);

/*
 * Judges a login. It takes the time of one hash of `cost`, whatever is wrong: no account or no hash
 * (hash is ""), a password that none can be (NULL), a wrong one, or a hash of a lower cost. A hash
 * of a higher cost, or of another method than yescrypt, takes longer. 1: the password is right; 0:
 * it is wrong. If it is right and the hash not of this cost, fresh is a new one that is, which
 * takes the time once more; else "".
 */
int password_try(const char *password, const char *hash, int cost, char fresh[PASSWORD_HASH_SIZE]);

#endif
