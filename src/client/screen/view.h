/*
 * view: the part of a conversation that is seen: rows with days, times and names, and the place to
 * which one has scrolled. Drawing the rows is left to draw.
 */
#ifndef KABAR_CLIENT_SCREEN_VIEW_H
#define KABAR_CLIENT_SCREEN_VIEW_H

#include "client/model.h"

#define CLIENT_SCREEN_VIEW_INDENT 6 /* columns of a time and a space */

enum client_screen_view_kind {
	CLIENT_SCREEN_VIEW_TEXT,
	CLIENT_SCREEN_VIEW_DAY,    /* a line with a date */
	CLIENT_SCREEN_VIEW_UNREAD, /* the line before what had not been read */
};

/* A row of the screen. The texts are clean. */
struct client_screen_view_row {
	enum client_screen_view_kind kind;
	char *text;   /* without the time; the row's own */
	int column;   /* where it begins */
	size_t nick;  /* so many bytes of it are the name of the writer */
	char time[8]; /* "" but in the first row of a message */
	uint64_t id;  /* of the message; 0: it is not stored yet */
	bool own;
	bool faint;    /* on its way */
	bool is_error; /* refused */
	bool is_file;
};

/* Where one looks: all zero is the end of the conversation. */
struct client_screen_view {
	uint64_t bottom; /* the message whose row is the lowest; 0: the end */
	size_t row;      /* which one of its rows */
	uint64_t unread; /* the first that had not been read when one came; 0: no line */
	uint64_t found;  /* the message that a search has found; 0: none */
	uint64_t lowest; /* set by the rows: the newest stored message of which the end is seen */
	bool at_top;     /* set by the rows: nothing is known above them */
};

/*
 * Makes the rows, from the top, at most `height`; a vector whose rows the caller frees by
 * client_screen_view_free(). 0, or -1 without memory.
 */
int client_screen_view_rows(struct client_screen_view *, const struct client_model *,
    const struct client_model_conversation *, int width, size_t height,
    struct client_screen_view_row **rows, size_t *n);
void client_screen_view_free(struct client_screen_view_row *rows, size_t n);
/* Moves by so many rows, up below 0. False: there is nothing further, as far as is known. */
bool client_screen_view_scroll(struct client_screen_view *, const struct client_model *,
    const struct client_model_conversation *, int width, int rows);
/* Shows a message at the bottom. */
void client_screen_view_show(struct client_screen_view *, uint64_t id);
/*
 * The next message before (back) or behind `from` that has the text in any case, also in names of
 * files; 0: none. from 0: the end.
 */
uint64_t client_screen_view_search(const struct client_model_conversation *, const char *text,
    uint64_t from, bool back);
/* Writes a size as people read it: "512 B", "1.2 MB". */
void client_screen_view_size(uint64_t bytes, char text[16]);

#endif
