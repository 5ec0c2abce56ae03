/* client_json: a text is looked through for its bounds before jansson makes values of it. */
#include "client/json.h"

#include <string.h>

/* Where the string ends that begins at the quotation mark: at its last one, or at the end. */
static const char *
skip_string(const char *at, const char *end)
{
	for (at++; at < end && *at != '"'; at++)
		if (*at == '\\')
			at++;
	return at;
}

/* Whether the text nests no deeper and has no more values than may be. */
static bool
is_bounded(const char *text, size_t len)
{
	const char *end = text + len;
	size_t depth = 0, values = 0;

	for (const char *at = text; at < end; at++)
		switch (*at) {
		case '"':
			at = skip_string(at, end);
			break;
		case '{':
		case '[':
			values++;
			if (++depth > CLIENT_JSON_DEPTH)
				return false;
			break;
		case '}':
		case ']':
			if (depth == 0)
				return false;
			depth--;
			break;
		case ',':
			values++;
			break;
		}
	return values <= CLIENT_JSON_VALUES;
}

json_t *
client_json_read(const char *text, size_t len)
{
	json_t *value;

	if (!is_bounded(text, len))
		return NULL;
	value = json_loadb(text, len, JSON_ALLOW_NUL, NULL);
	if (json_is_object(value))
		return value;
	json_decref(value);
	return NULL;
}

const char *
client_json_text(const json_t *object, const char *key, size_t *len)
{
	const json_t *value = json_object_get(object, key);
	const char *text = json_string_value(value);

	if (len != NULL)
		*len = json_string_length(value);
	return text == NULL ? "" : text;
}

uint64_t
client_json_number(const json_t *object, const char *key)
{
	json_int_t number = json_integer_value(json_object_get(object, key));

	return number < 0 ? 0 : (uint64_t)number;
}

bool
client_json_true(const json_t *object, const char *key)
{
	return json_is_true(json_object_get(object, key));
}

bool
client_json_is(const json_t *object, const char *key, const char *text)
{
	const char *value = json_string_value(json_object_get(object, key));

	return value != NULL && strcmp(value, text) == 0;
}
