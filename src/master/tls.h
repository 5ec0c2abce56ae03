/*
 * master_tls: the certificates of all listeners, read once for all workers, and the process that
 * has their keys.
 */
#ifndef KABAR_MASTER_TLS_H
#define KABAR_MASTER_TLS_H

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/config.h"
#include "master/signer.h"

struct tls;

struct master_tls {
	size_t n;
	struct {
		char name[sizeof(((struct config_listen *)0)->name)]; /* of the section */
		struct tls *tls;
	} * listeners;               /* those that speak TLS */
	struct master_signer signer; /* where none does, none is started */
	int64_t busy_since_ms;       /* it has taken no socket since then, monotonic; 0: it has */
	int64_t started_ms;          /* monotonic */
	int64_t pause_ms;            /* between its last death and the next one */
	int64_t due_ms;              /* monotonic */
};

/* 0, or -1 with a sentence in error and nothing to close. */
int master_tls_open(struct master_tls *, const struct config *, char *error, size_t size);
/* Leaves an empty one. */
void master_tls_close(struct master_tls *);
/*
 * The certificate that a listener shows to its clients; NULL: it is plain. *signer becomes the way
 * to its key, for one handshake, to be closed by the caller; -1: there is none now, errno says why.
 */
struct tls *master_tls_of(struct master_tls *, const struct config_listen *, int *signer);

/* The end of a child: whether it was the signer. Another one is started by master_tls_run(). */
bool master_tls_reaped(struct master_tls *, pid_t, int status);
/* The ms until a signer is to be started again, or `most`. */
int64_t master_tls_wait_ms(const struct master_tls *, int64_t most);
/* Reads all anew when the signer is lacking: its keys have to be those of the certificates. */
void master_tls_run(struct master_tls *, const struct config *);

#endif
