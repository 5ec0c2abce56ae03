/*
 * The JSON writer: what the input has it write is also built with jansson, and jansson reads the
 * text as the same value. The text is ASCII, and its nesting never goes below 0 or too deep
 * unnoticed.
 */
#include <jansson.h>
#include <stdbool.h>
#include <string.h>

#include "base/json_out.h"
#include "base/utf8.h"
#include "fuzz.h"

#define TEXT_MAX 65536

struct input {
	const uint8_t *at;
	size_t left;
};

static unsigned int
take_byte(struct input *in)
{
	if (in->left == 0)
		return 0;
	in->left--;
	return *in->at++;
}

/* Some of the next bytes, as text; empty where they are none. */
static const char *
take_text(struct input *in, size_t *len)
{
	const char *text = (const char *)in->at;
	size_t want = take_byte(in) % 32;

	text = (const char *)in->at;
	*len = want < in->left ? want : in->left;
	in->at += *len;
	in->left -= *len;
	if (!utf8_valid(text, *len))
		*len = 0;
	return text;
}

static json_t *write_value(struct json_out *, struct input *, unsigned int depth);

static json_t *
write_object(struct json_out *json, struct input *in, unsigned int depth)
{
	json_t *object = json_object();

	json_out_object_begin(json);
	for (unsigned int n = take_byte(in) % 5; n > 0; n--) {
		char key[40];
		size_t len;
		const char *text = take_text(in, &len);

		/* jansson's keys end at a NUL; two of one name would be one. */
		snprintf(key, sizeof(key), "%.*s%u", (int)len, text, n);
		json_out_key(json, key);
		DEMAND(json_object_set_new(object, key, write_value(json, in, depth + 1)) == 0);
	}
	json_out_object_end(json);
	return object;
}

static json_t *
write_array(struct json_out *json, struct input *in, unsigned int depth)
{
	json_t *array = json_array();

	json_out_array_begin(json);
	for (unsigned int n = take_byte(in) % 5; n > 0; n--)
		DEMAND(json_array_append_new(array, write_value(json, in, depth + 1)) == 0);
	json_out_array_end(json);
	return array;
}

static json_t *
write_string(struct json_out *json, struct input *in, bool parts)
{
	size_t len, other_len;
	const char *text = take_text(in, &len), *other;
	char whole[80];

	if (!parts) {
		json_out_string(json, text, len);
		return json_stringn(text, len);
	}
	other = take_text(in, &other_len);
	json_out_string_begin(json);
	json_out_string_part(json, text, len);
	json_out_string_part(json, other, other_len);
	json_out_string_end(json);
	memcpy(whole, text, len);
	memcpy(whole + len, other, other_len);
	return json_stringn(whole, len + other_len);
}

static json_t *
write_value(struct json_out *json, struct input *in, unsigned int depth)
{
	unsigned int kind = take_byte(in) % 8;
	int64_t number = 0;

	/* One level too deep is an error, which is to be noticed. */
	if (kind < 2 && depth <= JSON_OUT_DEPTH_MAX)
		return kind == 0 ? write_object(json, in, depth) : write_array(json, in, depth);
	switch (kind) {
	case 2:
	case 3:
		return write_string(json, in, kind == 3);
	case 4:
		for (int i = 0; i < 8; i++)
			number = (int64_t)((uint64_t)number << 8 | take_byte(in));
		json_out_int(json, number);
		return json_integer(number);
	case 5:
		json_out_null(json);
		return json_null();
	default:
		json_out_bool(json, kind == 6);
		return json_boolean(kind == 6);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char text[TEXT_MAX];
	struct json_out_buffer buffer = { .text = text, .size = sizeof(text) };
	struct input in = { .at = data, .left = size };
	struct json_out json;

	json_out_init(&json, json_out_fill, &buffer);
	json_t *expected = write_array(&json, &in, 1);
	DEMAND(buffer.len <= sizeof(text));
	if (json_out_error(&json) == 0) {
		json_t *read = json_loadb(text, buffer.len, JSON_ALLOW_NUL, NULL);

		DEMAND(read != NULL && json_equal(read, expected));
		for (size_t i = 0; i < buffer.len; i++)
			DEMAND(text[i] >= ' ');
		json_decref(read);
	}
	json_decref(expected);
	return 0;
}
