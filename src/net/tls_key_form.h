/*
 * tls_key_form: the forms of what a handshake of TLS has signed: digests of SHA-256, SHA-384 or
 * SHA-512, and for RSA what surrounds them. What has another form is not signed: it could be what
 * others have encrypted for the key, or blinded.
 */
#ifndef KABAR_TLS_KEY_FORM_H
#define KABAR_TLS_KEY_FORM_H

#include <stdbool.h>
#include <stddef.h>

/* Whether a digest can have this length, in bytes. */
bool tls_key_form_is_digest(size_t len);
/* Whether this is a DigestInfo of PKCS #1. */
bool tls_key_form_is_digest_info(const unsigned char *data, size_t len);

/* MGF1 of a seed, with the hash whose digests have its length. False: it has failed. */
typedef bool tls_key_form_mask(unsigned char *mask, size_t len, const unsigned char *seed,
    size_t seed_len);

/*
 * Whether PSS made this block for a modulus of so many bits, with a salt as long as the digest, as
 * TLS has it. A block that it has not made passes with a chance of 2^-120 at most.
 */
bool tls_key_form_is_pss(const unsigned char *block, size_t len, size_t bits, tls_key_form_mask *);

#endif
