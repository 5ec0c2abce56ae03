/*
 * screen: the client as a program to live in: conversations on a terminal, or as plain lines where
 * that can do no more.
 */
#ifndef KABAR_CLIENT_SCREEN_SCREEN_H
#define KABAR_CLIENT_SCREEN_SCREEN_H

#include "client/account.h"
#include "client/settings.h"

/*
 * Runs until the user quits; returns an exit status of sysexits. The account may lack its host,
 * user and token: then there is a form to log in, and what it gives is kept in the account's file.
 * The fingerprint (or NULL) is that of the server, as client_connection_open() has it. The locale
 * is set before (client_i18n_start). Standard error is used only when the screen has ended.
 */
int client_screen_run(const struct client_settings *, const struct client_account *,
    const char *fingerprint);

#endif
