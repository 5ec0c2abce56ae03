/*
 * edit: the line that is being written: text, cursor, what was cut, and what was written before.
 * Which key does what is keys' to say; drawing is left to others.
 */
#ifndef KABAR_CLIENT_SCREEN_EDIT_H
#define KABAR_CLIENT_SCREEN_EDIT_H

#include <stdbool.h>
#include <stddef.h>

#include "client/screen/wrap.h"

#define CLIENT_SCREEN_EDIT_MAX     16384 /* bytes of a text */
#define CLIENT_SCREEN_EDIT_HISTORY 200   /* texts that are remembered */

enum client_screen_edit_key {
	CLIENT_SCREEN_EDIT_LEFT,
	CLIENT_SCREEN_EDIT_RIGHT,
	CLIENT_SCREEN_EDIT_WORD_LEFT,
	CLIENT_SCREEN_EDIT_WORD_RIGHT,
	CLIENT_SCREEN_EDIT_HOME, /* of the line, then of the text */
	CLIENT_SCREEN_EDIT_END,
	CLIENT_SCREEN_EDIT_UP, /* a line, or to the text written before */
	CLIENT_SCREEN_EDIT_DOWN,
	CLIENT_SCREEN_EDIT_BACKSPACE,
	CLIENT_SCREEN_EDIT_DELETE,
	CLIENT_SCREEN_EDIT_KILL_WORD_BACK,
	CLIENT_SCREEN_EDIT_KILL_WORD,
	CLIENT_SCREEN_EDIT_KILL_TO_START,
	CLIENT_SCREEN_EDIT_KILL_TO_END,
	CLIENT_SCREEN_EDIT_YANK,
	CLIENT_SCREEN_EDIT_TRANSPOSE,
	CLIENT_SCREEN_EDIT_OLDER,
	CLIENT_SCREEN_EDIT_NEWER,
};

struct client_screen_edit {
	char *text; /* ended by a NUL; NULL: empty */
	size_t len;
	size_t room;
	size_t cursor;
	char *killed; /* what was cut last; NULL: nothing */
	size_t killed_len;
	bool killing; /* the key before this one cut, too: the two make one */
	char **history;
	size_t n_history;
	size_t shown; /* of the history; n_history: what is being written */
	char *draft;  /* that, while the history is shown */
};

/* All zero is an empty line. */
void client_screen_edit_free(struct client_screen_edit *);
/* The text, "" at the beginning. Valid until the next change. */
const char *client_screen_edit_text(const struct client_screen_edit *);
/* Inserts at the cursor; false where the text would be longer than allowed, and nothing is done. */
bool client_screen_edit_insert(struct client_screen_edit *, const char *, size_t len);
/* Replaces the bytes from start to the cursor, as completion does. */
bool client_screen_edit_replace(struct client_screen_edit *, size_t start, const char *,
    size_t len);
/* Another text with the cursor at its end. NULL: none. */
void client_screen_edit_set(struct client_screen_edit *, const char *);
/* Does what the key says; false when it changed nothing. */
bool client_screen_edit_key(struct client_screen_edit *, enum client_screen_edit_key);
/* Hands the text over (free()), remembers it, and begins anew. NULL without memory. */
char *client_screen_edit_take(struct client_screen_edit *, bool remember);
/*
 * The rows of the text at a width, appended to a vector, and the cursor's place among them. The
 * cursor may stand in the column behind the last one's text, so the width is one less than that of
 * the field. 0, or -1 without memory.
 */
int client_screen_edit_rows(const struct client_screen_edit *, int width,
    struct client_screen_wrap_row **rows, size_t *n, size_t *row, int *column);

#endif
