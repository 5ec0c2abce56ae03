/*
 * chat_permit: what those who speak over a bound connection to the committer may change. The worker
 * that has such a connection may be in a stranger's hands; so the committer asks chat_permit()
 * (chat.h) before it does anything. A step that no rule allows is forbidden.
 */
#ifndef KABAR_CHAT_PERMIT_H
#define KABAR_CHAT_PERMIT_H

#include "chat/chat.h"

/* The kinds of struct store_principal. */
enum {
	CHAT_PRINCIPAL_USER = 1, /* the id of a user */
	CHAT_PRINCIPAL_PEER,     /* the id of a peer, whose realm has proved its key */
	CHAT_PRINCIPAL_SERVER    /* the id of a peer that is an older server */
};

#endif
