/* comma_list: walks the items of a text that commas divide. */
#ifndef KABAR_COMMA_LIST_H
#define KABAR_COMMA_LIST_H

#include <stdbool.h>
#include <stddef.h>

/* The items that are left. The text stays the caller's. */
struct comma_list {
	const char *at; /* NULL: none */
	const char *end;
};

struct comma_list comma_list(const char *text, size_t len);
/*
 * Takes the next item, which is not ended by NUL. False: there is none. Items may be empty: "a,"
 * has two, and "" has one.
 */
bool comma_list_next(struct comma_list *, const char **item, size_t *len);

#endif
