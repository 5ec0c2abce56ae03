/*
 * terminal: the terminal by ncurses: keys in, characters and colours out. The only place that
 * knows curses; what is drawn where is left to draw.
 */
#ifndef KABAR_CLIENT_SCREEN_TERMINAL_H
#define KABAR_CLIENT_SCREEN_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>

#include "client/screen/keys.h"

enum client_screen_style {
	CLIENT_SCREEN_PLAIN,
	CLIENT_SCREEN_BAR, /* the title and the status */
	CLIENT_SCREEN_BAR_ALERT,
	CLIENT_SCREEN_FAINT,
	CLIENT_SCREEN_STRONG,
	CLIENT_SCREEN_ERROR,
	CLIENT_SCREEN_DAY,
	CLIENT_SCREEN_NEW, /* the line before what is unread */
	CLIENT_SCREEN_ONLINE,
	CLIENT_SCREEN_FOCUS, /* where one is, in a list */
	CLIENT_SCREEN_FOUND,
	CLIENT_SCREEN_NICK, /* and so many more */
};
#define CLIENT_SCREEN_NICKS 12

/* Whether there is a terminal that a screen can be drawn on. */
bool client_screen_terminal_fits(void);
/* Begins. 0; -1: this terminal cannot do it. The locale is set before. */
int client_screen_terminal_start(void);
void client_screen_terminal_stop(void);
/* Gives the terminal back until the process goes on, then takes it again. */
void client_screen_terminal_suspend(void);
/* Its size was changed: asks for it, and draws all anew. */
void client_screen_terminal_resize(void);
void client_screen_terminal_redraw(void);
void client_screen_terminal_size(int *rows, int *columns);

/* The next key that is there. False: none is. */
bool client_screen_terminal_read(struct client_screen_key *);

/* Nothing is on the screen, until the next put. */
void client_screen_terminal_clear(void);
/* Writes clean text into at most `columns` columns; returns how many it took. */
int client_screen_terminal_put(int row, int column, int columns, const char *text, size_t len,
    enum client_screen_style);
/* Fills columns with a style. */
void client_screen_terminal_fill(int row, int column, int columns, enum client_screen_style);
/* Shows what was put, with the cursor here. */
void client_screen_terminal_show(int row, int column);
/* A style for a name, the same for the same name. */
enum client_screen_style client_screen_terminal_nick(const char *name, size_t len);
void client_screen_terminal_bell(void);
/* Has the terminal notify its user of this clean text (OSC 9). */
void client_screen_terminal_notify(const char *text);

#endif
