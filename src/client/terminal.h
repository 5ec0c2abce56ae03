/* client_terminal: what a person at a terminal is asked. */
#ifndef KABAR_CLIENT_TERMINAL_H
#define KABAR_CLIENT_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Reads a password without echo from the terminal, after the prompt; or one line of the standard
 * input where that is no terminal. False: there is none, or it does not fit.
 */
bool client_terminal_password(const char *prompt, char *password, size_t size);
/* The same, and where a terminal is asked, once more, until both are the same. */
bool client_terminal_new_password(const char *prompt, const char *again, char *password,
    size_t size);

#endif
