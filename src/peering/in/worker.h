/*
 * peering_worker: serves another realm that delivers its messages here: one link, from the first
 * byte to the end of the connection, as worker serves a client.
 */
#ifndef KABAR_PEERING_IN_WORKER_H
#define KABAR_PEERING_IN_WORKER_H

#include "config/config.h"
#include "net/client.h"

/*
 * As worker_main(), for a client whose TLS is peering_tls_server()'s. The log has its tag already.
 */
int peering_worker_main(const struct config *, const struct client *);

#endif
