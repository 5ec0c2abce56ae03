/*
 * chat_permit: what those who speak over a bound connection to the committer may change. The worker
 * that has such a connection may be in a stranger's hands; so the committer asks here before it
 * does anything.
 */
#ifndef KABAR_CHAT_PERMIT_H
#define KABAR_CHAT_PERMIT_H

#include "store/permit.h"

/* The kinds of struct store_principal. */
enum {
	CHAT_PRINCIPAL_USER = 1, /* the id of a user */
	CHAT_PRINCIPAL_PEER,     /* the id of a peer, whose realm has proved its key */
	CHAT_PRINCIPAL_SERVER    /* the id of a peer that is an older server */
};

/* The function of struct store_options, see store/permit.h. */
bool chat_permit(struct store *, const struct store_principal *, const struct store_step *,
    unsigned int n, unsigned int *refused);

#endif
