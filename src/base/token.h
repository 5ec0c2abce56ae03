/*
 * Session tokens: making them, telling them from other words, and the hash under which they are
 * stored. Whose token it is and how long it lives is left to chat.
 */
#ifndef KABAR_TOKEN_H
#define KABAR_TOKEN_H

#include <stdbool.h>
#include <stddef.h>

#define TOKEN_TEXT_LEN 36
#define TOKEN_HASH_LEN 32

/* Writes a new random version 4 UUID (RFC 4122), lower case, ended by NUL. */
void token_make(char text[TOKEN_TEXT_LEN + 1]);

/* Whether s has the text form of a version 4 UUID, in any case. It need not be one of ours. */
bool token_looks(const char *s, size_t len);

/* Whether two texts are the same token, in a time that does not tell how much of them is. */
bool token_same(const char a[TOKEN_TEXT_LEN], const char b[TOKEN_TEXT_LEN]);

/*
 * Writes the SHA-256 of the token's lower-case text. Only this is ever stored, so that a reader of
 * the store cannot take over a session. text need not end in NUL.
 */
void token_hash(const char text[TOKEN_TEXT_LEN], unsigned char hash[TOKEN_HASH_LEN]);

#endif
