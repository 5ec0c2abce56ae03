/*
 * ctl_list: prints records in rows.
 */
#include "ctl/list.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define ROWS_MAX 4096 /* kept to find the widths of their columns */
#define GAP      2    /* spaces between columns */

/* As ctl_print_cell, but of a number the last digits are in one column. */
static void
print_cell(const struct ctl_list *list, size_t column, const char *text)
{
	enum ctl_field_type type = list->columns[column]->type;
	bool last = column + 1 == list->n_columns;

	if (type == CTL_NUMBER || type == CTL_TRIP) {
		printf("%*s", list->widths[column] - ctl_width(text), "");
		ctl_print(text);
	} else {
		ctl_print_cell(text, last ? 0 : list->widths[column]);
	}
	printf("%*s", last ? 0 : GAP, "");
	if (last)
		putchar('\n');
}

/* Prints the rows that are kept, and forgets them. */
static void
print_rows(struct ctl_list *list)
{
	if (list->cells == NULL || fflush(list->cells) != 0)
		return;
	const char *cell = list->buffer;
	for (size_t row = 0; row < list->n_rows; row++)
		for (size_t i = 0; i < list->n_columns; i++, cell += strlen(cell) + 1)
			print_cell(list, i, cell);
	list->n_rows = 0;
	rewind(list->cells);
}

static void
add_cell(struct ctl_list *list, size_t column, const char *text)
{
	int width = ctl_width(text);

	if (width > list->widths[column])
		list->widths[column] = width;
	fwrite(text, 1, strlen(text) + 1, list->cells);
}

static void
add_heads(struct ctl_list *list)
{
	for (size_t i = 0; i < list->n_columns; i++) {
		char head[CTL_FIELD_TEXT_MAX];
		size_t len = 0;

		for (const char *at = ctl_field_label(list->columns[i]); *at != '\0'; at++)
			head[len++] = (char)toupper((unsigned char)*at);
		head[len] = '\0';
		add_cell(list, i, head);
	}
	list->n_rows = 1;
}

void
ctl_list_begin(struct ctl_list *list, struct ctl *ctl, const struct ctl_fields *fields)
{
	*list = (struct ctl_list){ .ctl = ctl, .fields = fields };
	if (ctl->json) {
		ctl_json_begin(&list->json);
		json_out_array_begin(&list->json);
		return;
	}
	for (size_t i = 0; i < fields->n && list->n_columns < CTL_LIST_COLUMNS; i++)
		if ((fields->list[i].forms & CTL_COLUMN) != 0)
			list->columns[list->n_columns++] = &fields->list[i];
	list->cells = open_memstream(&list->buffer, &list->size);
	if (list->cells != NULL)
		add_heads(list);
}

void
ctl_list_row(struct ctl_list *list, const void *record)
{
	char text[CTL_FIELD_TEXT_MAX];

	if (list->ctl->json) {
		json_out_object_begin(&list->json);
		ctl_field_put(list->fields, CTL_LIST_KEY, record, &list->json);
		json_out_object_end(&list->json);
		return;
	}
	if (list->cells == NULL)
		return;
	for (size_t i = 0; i < list->n_columns; i++) {
		ctl_field_print(list->columns[i], record, text);
		add_cell(list, i, text);
	}
	if (++list->n_rows == ROWS_MAX)
		print_rows(list);
}

int
ctl_list_end(struct ctl_list *list)
{
	if (list->ctl->json) {
		json_out_array_end(&list->json);
		ctl_json_end(&list->json);
		return CTL_OK;
	}
	print_rows(list);
	bool failed = list->cells == NULL || ferror(list->cells);
	if (list->cells != NULL)
		fclose(list->cells);
	free(list->buffer);
	return failed ? ctl_error(CTL_SYSTEM, "the list is too long: %s", strerror(ENOMEM))
	              : CTL_OK;
}
