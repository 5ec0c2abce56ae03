/*
 * client_progress: how far a file has come: a line for people, with a bar, the rate and the time
 * left.
 */
#ifndef KABAR_CLIENT_PROGRESS_H
#define KABAR_CLIENT_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CLIENT_PROGRESS_LINE 512 /* bytes of a line, with its NUL */

struct client_progress {
	char name[256]; /* clean */
	uint64_t total; /* bytes; 0: not known */
	int64_t begun_ms;
	int64_t shown_ms; /* when it was shown last; 0: never */
	bool silent;
};

/* Writes the line for so many columns of a terminal: done of total bytes came in so many ms. */
void client_progress_write(char line[CLIENT_PROGRESS_LINE], size_t columns, const char *name,
    uint64_t done, uint64_t total, int64_t elapsed_ms);

/* Begins. Nothing is ever shown where the standard error is no terminal. The name need not be
 * clean. */
void client_progress_begin(struct client_progress *, const char *name, uint64_t total);
/* Shows the line, unless it was shown just before. */
void client_progress_show(struct client_progress *, uint64_t done);
/* Takes the line away. */
void client_progress_end(struct client_progress *);

#endif
