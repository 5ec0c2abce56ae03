/*
 * ctl_list: records in rows: columns for people under their labels, with -j an array of objects.
 */
#ifndef KABAR_CTL_LIST_H
#define KABAR_CTL_LIST_H

#include <stdio.h>

#include "ctl/ctl.h"
#include "ctl/field.h"

#define CTL_LIST_COLUMNS 8

/* The fields are list.c's own. */
struct ctl_list {
	struct ctl *ctl;
	const struct ctl_fields *fields;
	struct json_out json;
	const struct ctl_field *columns[CTL_LIST_COLUMNS];
	int widths[CTL_LIST_COLUMNS];
	size_t n_columns;
	FILE *cells;  /* of the rows that are not printed yet, each with its NUL; NULL: no memory */
	char *buffer; /* behind it */
	size_t size;
	size_t n_rows;
};

void ctl_list_begin(struct ctl_list *, struct ctl *, const struct ctl_fields *);
/* Rows are printed some thousands at a time, each time with columns as wide as they need. */
void ctl_list_row(struct ctl_list *, const void *record);
/* CTL_OK, or CTL_SYSTEM having said why. */
int ctl_list_end(struct ctl_list *);

#endif
