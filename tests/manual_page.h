/*
 * manual_page: for tests that hold a manual page against the programs: the page's lines, as macros
 * and plain text.
 */
#ifndef MANUAL_PAGE_H
#define MANUAL_PAGE_H

#include <stdbool.h>
#include <stddef.h>

#define MANUAL_PAGE_LINE 512

struct manual_page_line {
	char macro[16];              /* such as "It Ql" or "Dq"; empty: the line is text */
	char text[MANUAL_PAGE_LINE]; /* without escapes and closing marks; * stands for an argument
	                              */
};

/* Calls the visitor for each line of a page, such as "man/kabard.8"; the test fails without it. */
void manual_page_each(const char *page, void (*visit)(const struct manual_page_line *, void *arg),
    void *arg);

#endif
