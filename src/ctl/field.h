/*
 * ctl_field: the fields of a record that kabarctl shows: one table for each record, for people and
 * for programs. A list prints a record in a row, a show one field in a line; with -j both print
 * objects.
 */
#ifndef KABAR_CTL_FIELD_H
#define KABAR_CTL_FIELD_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/json_out.h"

#define CTL_FIELD_TEXT_MAX 512

enum ctl_field_type {
	CTL_STRING, /* char[] */
	CTL_TEXT,   /* struct chat_text; data is NULL: none */
	CTL_BOOL,   /* bool; or a signed char, -1: none */
	CTL_NUMBER, /* an unsigned integer of 2, 4 or 8 bytes */
	CTL_TIME,   /* int64_t, milliseconds since 1970 */
	CTL_TRIP    /* int64_t, microseconds; -1: none */
};

/* The outputs in which a field appears. */
enum ctl_field_form {
	CTL_COLUMN = 1,     /* of a list for people */
	CTL_LIST_KEY = 2,   /* of the objects of a list */
	CTL_LINE = 4,       /* of a record for people */
	CTL_SHOW_KEY = 8,   /* of a record's object */
	CTL_EXPORT_KEY = 16 /* of the object in an export */
};
#define CTL_IN_LIST (CTL_COLUMN | CTL_LIST_KEY)
#define CTL_IN_SHOW (CTL_LINE | CTL_SHOW_KEY)

struct ctl_field {
	const char *key;    /* in JSON */
	const char *label;  /* for people, NULL: as the key; a column has it in capitals */
	unsigned int forms; /* enum ctl_field_form */
	enum ctl_field_type type;
	bool optional; /* "" and 0 are no value: null in a list or a show, absent in an export */
	size_t offset;
	size_t size;
};

/* The place of a field in its record. */
#define CTL_FIELD_AT(record, member) \
	.offset = offsetof(record, member), .size = sizeof(((record *)0)->member)

struct ctl_fields {
	const struct ctl_field *list;
	size_t n;
};

/* The fields of an array. */
#define CTL_FIELDS(array)                                                \
	{                                                                \
		.list = (array), .n = sizeof(array) / sizeof((array)[0]) \
	}

/* The label, or the key. */
const char *ctl_field_label(const struct ctl_field *);
/* A value for people, cut where it is too long; "-" where there is none. */
void ctl_field_print(const struct ctl_field *, const void *record, char text[CTL_FIELD_TEXT_MAX]);
/* Adds the keys of a form to the object that is open. */
void ctl_field_put(const struct ctl_fields *, enum ctl_field_form, const void *record,
    struct json_out *);
/*
 * Reads the value of a key into the record, where a number has 8 bytes. NULL, or what is wrong with
 * the value, such as "is too long".
 */
const char *ctl_field_parse(const struct ctl_field *, const json_t *, void *record);
/* The field of a form with this key, or NULL. */
const struct ctl_field *ctl_field_find(const struct ctl_fields *, enum ctl_field_form,
    const char *key);

#endif
