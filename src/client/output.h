/*
 * client_output: what commands print: lines for people, made fit for a terminal, or JSON for
 * programs, one object a line.
 */
#ifndef KABAR_CLIENT_OUTPUT_H
#define KABAR_CLIENT_OUTPUT_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CLIENT_OUTPUT_COLUMNS 8 /* of a table */

/* Prints "kabar: " and a clean sentence to the standard error. Returns the status. */
int client_output_error(int status, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* The same for what is no error, such as a new key. */
void client_output_note(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Prints an object as a line of ASCII and gives it back; NULL is nothing. */
void client_output_json(json_t *object);
/* Prints a clean line of what comes from a server; further lines of a text are indented. */
void client_output_line(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* A table whose columns are as wide as they must be. */
struct client_output_table {
	char *(*rows)[CLIENT_OUTPUT_COLUMNS]; /* clean */
	size_t n;
};
/* Adds a row of texts, up to the first NULL; the last column may be of any width. */
void client_output_row(struct client_output_table *, const char *const *texts);
/* Prints the table and frees it. */
void client_output_table(struct client_output_table *);

/* A time of the protocol, "2026-11-21T04:51:12.345Z", as local "2026-11-21 11:51"; else "". */
void client_output_time(const char *iso, char text[32]);
/* Writes what was printed. 0, or the status for a standard output that cannot take it. */
int client_output_flush(void);

#endif
