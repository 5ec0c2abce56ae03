/*
 * client_settings: what a person has written in $XDG_CONFIG_HOME/kabar/config, which the program
 *never writes. Accounts there say how to log in; what a login has made of them is left to
 *client_account.
 *
 *	use = "work"                  # the account without -a
 *	bell = off                    # ring for messages
 *	notify = off                  # tell the terminal of them (OSC 9)
 *	account "work" {
 *		address = "henderson@chat.example:8889"
 *		tls = on
 *		dialect = "realm"
 *		fingerprint = "SHA256:..."
 *	}
 */
#ifndef KABAR_CLIENT_SETTINGS_H
#define KABAR_CLIENT_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>

#include "client/account.h"
#include "client/known_keys.h"

#define CLIENT_SETTINGS_ACCOUNTS 64
#define CLIENT_ACCOUNT_DEFAULT   "default" /* its name where none is told */

struct client_settings_account {
	struct client_account account; /* no token; host "" where no address is told */
	bool tls_told;
	char fingerprint[CLIENT_FINGERPRINT]; /* "": not told */
};

struct client_settings {
	char use[NAME_MAX_BYTES + 1];
	bool bell;
	bool notify;
	struct client_settings_account accounts[CLIENT_SETTINGS_ACCOUNTS];
	size_t n_accounts;
};

/* Reads the file; without one all is as by default. 0, or -1 with a sentence in error. */
int client_settings_load(struct client_settings *, char *error, size_t size);
/* The account of this name, or NULL. */
const struct client_settings_account *client_settings_find(const struct client_settings *,
    const char *name);
/*
 * The settings of this account that hold for the server that it now names: those that tell an
 * address hold for that host and port alone. NULL: there are none.
 */
const struct client_settings_account *client_settings_of(const struct client_settings *,
    const struct client_account *);
/*
 * Writes the fingerprint that the account's server must show: that of the settings, or, if no key
 * of it is known, that of the last login. "": any that known_keys believes.
 */
void client_settings_fingerprint(const struct client_settings *, const struct client_account *,
    char fingerprint[CLIENT_FINGERPRINT]);

#endif
