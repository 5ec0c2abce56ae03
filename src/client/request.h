/*
 * client_request: lines as a server reads them. What the words mean is left to others.
 */
#ifndef KABAR_CLIENT_REQUEST_H
#define KABAR_CLIENT_REQUEST_H

#include <stdbool.h>
#include <stddef.h>

#include "client/connection.h"

#define CLIENT_LINE_MAX 65536 /* bytes of a line, its end not counted */

/* Whether it can be a word of a line: not empty, without spaces, controls and bytes beyond ASCII.
 */
bool client_request_is_word(const char *);
/* The same of a name of a file, and other words that may have more than ASCII. */
bool client_request_is_name(const char *);
/*
 * Gathers the words of a line, up to the first NULL, and a space; what follows is the caller's, and
 * CR LF. 0; -1: a word cannot be sent, and nothing was gathered.
 */
int client_request_begin(struct client_connection *, const char *const *words);
/*
 * Gathers a line of words, up to the first NULL, and a text behind them (NULL: none), which may
 * have line feeds but no CR LF. 0; -1: a word or the text cannot be sent or all is too long, and
 * nothing was gathered.
 */
int client_request_put(struct client_connection *, const char *const *words, const char *text,
    size_t len);

#endif
