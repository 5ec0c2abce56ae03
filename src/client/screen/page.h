/*
 * page: lines that lie over the conversation until a key takes them away: help, lists, answers.
 */
#ifndef KABAR_CLIENT_SCREEN_PAGE_H
#define KABAR_CLIENT_SCREEN_PAGE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#define CLIENT_SCREEN_PAGE_COLUMNS 6

enum client_screen_page_kind {
	CLIENT_SCREEN_PAGE_NONE, /* no page is open */
	CLIENT_SCREEN_PAGE_TEXT,
	CLIENT_SCREEN_PAGE_FILES, /* a line is chosen, and fetched */
};

struct client_screen_page {
	enum client_screen_page_kind kind;
	char *title;
	char **lines; /* clean; the first is no title */
	char **names; /* of files: one for each line; NULL in other pages */
	size_t n;
	size_t top;    /* the first line that is seen */
	size_t chosen; /* of files */
};

/* A column of a table: the member of the objects in it, and how it is shown. */
enum client_screen_page_form {
	CLIENT_SCREEN_PAGE_WORD,
	CLIENT_SCREEN_PAGE_NUMBER,
	CLIENT_SCREEN_PAGE_SIZE, /* of a file */
	CLIENT_SCREEN_PAGE_TIME,
	CLIENT_SCREEN_PAGE_FLAG, /* `word` where it is true */
};

struct client_screen_page_column {
	const char *key;
	enum client_screen_page_form form;
	const char *word; /* in the language of the source */
};

/* Closes what is open. */
void client_screen_page_free(struct client_screen_page *);
/* Opens an empty one. */
void client_screen_page_open(struct client_screen_page *, enum client_screen_page_kind,
    const char *title);
/* Adds a line; what is no clean text in it is made so. */
void client_screen_page_add(struct client_screen_page *, const char *line);
/* Adds a line for each object of the array, the columns below each other; a column without a key
 * ends the list. */
void client_screen_page_table(struct client_screen_page *, const json_t *array,
    const struct client_screen_page_column *columns);
/* Moves the chosen line, or the part that is seen. */
void client_screen_page_move(struct client_screen_page *, int lines, size_t height);

#endif
