/*
 * complete: the words that one may have begun to write. Where they come from is left to others.
 */
#ifndef KABAR_CLIENT_SCREEN_COMPLETE_H
#define KABAR_CLIENT_SCREEN_COMPLETE_H

#include <stdbool.h>
#include <stddef.h>

#include "client/screen/edit.h"

#define CLIENT_SCREEN_COMPLETE_WORDS 200 /* that are offered; nobody steps through more */

/* All zero: nothing is being completed. */
struct client_screen_complete {
	char **words;
	size_t n;
	size_t next;  /* the one that the next key shows */
	size_t start; /* where the word begins in the text */
	size_t end;   /* the cursor behind it */
	char *prefix; /* what was written of it */
};

void client_screen_complete_free(struct client_screen_complete *);
/* Whether the last key completed here, so that the next one shows the next word. */
bool client_screen_complete_continues(const struct client_screen_complete *,
    const struct client_screen_edit *);
/* Begins with the word before the cursor. */
void client_screen_complete_begin(struct client_screen_complete *,
    const struct client_screen_edit *);
/* Adds the word if it begins as is written, in any case, and is not there yet; too many are left
 * out. */
void client_screen_complete_add(struct client_screen_complete *, const char *word);
/*
 * Puts the next word in the place of the one before; `end` stands behind it (a space, ": "). False:
 * there is none.
 */
bool client_screen_complete_next(struct client_screen_complete *, struct client_screen_edit *,
    const char *end);

#endif
