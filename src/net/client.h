/* client: a connection that was accepted, as the process that serves it is handed it. */
#ifndef KABAR_CLIENT_H
#define KABAR_CLIENT_H

#include <sys/types.h>

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct auth_client;
struct config_listen;
struct limits;
struct tls;

/* The descriptors, texts and the TLS context stay their owner's. */
struct client {
	int in_fd;       /* a connected socket; or a pair of pipes */
	int out_fd;      /* the same as in_fd for a socket */
	struct tls *tls; /* the server's side of TLS (worker_tls_new); NULL: plain */
	const struct config_listen *listener; /* that accepted it, or whose settings hold */
	const char *dialect; /* a name that dialect_find knows, or CONFIG_DIALECT_PEER */
	const char *address; /* numeric, without the port; for logs and the scoreboard */
	uint16_t port;
	/* A list, as of address_list_has(), that the client is in: it is a proxy; NULL: it is none.
	 */
	const char *trusted_proxy;
	uint64_t connection;      /* a number of its own, for logs */
	struct auth_client *auth; /* the gate; NULL: this process asks the store itself */
	/* As that of struct chat. */
	int (*start_bridge)(const char *state);
	struct limits *limits; /* where refusals are counted; NULL: nowhere */
	atomic_uchar *known;   /* becomes 1 with the login, once; NULL: nobody asks */
	bool exempt;           /* from limits on rates: a client of this machine */
	uid_t
	    worker_uid; /* of the user to become before the first byte is read; 0: stays as it is */
	int master_fd;  /* readable or at its end when the master has gone; -1: there is none */
};

#endif
