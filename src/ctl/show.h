/*
 * ctl_show: one record in full: a line for each field for people, with -j an object. Lists of what
 * belongs to the record follow its fields.
 */
#ifndef KABAR_CTL_SHOW_H
#define KABAR_CTL_SHOW_H

#include "ctl/ctl.h"
#include "ctl/field.h"

/* The fields are show.c's own. */
struct ctl_show {
	struct ctl *ctl;
	struct json_out json;
	const char *label; /* of the list's next line: only the first has one */
};

void ctl_show_begin(struct ctl_show *, struct ctl *, const struct ctl_fields *, const void *record);
void ctl_show_end(struct ctl_show *);

/* A list, with its key and its label; none stands for an empty one. */
void ctl_show_list_begin(struct ctl_show *, const char *key, const char *label);
void ctl_show_list_end(struct ctl_show *, const char *none);
/* An item that is a text, or that is one for people and a record for programs. */
void ctl_show_text(struct ctl_show *, const char *text);
void ctl_show_record(struct ctl_show *, const char *text, const struct ctl_fields *,
    const void *record);

#endif
