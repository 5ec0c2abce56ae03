/*
 * peer: serves another realm that delivers its messages here: one link, from the first byte to the
 * end of the connection, as worker serves a client. kabar-peering(7) has the protocol.
 */
#ifndef KABAR_PEER_H
#define KABAR_PEER_H

#include "worker/worker.h"


/*
 * As worker_main(), for a client whose TLS is peering_tls_server()'s. The log has its tag already.
 */
int peering_worker_main(const struct config *, const struct worker_client *);

#endif
