/*
 * peering_tls: TLS as realms speak it among themselves: 1.2 or later, each side shows its realm's
 * key, no authority is asked. Its fingerprint tells which realm the other side is
 * (stream_peer_fingerprint).
 */
#ifndef KABAR_PEER_TLS_H
#define KABAR_PEER_TLS_H

#include <stddef.h>

struct tls;
struct tls_config;

/*
 * For the side that dials (stream_dial), with the realm's key of the state directory, which is
 * read now; one serves all links. NULL with a sentence in error. Given back by tls_config_free().
 */
struct tls_config *peering_tls_client(const char *state, char *error, size_t size);

/*
 * For the side that accepts (stream_accept), with the same key, good for any number of links. It
 * demands a certificate, of whatever kind: without, the handshake fails. NULL with a sentence in
 * error. Given back by tls_free().
 */
struct tls *peering_tls_server(const char *state, char *error, size_t size);
/* The same with the certificate alone: for a process that asks a signer (tls_key_ask_at). */
struct tls *peering_tls_server_without_key(const char *state, char *error, size_t size);

#endif
