/*
 * screen: for integration tests: the client's screen in a real terminal, which is tmux: what is
 * typed goes in as keys, what is seen comes out as text.
 */
#ifndef SCREEN_H
#define SCREEN_H

#include <stdbool.h>
#include <stddef.h>

#include "realm.h"

#define SCREEN_TEXT 16384

struct screen {
	char socket[REALM_PATH_MAX + 32]; /* of its tmux */
	char directory[REALM_PATH_MAX + 96];
	pid_t tmux;
	char text[SCREEN_TEXT]; /* what was seen last: rows without spaces at their ends */
	const char *awaited;
};

/* Whether this machine has tmux; says why not as suite_skip_if() does. */
bool screen_is_missing(void);

/*
 * Starts the client in a terminal of this size, in the home that client_home_enter() has entered;
 * the name is that of the terminal. `environment` are words such as "TERM=dumb NO_COLOR=1", or "".
 */
void screen_open(struct screen *, const struct realm *, const char *name, int columns, int rows,
    const char *environment);
/* Ends the client and its terminal. */
void screen_close(struct screen *);

/* Types text as it is. */
void screen_type(struct screen *, const char *text);
/* Presses keys by tmux's names, such as "Enter", "F1", "C-w", "M-a", up to a NULL. */
void screen_press_keys(struct screen *, const char *const keys[]);
#define screen_press(screen, ...) \
	screen_press_keys(screen, (const char *const[]){ __VA_ARGS__, NULL })
/* Types a line and presses Enter. */
void screen_say(struct screen *, const char *line);
/* Pastes text as a terminal does that brackets it. */
void screen_paste(struct screen *, const char *text);
void screen_resize(struct screen *, int columns, int rows);

/* Looks at the terminal; times and dates are shown as 00:00 and 0000-00-00 of Day. */
void screen_look(struct screen *);
/* Waits until the text is seen, or is no longer; the test fails if that does not happen. */
void screen_await(struct screen *, const char *text);
void screen_await_gone(struct screen *, const char *text);
/* Waits until all that is seen is this text; a row ends with a line feed, the last rows may be
 * empty. */
void screen_await_whole(struct screen *, const char *text);

#endif
