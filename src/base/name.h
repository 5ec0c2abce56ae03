/*
 * name: the names of users, groups and realms: which bytes they may hold, which are reserved, and
 * the key by which two of them are the same. The owner of a name is left to chat.
 */
#ifndef KABAR_NAME_H
#define KABAR_NAME_H

#include <stdbool.h>
#include <stddef.h>

#define NAME_MAX_BYTES 64
#define NAME_SERVER    "kabar" /* signs what the server itself says */

/* 1 to NAME_MAX_BYTES bytes of A-Z a-z 0-9 . _ - that do not begin with a dot or a dash. */
bool name_valid(const char *s, size_t len);

/* True for names that nobody may take: those that look like a token, and "kabar" in any case. */
bool name_reserved(const char *s, size_t len);

/*
 * Writes the key under which the name s is compared and stored: its ASCII letters in lower case.
 * out has room for NAME_MAX_BYTES and gets no NUL; of a longer s only that many bytes are folded.
 * Returns the bytes written.
 */
size_t name_fold(const char *s, size_t len, char *out);

/* Whether two names are the same: ASCII letters in any case. */
bool name_same(const char *, const char *);
bool name_same_n(const char *a, size_t a_len, const char *b, size_t b_len);
/* Whether a text fits a mask, in which * is any text and ? any byte: letters as in names. */
bool name_matches(const char *mask, const char *text);

#endif
