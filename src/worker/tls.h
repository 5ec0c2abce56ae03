/* worker_tls: TLS for those who connect: which certificate a listener shows. */
#ifndef KABAR_LISTEN_TLS_H
#define KABAR_LISTEN_TLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/config.h"

struct tls;
struct tls_key;

/* Whether TLS is spoken there: where the configuration says so, and always with other realms. */
bool worker_tls_wanted(const struct config_listen *);
/*
 * Reads certificate and key of a listener, or the realm's own. What comes of it is good for any
 * number of connections (stream_accept), in any child of this process. NULL with a sentence in
 * error.
 */
struct tls *worker_tls_new(const struct config *, const struct config_listen *, char *error,
    size_t size);
/*
 * The same with the certificate alone: for a process that asks a signer (tls_key_ask_at). And the
 * key, for the signer, which has then been found to belong to the certificate. NULL with a sentence
 * in error. The key is given back by tls_key_free().
 */
struct tls *worker_tls_without_key(const struct config *, const struct config_listen *, char *error,
    size_t size);
struct tls_key *worker_tls_key(const struct config *, const struct config_listen *, char *error,
    size_t size);
void worker_tls_free(struct tls *);
/* A number for all listeners' pairs of files as they are now: another one when they are others. */
uint64_t worker_tls_stamp(const struct config *);

#endif
