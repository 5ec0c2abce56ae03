/*
 * realm_key: the key pair by which other realms know this one, and its self-signed certificate.
 */
#ifndef KABAR_REALM_KEY_H
#define KABAR_REALM_KEY_H

#include <stddef.h>
#include <stdio.h>

#define REALM_KEY_PATH        1152
#define REALM_KEY_FINGERPRINT 72 /* "SHA256:", 64 lower-case hex digits and NUL */

/*
 * The files in a state directory: realm.key (mode 0600) and realm.crt, both PEM. Inline, so that a
 * program that only names them needs no libcrypto.
 */
static inline void
realm_key_paths(const char *state, char key[REALM_KEY_PATH], char certificate[REALM_KEY_PATH])
{
	snprintf(key, REALM_KEY_PATH, "%s/realm.key", state);
	snprintf(certificate, REALM_KEY_PATH, "%s/realm.crt", state);
}

/*
 * Makes both unless they are there: ECDSA over P-256, the certificate valid for as long as
 * certificates can be, its subject the realm's name. 0, or -1 with a sentence in error.
 */
int realm_key_make(const char *state, const char *realm, char *error, size_t size);

/*
 * The certificate's fingerprint as tls_peer_cert_hash gives it: of its DER form. 0, or -1 with a
 * sentence in error.
 */
int realm_key_fingerprint(const char *state, char fingerprint[REALM_KEY_FINGERPRINT], char *error,
    size_t size);

#endif
