/*
 * ctl_field: the values of fields, as people read them and as JSON. Each type is written, and read
 * where it can be imported.
 */
#include "ctl/field.h"

#include <bsd/string.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "ctl/ctl.h"

static const void *
find_value(const struct ctl_field *field, const void *record)
{
	return (const char *)record + field->offset;
}

/* The number in the record; false where a text lies there. */
static bool
read_field_number(const struct ctl_field *field, const void *record, int64_t *number)
{
	const void *value = find_value(field, record);

	if (field->type == CTL_STRING || field->type == CTL_TEXT)
		return false;
	switch (field->size) {
	case sizeof(uint8_t):
		/* A bool, or a signed char, of which only -1 is below 0. */
		*number = *(const uint8_t *)value == UINT8_MAX ? -1 : *(const uint8_t *)value;
		return true;
	case sizeof(uint16_t):
		*number = *(const uint16_t *)value;
		return true;
	case sizeof(uint32_t):
		*number = *(const uint32_t *)value;
		return true;
	default:
		*number = *(const int64_t *)value;
		return true;
	}
}

/* The text in the record; its data is NULL where there is none. */
static struct chat_text
read_text(const struct ctl_field *field, const void *record)
{
	const void *value = find_value(field, record);

	return field->type == CTL_TEXT ? *(const struct chat_text *)value : chat_text(value);
}

/* Whether the field has no value in this record. */
static bool
is_absent(const struct ctl_field *field, const void *record)
{
	int64_t number;

	if (read_field_number(field, record, &number)) {
		if (field->type == CTL_BOOL || field->type == CTL_TRIP)
			return number < 0;
		return field->optional && number == 0;
	}
	struct chat_text text = read_text(field, record);
	return text.data == NULL || (field->optional && text.len == 0);
}

const char *
ctl_field_label(const struct ctl_field *field)
{
	return field->label == NULL ? field->key : field->label;
}

void
ctl_field_print(const struct ctl_field *field, const void *record, char text[CTL_FIELD_TEXT_MAX])
{
	int64_t number = 0;

	if (!read_field_number(field, record, &number)) {
		struct chat_text own = read_text(field, record);

		snprintf(text, CTL_FIELD_TEXT_MAX, "%.*s", own.len == 0 ? 1 : (int)own.len,
		    own.len == 0 ? "-" : own.data);
	} else if (is_absent(field, record)) {
		snprintf(text, CTL_FIELD_TEXT_MAX, "-");
	} else if (field->type == CTL_TIME) {
		ctl_time(number, text, CTL_FIELD_TEXT_MAX);
	} else if (field->type == CTL_TRIP) {
		snprintf(text, CTL_FIELD_TEXT_MAX, "%.1f ms", (double)number / 1000);
	} else if (field->type == CTL_BOOL) {
		snprintf(text, CTL_FIELD_TEXT_MAX, "%s", number != 0 ? "yes" : "no");
	} else {
		snprintf(text, CTL_FIELD_TEXT_MAX, "%" PRIu64, (uint64_t)number);
	}
}

static void
put_field(const struct ctl_field *field, const void *record, struct json_out *json)
{
	int64_t number;

	json_out_key(json, field->key);
	if (is_absent(field, record)) {
		json_out_null(json);
	} else if (!read_field_number(field, record, &number)) {
		struct chat_text text = read_text(field, record);

		ctl_json_string(json, text.data, text.len);
	} else if (field->type == CTL_BOOL) {
		json_out_bool(json, number != 0);
	} else {
		json_out_int(json, number);
	}
}

void
ctl_field_put(const struct ctl_fields *fields, enum ctl_field_form form, const void *record,
    struct json_out *json)
{
	for (size_t i = 0; i < fields->n; i++) {
		const struct ctl_field *field = &fields->list[i];

		if ((field->forms & form) != 0 &&
		    (form != CTL_EXPORT_KEY || !is_absent(field, record)))
			put_field(field, record, json);
	}
}

const char *
ctl_field_parse(const struct ctl_field *field, const json_t *value, void *record)
{
	char *to = (char *)record + field->offset;

	if (field->type == CTL_STRING) {
		if (!json_is_string(value))
			return "is no string";
		return strlcpy(to, json_string_value(value), field->size) < field->size
		    ? NULL
		    : "is too long";
	}
	if (field->type == CTL_BOOL) {
		*(bool *)to = json_is_true(value);
		return json_is_boolean(value) ? NULL : "is neither true nor false";
	}
	if (!json_is_integer(value) || json_integer_value(value) < 0)
		return "is no number";
	*(int64_t *)to = json_integer_value(value);
	return NULL;
}

const struct ctl_field *
ctl_field_find(const struct ctl_fields *fields, enum ctl_field_form form, const char *key)
{
	for (size_t i = 0; i < fields->n; i++)
		if ((fields->list[i].forms & form) != 0 && strcmp(fields->list[i].key, key) == 0)
			return &fields->list[i];
	return NULL;
}
