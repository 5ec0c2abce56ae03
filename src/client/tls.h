/* client_tls: how the client speaks TLS. Whom it believes is left to client_connection. */
#ifndef KABAR_CLIENT_TLS_H
#define KABAR_CLIENT_TLS_H

#include <stddef.h>

struct tls_config;

/*
 * A configuration that takes any certificate, for stream_dial(): the fingerprint is to be judged
 * when the handshake is done. NULL with a sentence in error.
 */
struct tls_config *client_tls_new(char *error, size_t size);
/* Gives it back; NULL is nothing. */
void client_tls_free(struct tls_config *);

#endif
