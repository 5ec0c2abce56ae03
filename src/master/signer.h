/*
 * master_signer: the process that has the private keys of the listeners, and alone signs with them.
 * The master has an end of a socket pair, over which it sends a socket for each client in TLS: what
 * is asked there is signed with the key of that listener, once. So a worker cannot choose the key,
 * and has nothing to ask with after its handshake.
 */
#ifndef KABAR_MASTER_SIGNER_H
#define KABAR_MASTER_SIGNER_H

#include <sys/types.h>

#include <stddef.h>
#include <stdint.h>

#include "config/config.h"

/* A zeroed one is not started. */
struct master_signer {
	pid_t pid; /* 0: there is none */
	int fd;
	uint64_t stamp; /* worker_tls_stamp() before it read the keys */
};

/*
 * Starts one with the keys of all listeners that speak TLS, in their order, and waits until it has
 * read them, so many ms at most. 0, or -1 with a sentence in error and nothing to stop: one that
 * was too slow has been killed, and is yet to be reaped.
 */
int master_signer_start(struct master_signer *, const struct config *, int64_t limit_ms,
    char *error, size_t size);
/*
 * The end of a socket for tls_key_ask_at(), for the key of this number. -1 with errno set; EAGAIN:
 * the signer is busy.
 */
int master_signer_open(const struct master_signer *, unsigned int number);
/* It ends when those who may still ask have gone. Nobody waits for that. */
void master_signer_stop(struct master_signer *);

/*
 * What the signer does when it has read the keys: confines this process for good, and gives up all
 * capabilities. 0, or -1 with a sentence in error.
 */
int master_signer_confine(const struct config *, char *error, size_t size);

#endif
