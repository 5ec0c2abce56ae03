/*
 * code: short secrets that people read to each other and type, such as k7mq-2f9x-0hwd-8c3n: their
 * making, their reading with the usual mistakes, and the hash under which they are stored. What a
 * code opens is left to others.
 */
#ifndef KABAR_BASE_CODE_H
#define KABAR_BASE_CODE_H

#include <stdbool.h>
#include <stddef.h>

#define CODE_LETTERS  16 /* of 5 random bits each */
#define CODE_TEXT_LEN 19 /* with the dashes between groups of four */
#define CODE_HASH_LEN 32

/* Writes a new random code in groups, lower case, ended by NUL. */
void code_make(char text[CODE_TEXT_LEN + 1]);

/*
 * Reads a code in any case, with dashes and spaces anywhere or none; o is read as 0, i and l as 1.
 * Writes its letters alone, ended by NUL, which stand for the code from there on. False: it is no
 * code, and letters is "".
 */
bool code_read(const char *s, size_t len, char letters[CODE_LETTERS + 1]);

/* Writes the SHA-256 of a code's letters. Only this is ever stored. */
void code_hash(const char letters[CODE_LETTERS], unsigned char hash[CODE_HASH_LEN]);

#endif
