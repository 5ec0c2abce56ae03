/* master_tls: the certificates of all listeners, read once for all workers. */
#ifndef KABAR_MASTER_TLS_H
#define KABAR_MASTER_TLS_H

#include <stddef.h>

#include "config/config.h"

struct tls;

struct master_tls {
	size_t n;
	struct {
		char name[sizeof(((struct config_listen *)0)->name)]; /* of the section */
		struct tls *tls;
	} * listeners; /* those that speak TLS */
};

/* 0, or -1 with a sentence in error and nothing to close. */
int master_tls_open(struct master_tls *, const struct config *, char *error, size_t size);
/* Leaves an empty one. */
void master_tls_close(struct master_tls *);
/* The certificate that a listener shows to its clients; NULL: it is plain. */
struct tls *master_tls_of(const struct master_tls *, const struct config_listen *);

#endif
