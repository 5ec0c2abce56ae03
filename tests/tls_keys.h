/*
 * tls_keys: for tests of private keys: pairs of any kind in PEM files, and what of a private key
 * could lie in a memory.
 */
#ifndef TLS_KEYS_H
#define TLS_KEYS_H

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>

enum tls_keys_kind { TLS_KEYS_EC, TLS_KEYS_RSA, TLS_KEYS_KINDS };

#define TLS_KEYS_PARTS  16
#define TLS_KEYS_SECRET 64 /* bytes at most */

/* Bytes that only who has the secret can have. */
struct tls_keys_part {
	char name[16];
	unsigned char data[TLS_KEYS_SECRET];
	size_t len;
};

/* Makes realm.key and realm.crt in a directory. Fails the running test by itself. */
void tls_keys_make(const char *dir, enum tls_keys_kind);
/*
 * Of the key in a directory: its private numbers in both orders of bytes, and a line of the PEM
 * file. How many they are.
 */
size_t tls_keys_parts(const char *dir, struct tls_keys_part parts[TLS_KEYS_PARTS]);
/* Whether all memory of a process could be read. *found becomes whether the part is in it. */
bool tls_keys_search(pid_t, const struct tls_keys_part *, bool *found);

#endif
