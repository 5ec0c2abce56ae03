/*
 * keys: what keys do, and the list of them for people. How they come from the terminal is left to
 * terminal.
 */
#ifndef KABAR_CLIENT_SCREEN_KEYS_H
#define KABAR_CLIENT_SCREEN_KEYS_H

#include <stdbool.h>
#include <stddef.h>

#include "client/screen/edit.h"

enum client_screen_action {
	CLIENT_SCREEN_NO_ACTION,
	CLIENT_SCREEN_TEXT, /* the key's text is written */
	CLIENT_SCREEN_EDIT, /* the key's edit is done */
	CLIENT_SCREEN_ENTER,
	CLIENT_SCREEN_NEW_LINE,
	CLIENT_SCREEN_COMPLETE,
	CLIENT_SCREEN_ESCAPE,
	CLIENT_SCREEN_HELP,
	CLIENT_SCREEN_LIST, /* shows or hides the list */
	CLIENT_SCREEN_SEARCH,
	CLIENT_SCREEN_FILES,
	CLIENT_SCREEN_FETCH,
	CLIENT_SCREEN_NEXT, /* conversation */
	CLIENT_SCREEN_PREVIOUS,
	CLIENT_SCREEN_UNREAD,
	CLIENT_SCREEN_PAGE_UP,
	CLIENT_SCREEN_PAGE_DOWN,
	CLIENT_SCREEN_LINE_UP,
	CLIENT_SCREEN_LINE_DOWN,
	CLIENT_SCREEN_BOTTOM,
	CLIENT_SCREEN_CLICK,  /* at the key's row and column */
	CLIENT_SCREEN_CANCEL, /* empties the line */
	CLIENT_SCREEN_END,    /* quits where the line is empty */
	CLIENT_SCREEN_REDRAW,
	CLIENT_SCREEN_SUSPEND,
	CLIENT_SCREEN_PASTE, /* begins; the text follows as it is */
	CLIENT_SCREEN_PASTED,
	CLIENT_SCREEN_RESIZED,
};

#define CLIENT_SCREEN_KEY_TEXT 24

struct client_screen_key {
	enum client_screen_action action;
	enum client_screen_edit_key edit;
	char text[CLIENT_SCREEN_KEY_TEXT]; /* UTF-8, ended by NUL */
	int row;
	int column;
};

/* What a character below 32, or 127, does; with Alt before it, or not. */
struct client_screen_key client_screen_keys_control(unsigned char, bool alt);
/* What a printable character does with Alt before it. */
struct client_screen_key client_screen_keys_alt(char);

/* The lines of the list of keys: two columns. NULL behind the last. */
struct client_screen_keys_line {
	const char *keys;
	const char *does; /* in the language of the source */
};
extern const struct client_screen_keys_line client_screen_keys_lines[];

#endif
