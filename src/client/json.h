/*
 * client_json: what a server sent as JSON, read with bounds, and its members. Nothing in it is to
 * be trusted: a member may be missing or of another type, and a text is not yet fit for a terminal.
 */
#ifndef KABAR_CLIENT_JSON_H
#define KABAR_CLIENT_JSON_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CLIENT_JSON_DEPTH  32      /* objects and arrays in each other */
#define CLIENT_JSON_VALUES 1000000 /* in one text; each costs some hundred bytes of memory */

/*
 * Reads an object, which the caller gives back with json_decref(). NULL: it is no object of JSON,
 * or beyond the bounds.
 */
json_t *client_json_read(const char *text, size_t len);

/* A member's text, or "" where it has none; *len may be NULL, the text then ends at a NUL. */
const char *client_json_text(const json_t *object, const char *key, size_t *len);
/* A member's whole number that is not negative, or 0. */
uint64_t client_json_number(const json_t *object, const char *key);
bool client_json_true(const json_t *object, const char *key);
/* Whether a member is the text. */
bool client_json_is(const json_t *object, const char *key, const char *text);

#endif
