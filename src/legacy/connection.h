/*
 * legacy_connection: the plain TCP connection for messages to a legacy peer, and the time limits of
 * a reply on it. It is kept if the peer keeps it, or made anew for each request.
 */
#ifndef KABAR_LEGACY_CONNECTION_H
#define KABAR_LEGACY_CONNECTION_H

#include "legacy/state.h"

/* Whether the connection is there; otherwise it is being dialled, or the link was dropped. */
bool legacy_connection_up(struct bridge_link *);
/* Goes on with dialling. False: the link was dropped. */
bool legacy_connection_dial(struct bridge_link *, short got, int64_t tick_ms);
/* Closes the connection. The link stays up, and dials again for the next request. */
void legacy_connection_close(struct bridge_link *);

/* A request was written: its reply is due. */
void legacy_connection_await(struct bridge_link *, enum legacy_request);
/* Bytes have come: the peer gets more time. */
void legacy_connection_alive(struct bridge_link *);
/* Drops the link if the reply is overdue and the peer takes no more of the request either. */
void legacy_connection_check_time(struct bridge_link *);

#endif
