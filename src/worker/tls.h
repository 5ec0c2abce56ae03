/* worker_tls: TLS for those who connect: which certificate a listener shows. */
#ifndef KABAR_LISTEN_TLS_H
#define KABAR_LISTEN_TLS_H

#include <stdbool.h>
#include <stddef.h>

#include "config/config.h"

struct tls;

/* Whether TLS is spoken there: where the configuration says so, and always with other realms. */
bool worker_tls_wanted(const struct config_listen *);
/*
 * Reads certificate and key of a listener, or the realm's own. What comes of it is good for any
 * number of connections (stream_accept), in any child of this process. NULL with a sentence in
 * error.
 */
struct tls *worker_tls_new(const struct config *, const struct config_listen *, char *error,
    size_t size);
void worker_tls_free(struct tls *);

#endif
