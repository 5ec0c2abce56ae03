/*
 * tls_key: private keys of TLS that another process has. The process that shakes hands has the
 * certificate and a key without its private half; libtls takes that for a key, and where it is to
 * sign, the signer is asked through a socket. One half of this file is the signer's, the other one
 * is for those who shake hands.
 */
#ifndef KABAR_TLS_KEY_H
#define KABAR_TLS_KEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TLS_KEY_DATA_MAX 2048 /* bytes: a signature by RSA with 16384 bits */

struct tls;
struct tls_config;
struct tls_key;

enum tls_key_scheme {
	TLS_KEY_ECDSA = 1, /* signs a digest */
	TLS_KEY_RSA_PKCS1, /* signs the DER form of a digest, which gets the padding of PKCS #1 */
	TLS_KEY_RSA_RAW    /* signs a block that has its padding by PSS */
};

/* A packet each way. */
struct tls_key_request {
	uint32_t scheme;
	uint32_t len;
	unsigned char data[TLS_KEY_DATA_MAX];
};
struct tls_key_reply {
	uint32_t len; /* 0: there is no signature */
	unsigned char data[TLS_KEY_DATA_MAX];
};

/*
 * Reads a private key: RSA, or of an elliptic curve with ECDSA. NULL with a sentence in error.
 * Given back by tls_key_free().
 */
struct tls_key *tls_key_load(const char *path, char *error, size_t size);
void tls_key_free(struct tls_key *);
/*
 * Checks a request of `size` bytes from a stranger, and its form (tls_key_form); signs, or says
 * that it does not.
 */
void tls_key_sign(const struct tls_key *, const struct tls_key_request *, size_t size,
    struct tls_key_reply *);

/*
 * Sets a certificate and a key without its private half. The context then has to be configured by
 * tls_key_configure(). 0, or -1 with a sentence in error.
 */
int tls_key_set_absent(struct tls_config *, const char *certificate, char *error, size_t size);
/* As tls_configure(), for a configuration whose key is absent. */
int tls_key_configure(struct tls *, struct tls_config *);

/*
 * The socket of packets to the signer, from here on this file's: the next signature is asked for
 * there, and then it is closed, for a handshake needs no second one. -1: no signer.
 */
void tls_key_ask_at(int fd);
/* Closes it, asked or not: the handshake is over. */
void tls_key_ask_no_more(void);
/*
 * While the signer is waited for, signals are let in (signals_poll), and what this function says
 * after one counts: true, and the handshake fails. NULL: for as long as it takes.
 */
void tls_key_ask_until(bool (*over)(void));
/* Whether the signer was asked, and has hung or died. */
bool tls_key_is_unanswered(void);

#endif
