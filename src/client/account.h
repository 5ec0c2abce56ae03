/*
 * client_account: an account at a server, under a name of the user's own choice: where the server
 * is, how it is spoken to, and the token of the session. It is kept in the state, mode 0600, from
 * login to logout. What a person writes about accounts is left to client_settings.
 */
#ifndef KABAR_CLIENT_ACCOUNT_H
#define KABAR_CLIENT_ACCOUNT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/name.h"
#include "base/token.h"
#include "client/known_keys.h"

#define CLIENT_HOST_MAX        256 /* with its NUL, as the other sizes here */
#define CLIENT_DIALECT_MAX     16
#define CLIENT_PORT_DEFAULT    8889
#define CLIENT_DIALECT_DEFAULT "realm"

struct client_account {
	char name[NAME_MAX_BYTES + 1];
	char user[NAME_MAX_BYTES + 1]; /* "": not known */
	char host[CLIENT_HOST_MAX];    /* "": not known */
	uint16_t port;
	bool tls;
	char dialect[CLIENT_DIALECT_MAX];     /* a name that client_dialect knows */
	char token[TOKEN_TEXT_LEN + 1];       /* "": not logged in */
	char fingerprint[CLIENT_FINGERPRINT]; /* that the server has shown then; "": none, not known
	                                       */
};

/* Whether an account may have this name: a valid name, so that a file can be called so. */
bool client_account_name_valid(const char *name);
/*
 * Reads what was kept. 1; 0: there is nothing of this name, and only the name and what is so by
 * default are set; -1 with errno, EINVAL: what is there is no account.
 */
int client_account_load(const char *name, struct client_account *);
/* Keeps all of it under its name. 0, or -1 with errno. */
int client_account_save(const struct client_account *);
/*
 * Reads "[user@]host[:port]" ("[::1]:8889" of IPv6) into the fields; user and port are as before
 * where they are not told, and no fingerprint is known. False: it is no such thing.
 */
bool client_account_address(struct client_account *, const char *text);
/*
 * Whether TLS is spoken with this server where nobody has said otherwise: always, but with one on
 * this machine ("localhost", "127.0.0.1", "::1") whose key is not known.
 */
bool client_account_default_tls(const char *host, uint16_t port);

#endif
